//! Webhooks as they are kept, and the two signature schemes of a delivery.

use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, WebhookId};

/// What stands in [`crate::keys::webhooks`] under the webhook's id, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The contract's version.
    pub v: u8,
    /// Its id.
    pub id: WebhookId,
    /// Where deliveries go.
    pub url: String,
    /// The kinds of event it wants; `*` for all.
    pub events: Vec<String>,
    /// Only this session's events; all of the organization's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The signing secret; never given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Whether it delivers.
    pub active: bool,
    /// Unix ms.
    pub created_at: i64,
}

impl Webhook {
    /// Whether an event of `session` and `kind` is for this webhook.
    pub fn wants(&self, session: &str, kind: &str) -> bool {
        self.active
            && self.session_id.as_ref().is_none_or(|own| own.as_str() == session)
            && self.events.iter().any(|e| e == "*" || e == kind)
    }
}

/// An event that a webhook's receiver did not take, in [`crate::keys::hook_dead`]. The event itself stays where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The contract's version.
    pub v: u8,
    /// The event's public id.
    pub event_id: String,
    /// Where it is: a [`crate::keys::Pointer`] as text.
    pub pointer: String,
    /// Why the last attempt failed, in words for the webhook's owner.
    pub reason: String,
    /// The receiver's HTTP status, if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up, unix ms.
    pub at: i64,
}
