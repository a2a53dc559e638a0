//! How a webhook is told. Times are unix seconds, as everywhere in the snake_case routes. The secret is not.

use std::collections::BTreeMap;

use edgewire_contract::webhook::{Retry, Webhook};
use edgewire_edge::bus::hooks::{HookBus, HookState};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};
use serde::Serialize;

use crate::owner::Owner;

/// How long an attempt may take where the webhook does not say: the delivering host's own setting.
pub const TIMEOUT_SECONDS: u32 = 10;

/// A webhook as the API tells it.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    id: &'a str,
    url: &'a str,
    events: &'a [String],
    session_id: Option<&'a str>,
    has_secret: bool,
    custom_headers: &'a BTreeMap<String, String>,
    retry: Retry,
    timeout_seconds: u32,
    active: bool,
    created_at: i64,
    updated_at: i64,
    breaker: Breaker,
    dead: u64,
    replaying: u64,
}

#[derive(Debug, Serialize)]
struct Breaker {
    state: &'static str,
    failures: u32,
    opened_at: Option<i64>,
    retry_at: Option<i64>,
}

impl<'a> Told<'a> {
    /// Of a webhook, and of how its deliveries go.
    pub fn of(webhook: &'a Webhook, state: &HookState, now_ms: i64) -> Self {
        let HookState { breaker, dead, again } = *state;
        let open = breaker.opened > 0;
        Self {
            id: webhook.id.as_str(),
            url: &webhook.url,
            events: &webhook.events,
            session_id: webhook.session_id.as_ref().map(|id| id.as_str()),
            has_secret: webhook.secret.is_some(),
            custom_headers: &webhook.custom_headers,
            retry: webhook.retry.unwrap_or(Retry::DEFAULT),
            timeout_seconds: webhook.timeout_seconds.unwrap_or(TIMEOUT_SECONDS),
            active: webhook.active,
            created_at: seconds(webhook.created_at),
            updated_at: seconds(webhook.updated_at.unwrap_or(webhook.created_at)),
            breaker: Breaker {
                state: breaker.state(now_ms).as_str(),
                failures: breaker.failures,
                opened_at: open.then(|| seconds(breaker.opened_at)),
                retry_at: open.then(|| seconds(breaker.retry_at)),
            },
            dead,
            replaying: again,
        }
    }
}

/// How the deliveries of one webhook go.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn state<B: HookBus, E: Env>(
    gateway: &Gateway<B, E>,
    owner: &Owner,
    webhook: &Webhook,
) -> Result<HookState, Problem> {
    let states = gateway.bus.hook_states(owner.organization(), std::slice::from_ref(&webhook.id)).await?;
    Ok(states.first().copied().unwrap_or_default())
}

/// Unix milliseconds in seconds.
pub fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1000)
}
