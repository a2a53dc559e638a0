//! How far a sent message has come.

use serde::{Deserialize, Serialize};

use super::{Event, EventBody};
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
