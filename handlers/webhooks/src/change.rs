//! `PATCH /api/v1/webhooks/{id}` and `PATCH /api/v1/sessions/{session}/webhooks/{id}`.

use edgewire_contract::webhook::Breaker;
use edgewire_edge::bus::hooks::{HookBus, HookState};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::keep;
use crate::owner::{Owner, Scope};
use crate::told::{self, Told};
use crate::wish::WebhookChange;

/// Changes what is said, and tells the webhook as it is then.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409.
pub async fn change<B: HookBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    scope: Scope,
) -> Result<Reply, Problem> {
    let (owner, call) = Owner::with_body(gateway, call, scope).await?;
    let id = owner.webhook(gateway, &call).await?.webhook.id;
    let change = WebhookChange::of(&call.body, gateway.settings.webhook_allow_loopback)?;
    let webhook = keep::changed(gateway, owner.organization(), &id, |webhook| change.apply(webhook)).await?;
    // The host that delivers closes the breaker when it sees the change, within a second or so.
    let state = told::state(gateway, &owner, &webhook).await?;
    let state = HookState { breaker: Breaker::default(), ..state };
    Ok(Reply::json(200, &Told::of(&webhook, &state, gateway.env.now_ms())))
}
