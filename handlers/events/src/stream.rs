//! `GET /api/v1/events?session=&events=&since=`: events as Server-Sent Events.
//!
//! The stream begins with a comment, pings while it is quiet, and goes on until the client goes or takes nothing for too
//! long, the token is revoked or Redis stays away. A client that comes back with `Last-Event-ID` misses nothing, and is told
//! when what it missed is not kept any more.

use edgewire_contract::token::Capability;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use futures::StreamExt as _;
use futures::stream;

use crate::cursor::{self, Since};
use crate::filter::Filter;
use crate::follow::Follower;
use crate::frame;

/// Tells nginx not to hold events back.
const UNBUFFERED: &str = "x-accel-buffering";
/// How often the token is looked at again, ms.
const TOKEN_LOOK_MS: i64 = 30_000;
/// How long Redis may be away before the stream ends, ms: then the client comes back, perhaps to a better instance.
const AWAY_MS: i64 = 10_000;
/// The pause between two tries while Redis is away, ms.
const RETRY_MS: u64 = 1_000;

/// Streams events.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn stream<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Events]).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let since = Since::read(&call, &query, &mut checks);
    let filter = Filter::read(gateway, &caller, &query, &mut checks).await?;
    checks.finish()?;
    let organization = caller.organization().clone();
    let place = cursor::find(gateway, &organization, since).await?;
    let open = Open {
        follower: Follower::new(&gateway.bus, &organization, filter, caller.token.clone(), place),
        gateway: gateway.clone(),
        look_at: gateway.env.now_ms() + TOKEN_LOOK_MS,
        caller,
        away_since: None,
    };
    let rest = stream::unfold(open, |mut open| async { open.next().await.map(|piece| (piece, open)) });
    let first = stream::iter([frame::CONNECTED.as_bytes().to_vec()]);
    Ok(Reply::stream("text/event-stream", first.chain(rest).boxed_local())
        .with("cache-control", "no-cache")
        .with(UNBUFFERED, "no")
        .cut_off_after(gateway.settings.event_stall_ms))
}

/// A stream on its way. Dropped with the body, when the client has gone.
struct Open<B: Bus, E> {
    gateway: Gateway<B, E>,
    follower: Follower<B>,
    caller: Caller,
    look_at: i64,
    away_since: Option<i64>,
}

impl<B: Bus, E: Env> Open<B, E> {
    /// The next piece of the body; `None` ends it.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let ping = frame::PING.as_bytes().to_vec();
        let heartbeat = self.gateway.settings.event_heartbeat_ms;
        let ping_at = self.gateway.env.now_ms() + heartbeat as i64;
        loop {
            let now = self.gateway.env.now_ms();
            if now >= self.look_at && !self.still_welcome(now).await {
                return None;
            }
            let left = ping_at - now;
            if left <= 0 {
                return Some(ping);
            }
            match self.follower.next(left as u64).await {
                Ok(news) => {
                    self.away_since = None;
                    let gap = news.gap.map(frame::gap);
                    let events =
                        news.events.iter().map(|event| frame::event(event.id, &event.kind, &event.json));
                    // Whole frames: the last id that the client has read is its place.
                    let frames: String = gap.into_iter().chain(events).collect();
                    if !frames.is_empty() {
                        return Some(frames.into());
                    }
                }
                Err(_) => {
                    let since = *self.away_since.get_or_insert(now);
                    if now - since >= AWAY_MS {
                        return None;
                    }
                    self.gateway.env.sleep(RETRY_MS).await;
                    return Some(ping);
                }
            }
        }
    }

    /// Whether the token still opens the stream. That nobody can say so now is no reason to end it, while its time lasts.
    async fn still_welcome(&mut self, now: i64) -> bool {
        self.look_at = now + TOKEN_LOOK_MS;
        match self.gateway.token(&self.caller.secret).await {
            Ok(Some(token)) if token.allows(Capability::Events) => {
                self.follower.hold(token);
                true
            }
            Ok(_) => false,
            Err(_) => !self.caller.token.is_expired(now),
        }
    }
}
