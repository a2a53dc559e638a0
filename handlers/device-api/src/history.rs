//! `POST /messages/history/request`: asks the phone for older messages of a chat. They come as `history.sync` events.

use edgewire_contract::command::{Live, RequestHistory};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{Record as _, chat, flag, message_id, optional, or, session_id, whole};
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, Document, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::draft;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, command};

use crate::device::{self, Device};
use crate::told::{Is, told};

/// What its caller is told.
pub const REQUESTED: &str =
    "History sync requested. Messages will be delivered via webhook (event: history.sync).";
/// The most messages that a request gives.
const MOST: i64 = 50;
/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

edgewire_contract::record! {
    /// Which messages are wanted.
    pub struct Wanted {
        /// Of which chat.
        pub chat_jid: Jid = chat();
        /// The oldest message that is known: those before it are wanted.
        pub last_message_id: MessageId = message_id();
        /// Whether the device itself wrote that one.
        pub last_message_from_me: bool = flag(false);
        /// When it was written, unix seconds.
        pub last_message_timestamp: i64 = whole(0, LATEST);
        /// How many.
        pub count: i64 = or(whole(1, MOST), MOST);
        /// The device. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

/// Asks for them.
///
/// # Errors
/// 401, 403, 404, 413, 400, 504; 409 on a device that is not connected now.
pub async fn request<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let (Device { session, mut checks }, mut call) = Device::of(gateway, &caller, call).await?;
    let json = body::read(&call.head.headers, &mut call.body, MAX_JSON).await?;
    let document = Document { json, long: Vec::new() };
    let wanted = checks.take(draft::read(&document, Checks::default(), Wanted::read))?;
    checks.finish()?;
    let Some(wanted) = wanted else { return Err(Problem::internal("a bad body passed the checks")) };
    device::same(&session, wanted.device_id.as_ref())?;
    let count = u32::try_from(wanted.count).unwrap_or(1);
    let action = Live::RequestHistory(RequestHistory {
        chat: wanted.chat_jid.clone(),
        message_id: wanted.last_message_id,
        from_me: wanted.last_message_from_me,
        timestamp: wanted.last_message_timestamp * 1000,
        count,
    });
    let offline = FaultCode::SessionNotConnected;
    command::live(gateway, &caller, &session, &call.request_id, action, offline).await?;
    Ok(told(
        200,
        &[
            ("message", Is::Text(REQUESTED)),
            ("chat_jid", Is::Text(wanted.chat_jid.as_str())),
            ("requested_count", Is::Number(count.into())),
        ],
    ))
}
