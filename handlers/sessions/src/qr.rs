//! `GET /api/v1/sessions/{session}/qr`, `/qr.png`, `/qr.svg`: the QR code to scan, as text and as pictures.

mod picture;

use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::pairing;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::shape::seconds;

/// How the code is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The text to draw, and until when it can be scanned.
    Json,
    /// A picture.
    Png,
    /// A picture.
    Svg,
}

#[derive(Serialize)]
struct Answer<'a> {
    qr_codes: [&'a str; 1],
    code: &'a str,
    expires_at: i64,
    timeout_seconds: i64,
    status: SessionStatus,
}

/// Tells the code that is valid now; WhatsApp replaces it every 20 seconds or so.
///
/// # Errors
/// 401, 403; 404 when there is no session, or no code yet; 409 when it is paired.
pub async fn qr<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, form: Form) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
{
    // Who has the code can link the session to a phone of his own: this takes more than reading.
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let view = gateway.session(&caller, &caller.session(&call.params[0])?).await?;
    let now = gateway.env.now_ms();
    let (code, expires_at) = pairing::qr_code(&view, now)?;
    let reply = match form {
        Form::Json => Reply::json(
            200,
            &Answer {
                qr_codes: [code],
                code,
                expires_at: seconds(expires_at),
                timeout_seconds: (expires_at - now + 999) / 1000,
                status: view.status(),
            },
        ),
        Form::Png => Reply::bytes(200, "image/png", picture::png(code)?),
        Form::Svg => Reply::bytes(200, "image/svg+xml", picture::svg(code)?),
    };
    Ok(reply.with("cache-control", "no-store"))
}
