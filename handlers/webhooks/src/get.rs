//! `GET /api/v1/webhooks/{id}` and `GET /api/v1/sessions/{session}/webhooks/{id}`.

use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::owner::{Owner, Scope};
use crate::told::{self, Told};

/// Tells one, and how its deliveries go.
///
/// # Errors
/// 401, 403, 404.
pub async fn get<B: HookBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    scope: Scope,
) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, scope).await?;
    let webhook = owner.webhook(gateway, &call).await?.webhook;
    let state = told::state(gateway, &owner, &webhook).await?;
    Ok(Reply::json(200, &Told::of(&webhook, &state, gateway.env.now_ms())))
}
