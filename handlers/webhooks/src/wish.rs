//! How the bodies of the Sessions API are read.

use std::collections::BTreeMap;

use edgewire_contract::fault::Fault;
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::SessionId;
use edgewire_contract::shape::{Record as _, flag, nested, optional, session_id, text, whole};
use edgewire_contract::webhook::rules::{Headers, Kinds, LONGEST_SECRET, Target, refuse_this_machine};
use edgewire_contract::webhook::{Retry, Webhook};

/// Most attempts.
pub const MOST_ATTEMPTS: i64 = 50;
/// Longest first pause, seconds.
pub const LONGEST_DELAY: i64 = 3600;
/// Longest attempt, seconds.
pub const LONGEST_TIMEOUT: i64 = 30;

edgewire_contract::record! {
    /// A webhook to make.
    pub struct NewWebhook {
        /// Where to: http or https, without a user name, no private address.
        pub url: String = Target;
        /// Which events: names of kinds, beginnings (`message.*`) or `*`; left out or empty: all.
        pub events: Vec<String> = Kinds;
        /// Only this session's events; left out: all of the organization's.
        pub session_id: Option<SessionId> = optional(session_id());
        /// Signs the deliveries; never given back.
        pub secret: Option<String> = optional(text(1, LONGEST_SECRET));
        /// Headers that every delivery carries. None of the connection's, nor of the gateway's own.
        pub custom_headers: BTreeMap<String, String> = Headers;
        /// How often, and how soon, an event is tried again.
        pub retry: Option<RetryWish> = optional(nested::<RetryWish>());
        /// How long one attempt may take; left out: 10.
        pub timeout_seconds: Option<i64> = optional(whole(1, LONGEST_TIMEOUT));
        /// Whether it delivers.
        pub active: bool = flag(true);
    }
}

edgewire_contract::record! {
    /// What to change of a webhook. What is left out stays. Any change closes its circuit breaker, and what waits is tried at once.
    pub struct WebhookChange {
        /// Where to.
        pub url: Option<String> = optional(Target);
        /// Which events.
        pub events: Option<Vec<String>> = optional(Kinds);
        /// Signs the deliveries; an empty one ends that.
        pub secret: Option<String> = optional(text(0, LONGEST_SECRET));
        /// Headers that every delivery carries, in place of those before.
        pub custom_headers: Option<BTreeMap<String, String>> = optional(Headers);
        /// How often, and how soon, an event is tried again.
        pub retry: Option<RetryWish> = optional(nested::<RetryWish>());
        /// How long one attempt may take.
        pub timeout_seconds: Option<i64> = optional(whole(1, LONGEST_TIMEOUT));
        /// Whether it delivers. Events that happen while it does not are not sent later.
        pub active: Option<bool> = optional(flag(true));
    }
}

edgewire_contract::record! {
    /// How an event is tried again.
    pub struct RetryWish {
        /// How often it is tried in all; then it is a dead letter. 15 unless said.
        pub attempts: Option<i64> = optional(whole(1, MOST_ATTEMPTS));
        /// The pause after the first failure, seconds; each further one doubles it, up to five minutes. 2 unless said.
        pub delay_seconds: Option<i64> = optional(whole(1, LONGEST_DELAY));
    }
}

impl NewWebhook {
    /// Reads it. `this_machine`: whether a webhook may lead there.
    ///
    /// # Errors
    /// 400 naming every bad field.
    pub fn of(body: &[u8], this_machine: bool) -> Result<Self, Fault> {
        Fields::read(body, |fields| {
            let wish = Self::read(fields);
            refuse_this_machine(fields, "url", this_machine);
            wish.ok_or(Noted)
        })
    }
}

impl WebhookChange {
    /// As [`NewWebhook::of`].
    ///
    /// # Errors
    /// 400 naming every bad field.
    pub fn of(body: &[u8], this_machine: bool) -> Result<Self, Fault> {
        Fields::read(body, |fields| {
            let change = Self::read(fields);
            refuse_this_machine(fields, "url", this_machine);
            if fields.raw("session_id").is_some() {
                fields.note("session_id", "cannot be changed: make another webhook");
            }
            change.ok_or(Noted)
        })
    }

    /// Makes it so.
    pub fn apply(&self, webhook: &mut Webhook) {
        let Self { url, events, secret, custom_headers, retry, timeout_seconds, active } = self;
        webhook.url = url.clone().unwrap_or_else(|| webhook.url.clone());
        webhook.events = events.clone().unwrap_or_else(|| webhook.events.clone());
        if let Some(secret) = secret {
            webhook.secret = Some(secret.clone()).filter(|secret| !secret.is_empty());
        }
        if let Some(headers) = custom_headers {
            webhook.custom_headers.clone_from(headers);
        }
        if let Some(retry) = retry {
            webhook.retry = Some(retry.over(webhook.retry));
        }
        webhook.timeout_seconds = timeout_seconds.and_then(small).or(webhook.timeout_seconds);
        webhook.active = active.unwrap_or(webhook.active);
    }
}

impl RetryWish {
    /// What is said, and of the rest what was before.
    pub fn over(&self, before: Option<Retry>) -> Retry {
        let before = before.unwrap_or(Retry::DEFAULT);
        Retry {
            attempts: self.attempts.and_then(small).unwrap_or(before.attempts),
            delay_seconds: self.delay_seconds.and_then(small).unwrap_or(before.delay_seconds),
        }
    }
}

/// A number that its rule has bounded.
pub fn small(number: i64) -> Option<u32> {
    u32::try_from(number).ok()
}
