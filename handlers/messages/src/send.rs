//! `POST /api/v1/sessions/{session}/messages`: sends a message of any of nine types.
//!
//! `?async=true` answers 202 when the message is queued; otherwise 200 when WhatsApp has acknowledged it. With an
//! `Idempotency-Key`, the same request again gives the first one's result, and sends nothing.

use edgewire_edge::bus::Bus;
use edgewire_edge::draft::{Asked, Draft};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::taking::{SendResult, take};

/// Sends a message.
///
/// # Errors
/// Those of [`take`].
pub async fn send<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let (mode, receipt) =
        take(gateway, call, &mut |fields| Draft::of_type(fields).map(Asked::message)).await?;
    Ok(SendResult::reply(mode, &receipt))
}
