//! `GET /webhook?device_id=`.

use edgewire_contract::ids::SessionId;
use edgewire_contract::webhook::Webhook;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::devices::DEVICE_ID;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::answer;
use super::which;
use crate::owner::{MANAGE, no_webhook};

/// Tells the device's webhook.
///
/// # Errors
/// 401, 403, 400; 404 also when there is none.
pub async fn get<B: HookBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let (_, webhook) = asked(gateway, &call).await?;
    Ok(answer(&webhook, None))
}

/// The webhook of the device that a request without a body means.
///
/// # Errors
/// 401, 403, 400, 404.
pub async fn asked<B: HookBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: &Call<I>,
) -> Result<(Caller, Webhook), Problem> {
    let caller = gateway.caller(&call.head.headers, MANAGE).await?;
    let mut checks = Checks::default();
    let named = call.query().parsed(DEVICE_ID, SessionId::parse, &mut checks);
    let device = which::device(gateway, &caller, named, checks).await?;
    let webhook = which::webhook(gateway, caller.organization(), &device).await?;
    Ok((caller, webhook.ok_or_else(no_webhook)?))
}
