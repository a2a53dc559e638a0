//! `GET /status`: what a device is now.

use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::device::Device;
use crate::devices::device;
use crate::told::told;

/// Tells a device's state, true of the live socket.
///
/// # Errors
/// 401, 403, 400, 404.
pub async fn status<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let session = Device::of_query(gateway, &caller, &call).await?;
    let view = gateway.session(&caller, &session).await?;
    Ok(told(200, &device(&view)))
}
