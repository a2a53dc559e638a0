//! `GET /api/v1/events/poll?session=&events=&since=&wait=`: events by long poll.
//!
//! Answers at once when there are events behind `since`, else waits for the first. `next` is the `since` to come back
//! with; it moves on also past events that the filter held back. `gap` says that events behind `since` have been dropped.

use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::cursor::{self, Since};
use crate::filter::Filter;
use crate::follow::Follower;

/// How long a caller waits unless he says otherwise, seconds.
pub const WAIT_SECONDS: u64 = 20;
/// How long he waits at most, seconds.
pub const LONGEST_WAIT_SECONDS: u64 = 30;

/// Tells the next events.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn poll<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Events]).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let since = Since::read(&call, &query, &mut checks);
    let wait = query.integer("wait", WAIT_SECONDS, 0, LONGEST_WAIT_SECONDS, &mut checks);
    let filter = Filter::read(gateway, &caller, &query, &mut checks).await?;
    checks.finish()?;
    let organization = caller.organization().clone();
    let place = cursor::find(gateway, &organization, since).await?;
    let mut follower = Follower::new(&gateway.bus, &organization, filter, caller.token.clone(), place);
    let until = gateway.env.now_ms() + wait as i64 * 1000;
    // What is there already needs no place among the readers that wait.
    let mut news = follower.ready().await?;
    let gap = news.gap.is_some();
    while news.events.is_empty() && !gap {
        let left = until - gateway.env.now_ms();
        if left <= 0 {
            break;
        }
        news = follower.next(left as u64).await?;
    }
    let next = follower.last.map_or_else(|| "0".into(), |event| event.to_string());
    // The events are JSON as they are stored: putting them together takes no parsing.
    let events = news.events.iter().map(|event| event.json.as_str()).collect::<Vec<_>>().join(",");
    let gap = gap || news.gap.is_some();
    let answer = format!(r#"{{"events":[{events}],"next":"{next}","gap":{gap}}}"#);
    Ok(Reply::bytes(200, "application/json", answer).with("cache-control", "no-store"))
}
