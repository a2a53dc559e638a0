//! `POST /api/v1/webhooks/{id}/dead/replay`: has dead letters delivered again, all or those of some events.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{EventId, RequestId};
use edgewire_contract::shape::{Record as _, Rule, items, optional};
use edgewire_contract::webhook::ask::{Ask, Wish};
use edgewire_edge::bus::hooks::{HookBus, Replayed};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;
use serde_json::{Value, json};

use crate::owner::{Owner, Scope, no_webhook};

/// Most events that a request names.
const MOST: usize = 1000;

edgewire_contract::record! {
    /// What to deliver again.
    pub struct Replay {
        /// The ids of events, as the list of dead letters has them; left out: all.
        pub ids: Option<Vec<String>> = optional(items(EventIds, 1, MOST));
    }
}

/// An event's id.
#[derive(Debug, Clone, Copy)]
pub struct EventIds;

impl Rule for EventIds {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, |text| EventId::parse(text).map(|id| id.to_string()))
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": "^evt_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"})
    }
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    replayed: u64,
}

/// Puts them on their way.
///
/// # Errors
/// 401, 403, 404, 413, 400; 429 while as many are on their way as may be.
pub async fn replay<B: HookBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, Scope::Organization).await?;
    let webhook = owner.webhook(gateway, &call).await?.webhook.id;
    let body = call.json().await?;
    let body = if body.is_empty() { b"{}" } else { body.as_slice() };
    let Replay { ids } = Fields::read(body, |fields| Replay::read(fields).ok_or(Noted))?;
    let replayed = match gateway.bus.replay(owner.organization(), &webhook, &ids.unwrap_or_default()).await? {
        Replayed::Moved(moved) => moved,
        // The caller sees how many dead letters are left, and may ask again.
        Replayed::Full(moved) if moved > 0 => moved,
        Replayed::Full(_) => {
            let message = "too many dead letters are on their way again already";
            let fault = Fault::new(FaultCode::RateLimited, message).with("retryAfterSeconds", 60);
            return Err(fault.into());
        }
        Replayed::Gone => return Err(no_webhook().into()),
    };
    let now = gateway.env.now_ms();
    let id = RequestId::generate(now, gateway.env.random_u128());
    let ask = Ask { v: CONTRACT_VERSION, id, webhook, what: Wish::Replay, deadline: now };
    // They are on their way; this only lets it be noticed at once.
    let _unheard = gateway.bus.ask_deliverer(owner.organization(), &ask).await;
    Ok(Reply::json(202, &Answer { success: true, replayed }))
}
