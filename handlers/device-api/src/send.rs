//! `POST /send/text`, `/send/image`, `/send/video`, `/send/audio`, `/send/document`, `/send/sticker`: sends a message.
//!
//! 200 when WhatsApp has acknowledged it. A long clip (over 2 MiB, or over two minutes as the conn-host finds) is
//! answered 202 with a job instead, and so is a message with a long `delay`, and everything with `?async=true`;
//! `GET /jobs/{job_id}` tells the rest.

use edgewire_contract::command::Mode;
use edgewire_contract::fields::Fields;
use edgewire_contract::media::{LONG_CLIP_BYTES, MediaKind};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::dispatch::Order;
use edgewire_edge::draft::{self, Asked};
use edgewire_edge::env::Env;
use edgewire_edge::order;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::device::{self, Device};
use crate::sent;
use crate::wording::Wish;

/// Sends a text.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 422, 429, 504.
pub async fn text<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    send(gateway, call, None).await
}

/// Sends a file of `kind`.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 415, 422, 429, 502, 504.
pub async fn file<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, kind: MediaKind) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    send(gateway, call, Some(kind)).await
}

async fn send<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    kind: Option<MediaKind>,
) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let (Device { session, checks }, call) = Device::of(gateway, &caller, call).await?;
    let device = session.clone();
    let read = |fields: &mut Fields<'_>| match kind {
        None => Wish::text(fields),
        Some(kind) => Wish::file(kind, fields),
    };
    let mut order = order::placed(gateway, call, &caller, session, checks, |body, checks| {
        let wish = draft::read(body, checks, read)?;
        device::same(&device, wish.device.as_ref())?;
        Ok(Asked::message(wish.draft))
    })
    .await?;
    if is_long_clip(&order) || is_long_pause(&order, gateway.settings.sync_timeout_ms) {
        order.mode = Mode::Async;
    }
    let done = sent::carry_out(gateway, order).await?;
    Ok(done.told(sent::message))
}

/// Whether it is known to be a clip that nobody waits for.
fn is_long_clip(order: &Order<'_>) -> bool {
    let Asked::Message(draft) = &order.asked else { return false };
    let media = draft.content.media();
    media.is_some_and(|(kind, media)| {
        kind == MediaKind::Audio && media.source.known_bytes().is_some_and(|bytes| bytes > LONG_CLIP_BYTES)
    })
}

/// Whether the pause before it leaves less than half of a synchronous call's time for the message itself.
fn is_long_pause(order: &Order<'_>, sync_timeout_ms: u64) -> bool {
    matches!(&order.asked, Asked::Message(draft) if draft.delay_ms > sync_timeout_ms / 2)
}
