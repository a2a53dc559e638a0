//! `DELETE /api/v1/webhooks/{id}` and `DELETE /api/v1/sessions/{session}/webhooks/{id}`.

use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::owner::{Owner, Scope, no_webhook};

/// Forgets a webhook, its dead letters and its log.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete<B: HookBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    scope: Scope,
) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, scope).await?;
    let id = owner.webhook(gateway, &call).await?.webhook.id;
    if !gateway.bus.drop_webhook(owner.organization(), &id).await? {
        return Err(no_webhook().into());
    }
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}
