//! `GET /qr`: the QR code to scan.

use edgewire_contract::moment::rfc3339;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply, pairing};

use crate::device::Device;
use crate::told::{Is, told};

/// Tells the code that is valid now; WhatsApp replaces it every 20 seconds or so.
///
/// # Errors
/// 401, 403, 400; 404 when there is no device, or no code yet; 409 when it is paired.
pub async fn qr<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    // Who has the code can link the device to a phone of his own: this takes more than reading.
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = Device::of_query(gateway, &caller, &call).await?;
    let view = gateway.session(&caller, &session).await?;
    let (code, expires_at) = pairing::qr_code(&view, gateway.env.now_ms())?;
    let expires_at = rfc3339(expires_at);
    let fields = [
        ("device_id", Is::Text(session.as_str())),
        ("code", Is::Text(code)),
        ("qr_codes", Is::Only(code)),
        ("expires_at", Is::Text(&expires_at)),
        ("status", Is::Text(view.status().as_str())),
    ];
    Ok(told(200, &fields).with("cache-control", "no-store"))
}
