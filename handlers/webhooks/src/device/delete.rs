//! `DELETE /webhook?device_id=`.

use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::get::asked;
use crate::owner::no_webhook;

/// Forgets the device's webhook.
///
/// # Errors
/// 401, 403, 400; 404 also when there is none.
pub async fn delete<B: HookBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let (caller, webhook) = asked(gateway, &call).await?;
    if !gateway.bus.drop_webhook(caller.organization(), &webhook.id).await? {
        return Err(no_webhook().into());
    }
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}
