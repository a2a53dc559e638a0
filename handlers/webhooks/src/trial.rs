//! `POST /api/v1/webhooks/{id}/test`: one delivery of a test event, made by the host that delivers.
//!
//! Only that host may open a user's URL, under its guard. It is asked by way of Redis, and nobody wakes us: whoever tries a
//! webhook out waits for his receiver anyway, and does so now and then.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::RequestId;
use edgewire_contract::webhook::ask::{Ask, Tried, Wish};
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::owner::{Owner, Scope};

/// Pause between two looks for the answer, ms: at first, and at most.
const FIRST_LOOK_MS: u64 = 50;
const SLOWEST_LOOK_MS: u64 = 400;

#[derive(Serialize)]
struct Answer {
    /// Whether the receiver took it.
    success: bool,
    event_id: String,
    status: Option<u16>,
    latency_ms: u64,
    reason: Option<String>,
    answer: Option<String>,
}

/// Makes it, and tells what became of it.
///
/// # Errors
/// 401, 403, 404; 504 when no host answers in time.
pub async fn trial<B: HookBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, Scope::Organization).await?;
    let webhook = owner.webhook(gateway, &call).await?.webhook.id;
    let (now, patience) = (gateway.env.now_ms(), gateway.settings.sync_timeout_ms);
    let deadline = now.saturating_add(i64::try_from(patience).unwrap_or(i64::MAX));
    let id = RequestId::generate(now, gateway.env.random_u128());
    let ask = Ask { v: CONTRACT_VERSION, id, webhook, what: Wish::Test, deadline };
    gateway.bus.ask_deliverer(owner.organization(), &ask).await?;
    let mut pause = FIRST_LOOK_MS;
    loop {
        if let Some(tried) = gateway.bus.tried(owner.organization(), &ask.id).await? {
            let Tried { event_id, delivered, status, latency_ms, reason, answer } = tried;
            let answer = Answer { success: delivered, event_id, status, latency_ms, reason, answer };
            return Ok(Reply::json(200, &answer));
        }
        if gateway.env.now_ms() >= deadline {
            let message = "no conn-host that delivers webhooks answered in time";
            return Err(Fault::new(FaultCode::Timeout, message).into());
        }
        gateway.env.sleep(pause).await;
        pause = (pause * 2).min(SLOWEST_LOOK_MS);
    }
}
