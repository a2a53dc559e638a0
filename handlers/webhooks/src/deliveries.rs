//! `GET /api/v1/webhooks/{id}/deliveries?limit=&cursor=`: what was tried, the newest first. The last thousand attempts or so
//! are kept, for seven days after the last.

use edgewire_contract::webhook::Delivery;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::entries::{cut, page};
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::owner::{Owner, Scope};
use crate::told::seconds;

#[derive(Serialize)]
struct Page {
    deliveries: Vec<Attempt>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Attempt {
    event_id: String,
    event: String,
    session: String,
    cause: &'static str,
    attempt: u32,
    outcome: &'static str,
    status: Option<u16>,
    latency_ms: u64,
    reason: Option<String>,
    answer: Option<String>,
    at: i64,
}

/// Lists them.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn deliveries<B: HookBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, Scope::Organization).await?;
    let webhook = owner.webhook(gateway, &call).await?.webhook;
    let (limit, before) = page(&call.query())?;
    let found = gateway.bus.deliveries(owner.organization(), &webhook.id, before, limit + 1).await?;
    let (found, next_cursor) = cut(found, limit);
    let deliveries = found.into_iter().map(|(_, delivery)| Attempt::of(delivery)).collect();
    Ok(Reply::json(200, &Page { deliveries, next_cursor }))
}

impl Attempt {
    fn of(delivery: Delivery) -> Self {
        Self {
            event_id: delivery.event_id,
            event: delivery.event,
            session: delivery.session,
            cause: delivery.cause.as_str(),
            attempt: delivery.attempt,
            outcome: delivery.ending.as_str(),
            status: delivery.status,
            latency_ms: delivery.latency_ms,
            reason: delivery.reason,
            answer: delivery.answer,
            at: seconds(delivery.at),
        }
    }
}
