//! Events: what happened to a session, as integrators read it.
//!
//! An event is stored as its JSON *without* the id, because its id is its place in the session's stream
//! ([`EventId::of`]); [`with_id`] puts the two together without parsing the body again.

mod message;
mod session;

use serde::{Deserialize, Serialize};

pub use message::{MessagePayload, MessageStatus, MessageStatusPayload};
pub use session::{AuthCodePayload, AuthQrPayload, SessionStatusPayload};

use crate::ids::{EventId, OrganizationId, SessionId};

/// How every stored event begins; the reader puts the id behind it.
const HEAD: &str = r#"{"schema":"v1","#;

/// Something that happened, with its payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "payload")]
pub enum EventBody {
    /// A message came in.
    #[serde(rename = "message")]
    Message(MessagePayload),
    /// The account itself wrote, from the phone or another device.
    #[serde(rename = "message.from_me")]
    MessageFromMe(MessagePayload),
    /// A message that we sent got further, or failed.
    #[serde(rename = "message.status")]
    MessageStatus(MessageStatusPayload),
    /// The session's state changed.
    #[serde(rename = "session.status")]
    SessionStatus(SessionStatusPayload),
    /// A QR code to scan; the next one replaces it.
    #[serde(rename = "auth.qr")]
    AuthQr(AuthQrPayload),
    /// A pair code to type into the phone.
    #[serde(rename = "auth.code")]
    AuthCode(AuthCodePayload),
}

/// Every kind of event there is, for filters. The newest issue's kinds are in here as they are built.
pub const EVENT_KINDS: [&str; 6] =
    ["message", "message.from_me", "message.status", "session.status", "auth.qr", "auth.code"];

impl EventBody {
    /// The kind's name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::MessageFromMe(_) => "message.from_me",
            Self::MessageStatus(_) => "message.status",
            Self::SessionStatus(_) => "session.status",
            Self::AuthQr(_) => "auth.qr",
            Self::AuthCode(_) => "auth.code",
        }
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always `v1`.
    pub schema: Schema,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
    /// To which session.
    pub session: SessionId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// When, unix ms.
    pub timestamp: i64,
}

/// The envelope's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The first.
    #[serde(rename = "v1")]
    V1,
}

impl Event {
    /// An event of `session` at `timestamp` (unix ms).
    pub fn new(organization: OrganizationId, session: SessionId, timestamp: i64, body: EventBody) -> Self {
        Self { schema: Schema::V1, body, session, organization, timestamp }
    }

    /// The JSON that goes into the stream.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).expect("an event has string keys and finite numbers only")
    }
}

/// The JSON that integrators read: `stored` with its id behind the schema. `None` if `stored` is no event of ours.
pub fn with_id(stored: &str, id: EventId) -> Option<String> {
    stored.strip_prefix(HEAD).map(|rest| format!(r#"{HEAD}"id":"{id}",{rest}"#))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EntryId;

    #[test]
    fn the_id_is_put_in_without_parsing() {
        let session = SessionId::parse("main").unwrap();
        let event = Event::new(
            OrganizationId::parse("acme").unwrap(),
            session.clone(),
            7,
            EventBody::AuthCode(AuthCodePayload { code: "ABCD-EFGH".into(), expires_at: 9 }),
        );
        let id = EventId::of(&session, EntryId { ms: 5, seq: 0 });
        let read: serde_json::Value =
            serde_json::from_str(&with_id(&event.to_stored(), id).unwrap()).unwrap();
        assert_eq!(read["id"], id.to_string());
        assert_eq!(read["event"], "auth.code");
        assert_eq!(read["payload"]["code"], "ABCD-EFGH");
        assert_eq!(with_id("{}", id), None);
    }
}
