//! `POST /messages/{id}/read`, `…/delivered` and `…/retry`: what the writer of messages is told of them.
//!
//! That they were read or have arrived is told as sends are: it waits for a connection. To send them once more is asked of
//! the writer over the live connection: a device that has none is 409.

use edgewire_contract::command::{Live, Mark, MarkKind, RequestRetry};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::{Jid, JidKind};
use edgewire_contract::moment::rfc3339;
use edgewire_contract::shape::{Record, chat, items, message_id, optional, person, session_id};
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, Document, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::draft::{self, Asked};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, command, order};

use crate::device::{self, Device};
use crate::sent;
use crate::told::{Is, told};

/// What the writer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// They were read.
    Read,
    /// They have arrived.
    Delivered,
    /// They could not be read, and are to be sent once more.
    Retry,
}

impl Told {
    /// Its name, in paths and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Delivered => "delivered",
            Self::Retry => "retry",
        }
    }
}

edgewire_contract::record! {
    /// Messages that were read or have arrived.
    pub struct Marked check in_group {
        /// The chat that they stand in.
        pub chat_jid: Jid = chat();
        /// Who wrote them; required in a group.
        pub sender_jid: Option<Jid> = optional(person());
        /// The messages, all of one writer. Without them, the path's is the one.
        pub message_ids: Option<Vec<MessageId>> = optional(items(message_id(), 1, 256));
        /// The device that tells it. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

edgewire_contract::record! {
    /// Messages that are to be sent once more.
    pub struct Missed {
        /// The chat that they stand in.
        pub chat_jid: Jid = chat();
        /// Who wrote them.
        pub sender_jid: Jid = person();
        /// The messages, all of one writer. Without them, the path's is the one.
        pub message_ids: Option<Vec<MessageId>> = optional(items(message_id(), 1, 32));
        /// The device that asks. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

fn in_group(body: &Marked, fields: &mut Fields<'_>) {
    if body.chat_jid.kind() == JidKind::Group && body.sender_jid.is_none() {
        fields.note("sender_jid", "is required in a group");
    }
}

/// Whose messages, and which.
struct Messages {
    chat: Jid,
    sender: Option<Jid>,
    ids: Vec<MessageId>,
}

/// Tells it.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504; 422 when the writer has been asked too often.
pub async fn receipt<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, what: Told) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let id = MessageId::parse(&call.params[0]).map_err(|_| Fault::not_found("message"))?;
    let (Device { session, mut checks }, mut call) = Device::of(gateway, &caller, call).await?;
    let bytes = body::read(&call.head.headers, &mut call.body, MAX_JSON).await?;
    let document = Document { json: bytes, long: Vec::new() };
    if what == Told::Retry {
        let missed = checks.take(read(&document, Missed::read))?;
        checks.finish()?;
        let Some(missed) = missed else { return Err(Problem::internal("a bad body passed the checks")) };
        device::same(&session, missed.device_id.as_ref())?;
        let ids = missed.message_ids.unwrap_or_else(|| vec![id]);
        let (chat, sender) = (missed.chat_jid, missed.sender_jid);
        let retry = RequestRetry { chat: chat.clone(), sender: sender.clone(), message_ids: ids.clone() };
        let offline = FaultCode::SessionNotConnected;
        command::live(gateway, &caller, &session, &call.request_id, Live::RequestRetry(retry), offline)
            .await?;
        let messages = Messages { chat, sender: Some(sender), ids };
        return Ok(answer(&messages, what, gateway.env.now_ms()));
    }
    let marked = read(&document, Marked::read);
    if let Ok(marked) = &marked {
        device::same(&session, marked.device_id.as_ref())?;
    }
    let mut messages = None;
    call.body.put_back(document.json);
    let order = order::placed(gateway, call, &caller, session, checks, |_, mut checks| {
        let marked = checks.take(marked)?;
        checks.finish()?;
        let Marked { chat_jid: chat, sender_jid: sender, message_ids, .. } =
            marked.ok_or_else(Fault::internal)?;
        let ids = message_ids.unwrap_or_else(|| vec![id]);
        messages = Some(Messages { chat: chat.clone(), sender: sender.clone(), ids: ids.clone() });
        let mark = if what == Told::Read { MarkKind::Read } else { MarkKind::Delivered };
        Ok(Asked::Mark(Mark { chat, sender, message_ids: ids, mark }))
    })
    .await?;
    let Some(messages) = messages else { return Err(Problem::internal("an order without a body")) };
    let done = sent::carry_out(gateway, order).await?;
    Ok(done.told(|outcome| answer(&messages, what, outcome.timestamp)))
}

fn read<T: Record>(document: &Document, read: fn(&mut Fields<'_>) -> Option<T>) -> Result<T, Fault> {
    draft::read(document, Checks::default(), read)
}

fn answer(messages: &Messages, what: Told, at_ms: i64) -> Reply {
    let timestamp = rfc3339(at_ms);
    let ids: Vec<&str> = messages.ids.iter().map(MessageId::as_str).collect();
    told(
        200,
        &[
            ("chat_jid", Is::Text(messages.chat.as_str())),
            ("sender_jid", Is::maybe(messages.sender.as_ref().map(Jid::as_str))),
            ("message_ids", Is::Texts(&ids)),
            ("receipt_type", Is::Text(what.as_str())),
            ("timestamp", Is::Text(&timestamp)),
        ],
    )
}
