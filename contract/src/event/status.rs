//! How far a sent message has come.

use serde::{Deserialize, Serialize};

use super::{Event, EventBody, Schema};
use crate::fault::Fault;
use crate::ids::{CommandId, MessageId, OrganizationId, SessionId};

/// How far a sent message has come. Ordered: a message never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// Accepted by the gateway.
    Queued,
    /// Acknowledged by WhatsApp's server.
    Sent,
    /// On the recipient's device.
    Delivered,
    /// Seen by the recipient.
    Read,
    /// A voice note or video was played.
    Played,
    /// Refused; the error says why.
    Failed,
}

impl MessageStatus {
    /// The spelling in JSON and in Redis.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }
}

/// A sent message got further.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageStatusPayload {
    /// Which message.
    pub message_id: MessageId,
    /// The chat it went to.
    pub chat: String,
    /// The command that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox_id: Option<CommandId>,
    /// How far it is.
    pub status: MessageStatus,
    /// Whose receipt it was (a group has several recipients); null for our own steps.
    pub participant: Option<String>,
    /// When, unix ms.
    pub timestamp: i64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

impl MessageStatusPayload {
    /// The stored event of this ([`Event::to_stored`]), without the code of all other kinds: a component has no room for it.
    pub fn to_stored(&self, organization: &OrganizationId, session: &SessionId) -> String {
        #[derive(Serialize)]
        struct Stored<'a> {
            schema: Schema,
            event: &'static str,
            payload: &'a MessageStatusPayload,
            session: &'a SessionId,
            organization: &'a OrganizationId,
            timestamp: i64,
        }
        let timestamp = self.timestamp;
        let event = "message.status";
        let stored = Stored { schema: Schema::V1, event, payload: self, session, organization, timestamp };
        serde_json::to_string(&stored).expect("an event has string keys and finite numbers only")
    }

    /// The stored event of a receipt, in three pieces around the chat and the outbox id, which only Redis knows when
    /// the receipt comes in: what the script `advance` takes.
    pub fn receipt_pieces(
        organization: OrganizationId,
        session: SessionId,
        message_id: MessageId,
        status: MessageStatus,
        participant: Option<String>,
        timestamp: i64,
    ) -> [String; 3] {
        // Neither can occur in a real event: JSON escapes the control character.
        const CHAT: &str = "\u{1}";
        let gap = CommandId::generate(0, crate::shard::Shard::from_number(u16::MAX), u64::MAX);
        let payload = Self {
            message_id,
            chat: CHAT.into(),
            outbox_id: Some(gap),
            status,
            participant,
            timestamp,
            error: None,
        };
        let event =
            Event::new(organization, session, timestamp, EventBody::MessageStatus(payload)).to_stored();
        let (head, rest) = event.split_once("\"\\u0001\"").expect("the chat's place is in the event");
        let (middle, tail) =
            rest.split_once(&format!("\"{gap}\"")).expect("the outbox id's place is in the event");
        [head.to_owned(), middle.to_owned(), tail.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stored_as_every_event_is() {
        let payload = MessageStatusPayload {
            message_id: MessageId::parse("3EB0AA").unwrap(),
            chat: "1@g.us".into(),
            outbox_id: None,
            status: MessageStatus::Failed,
            participant: None,
            timestamp: 7,
            error: Some(Fault::not_found("session")),
        };
        let (organization, session) =
            (OrganizationId::parse("acme").unwrap(), SessionId::parse("main").unwrap());
        let stored = payload.to_stored(&organization, &session);
        let event = Event::new(organization, session, 7, EventBody::MessageStatus(payload));
        assert_eq!(stored, event.to_stored());
    }

    #[test]
    fn a_receipts_pieces_make_the_event() {
        let [head, middle, tail] = MessageStatusPayload::receipt_pieces(
            OrganizationId::parse("acme").unwrap(),
            SessionId::parse("main").unwrap(),
            MessageId::parse("3EB0AA").unwrap(),
            MessageStatus::Read,
            None,
            7,
        );
        let outbox = CommandId::generate(1, crate::shard::Shard::from_number(3), 4);
        let event: Event =
            serde_json::from_str(&format!("{head}\"1@s.whatsapp.net\"{middle}\"{outbox}\"{tail}")).unwrap();
        let EventBody::MessageStatus(payload) = event.body else { panic!("another kind") };
        assert_eq!((payload.chat.as_str(), payload.outbox_id), ("1@s.whatsapp.net", Some(outbox)));
    }
}
