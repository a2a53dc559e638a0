//! `DELETE /messages/{id}`: deletes a message, for everyone or on the account's own devices.

use edgewire_contract::command::{DeleteForMe, Live};
use edgewire_contract::content::{Content, Revoke};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::moment::rfc3339;
use edgewire_contract::session::SessionRecord;
use edgewire_contract::shape::{Record as _, choice, optional, or, person, recipient, session_id};
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, Document, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::draft::{self, Asked, Draft};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, command, order};

use crate::device::{self, Device};
use crate::sent;
use crate::told::{Is, told};

edgewire_contract::names! {
    /// For whom a message is deleted.
    pub enum For {
        /// For all who have it.
        Everyone = "for_everyone",
        /// On the account's own devices.
        Me = "for_me",
    }
}

edgewire_contract::record! {
    /// A message to delete.
    pub struct Deletion {
        /// The chat that it stands in.
        pub chat_jid: Jid = recipient();
        /// Who wrote it. With somebody else's, an administrator of the group deletes it for everyone.
        pub sender_jid: Option<Jid> = optional(person());
        /// For whom it is deleted.
        pub delete_type as "deleteType": For = or(choice::<For>(), For::Everyone);
        /// The device that does it. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

/// Deletes a message.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 also, when it is for oneself, on a device that is not connected now; 422, 429, 504.
pub async fn delete<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let id = MessageId::parse(&call.params[0]).map_err(|_| Fault::not_found("message"))?;
    let (Device { session, checks }, mut call) = Device::of(gateway, &caller, call).await?;
    let bytes = body::read(&call.head.headers, &mut call.body, MAX_JSON).await?;
    let document = Document { json: bytes, long: Vec::new() };
    let mut deletion = draft::read(&document, Checks::default(), Deletion::read);
    if let Ok(deletion) = &mut deletion {
        device::same(&session, deletion.device_id.as_ref())?;
    }
    let answer = |at_ms: i64| {
        let timestamp = rfc3339(at_ms);
        told(200, &[("message_id", Is::Text(id.as_str())), ("timestamp", Is::Text(&timestamp))])
    };
    if let Ok(Deletion { delete_type: For::Me, chat_jid, sender_jid, .. }) = &deletion {
        checks.finish()?;
        let (chat, sender) = (chat_jid.clone(), sender_jid.clone());
        let action = Live::DeleteForMe(DeleteForMe { chat, message_id: id.clone(), sender });
        let offline = FaultCode::SessionNotConnected;
        command::live(gateway, &caller, &session, &call.request_id, action, offline).await?;
        return Ok(answer(gateway.env.now_ms()));
    }
    if let Ok(Deletion { sender_jid: sender @ Some(_), .. }) = &mut deletion {
        let view = gateway.session(&caller, &session).await?;
        // Our own messages are deleted by their writer, whatever our role in the group is.
        *sender = sender.take().filter(|sender| !is_of(sender, &view.record));
    }
    call.body.put_back(document.json);
    let order = order::placed(gateway, call, &caller, session, checks, |_, mut checks| {
        let deletion = checks.take(deletion)?;
        checks.finish()?;
        let deletion = deletion.ok_or_else(Fault::internal)?;
        let revoke = Revoke { message_id: id.clone(), original_sender: deletion.sender_jid };
        Ok(Asked::message(Draft::new(deletion.chat_jid, Content::Revoke(revoke))))
    })
    .await?;
    let done = sent::carry_out(gateway, order).await?;
    Ok(done.told(|outcome| answer(outcome.timestamp)))
}

/// Whether `jid` is the account's own.
fn is_of(jid: &Jid, record: &SessionRecord) -> bool {
    record.phone.as_deref() == Some(jid.user()) || record.lid.as_deref() == Some(jid.as_str())
}
