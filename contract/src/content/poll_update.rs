//! A vote.

use super::poll::{MOST_OPTIONS, OPTION};
use super::{About, Sendable, To};
use crate::fields::Fields;
use crate::ids::MessageId;
use crate::jid::Jid;
use crate::shape::{Rule, base64_bytes, items, message_id, optional, person};

crate::record! {
    /// A vote. It replaces the voter's earlier one; an empty list takes it back.
    pub struct PollUpdate check check {
        /// The poll.
        pub poll_message_id: MessageId = message_id();
        /// The options: SHA-256 of their texts (64 hex digits, or base64), or the texts themselves.
        pub selected_options: Vec<String> = ChosenOptions;
        /// Who asked, if it is not known to the gateway.
        pub poll_sender: Option<Jid> = optional(person());
        /// The IV of a vote that the caller encrypted himself, base64.
        pub enc_iv: Option<String> = optional(base64_bytes());
        /// That vote, base64.
        pub enc_payload: Option<String> = optional(base64_bytes());
    }
}

/// Up to twelve options; the list must be there, and may be empty.
#[derive(Debug, Clone, Copy)]
pub struct ChosenOptions;

impl Rule for ChosenOptions {
    type Value = Vec<String>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Vec<String>> {
        fields.items(field, 0, MOST_OPTIONS, |fields, place| OPTION.read(fields, place))
    }

    fn schema(&self) -> serde_json::Value {
        items(OPTION, 0, MOST_OPTIONS).schema()
    }
}

fn check(vote: &PollUpdate, fields: &mut Fields<'_>) {
    match (&vote.enc_iv, &vote.enc_payload) {
        (Some(_), None) => fields.note("enc_payload", "is required beside enc_iv"),
        (None, Some(_)) => fields.note("enc_iv", "is required beside enc_payload"),
        _ => {}
    }
}

impl Sendable for PollUpdate {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Vote in a poll",
            note: Some(
                "The poll must be known to the gateway (sent or received by this session within the time that messages are kept), unless `enc_iv` and `enc_payload` are given.",
            ),
            example: r#"{"to": "628123456789@s.whatsapp.net", "poll_message_id": "3EB0ABC123", "selected_options": ["Red"]}"#,
        }
    }
}
