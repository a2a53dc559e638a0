//! What a handler asks of the host that delivers an organization's webhooks: by the list [`crate::keys::hook_asks`],
//! answered under [`crate::keys::hook_answer`]. Only that host may open a webhook's URL.

use serde::{Deserialize, Serialize};

use crate::ids::{RequestId, WebhookId};

/// How long an answer waits for its reader, and an unread list lives, seconds.
pub const ASK_TTL_SECONDS: u64 = 60;
/// The kind of the event in a test delivery. No session has such events, and none can be asked for.
pub const TEST_EVENT: &str = "webhook.test";

/// Something asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The contract's version.
    pub v: u8,
    /// Names the answer: the request's id would do, but a caller may choose that.
    pub id: RequestId,
    /// Of which webhook.
    pub webhook: WebhookId,
    /// What.
    pub what: Wish,
    /// After this nobody waits any more, unix ms.
    pub deadline: i64,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// One delivery of a test event, answered.
    Test,
    /// A look at [`crate::keys::hook_again`] now. Not answered, and nothing is lost when it is not heard.
    Replay,
}

/// What became of a test delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The test event's id.
    pub event_id: String,
    /// Whether the receiver took it.
    pub delivered: bool,
    /// Its HTTP status, if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took.
    pub latency_ms: u64,
    /// Why it failed, in words for the webhook's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The beginning of what the receiver answered, if it did not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}
