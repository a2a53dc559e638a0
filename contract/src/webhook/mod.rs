//! Webhooks as they are kept, and what the two halves tell one another of them.
//!
//! * this file: the record ([`Webhook`]) and which events it wants;
//! * [`state`]: what delivering leaves behind: dead letters, the delivery log, the circuit breaker;
//! * [`ask`]: what a handler asks of the host that delivers, and the answer;
//! * [`rules`], [`target`]: how the fields of a webhook are read, whatever route they come by.

pub mod ask;
pub mod rules;
pub mod state;
pub mod target;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::state::{Breaker, Cause, DeadLetter, Delivery, Ending};
use crate::ids::{SessionId, WebhookId};

/// The most webhooks that an organization may have, those of its sessions included.
pub const MAX_PER_ORGANIZATION: usize = 1000;
/// How many deliveries a webhook's log keeps.
pub const LOG_KEPT: u64 = 1000;
/// How long the log is kept after the last delivery, seconds.
pub const LOG_TTL_SECONDS: u64 = 7 * 24 * 3600;
/// The most dead letters that may be on their way again at a time.
pub const AGAIN_MOST: u64 = 10_000;

/// What stands in [`crate::keys::webhooks`] under the webhook's id, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The contract's version.
    pub v: u8,
    /// Its id.
    pub id: WebhookId,
    /// Where deliveries go.
    pub url: String,
    /// The kinds of event it wants, each as [`wanted`] reads it.
    pub events: Vec<String>,
    /// Only this session's events; all of the organization's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The signing secret; never given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Headers that every delivery carries, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_headers: BTreeMap<String, String>,
    /// How often, and how soon, an event is tried; as the host sees fit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long one attempt may take; as the host sees fit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Whether it delivers.
    pub active: bool,
    /// Unix ms.
    pub created_at: i64,
    /// When it was last changed, unix ms; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// How an event is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The pause after the first failure; each further one doubles it.
    pub delay_seconds: u32,
}

impl Retry {
    /// With the pauses doubling up to five minutes, some 40 minutes.
    pub const DEFAULT: Self = Self { attempts: 15, delay_seconds: 2 };
}

impl Webhook {
    /// Whether an event of `session` and `kind` is for this webhook.
    pub fn wants(&self, session: &str, kind: &str) -> bool {
        self.active
            && self.session_id.as_ref().is_none_or(|own| own.as_str() == session)
            && self.events.iter().any(|pattern| wanted(pattern, kind))
    }
}

/// Whether `pattern` means events of `kind`: `*` means all, `message.*` means `message` and every kind that begins with
/// `message.`, anything else the kind of that name.
pub fn wanted(pattern: &str, kind: &str) -> bool {
    let below =
        |family: &str| kind.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    pattern == "*" || pattern == kind || pattern.strip_suffix(".*").is_some_and(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_its_kinds() {
        for (pattern, kind, is) in [
            ("*", "message", true),
            ("message", "message", true),
            ("message", "message.status", false),
            ("message.*", "message", true),
            ("message.*", "message.status", true),
            ("message.*", "messages", false),
            ("auth.*", "auth.qr", true),
            ("auth.*", "message", false),
            ("message.status.*", "message.status", true),
        ] {
            assert_eq!(wanted(pattern, kind), is, "{pattern} {kind}");
        }
    }
}
