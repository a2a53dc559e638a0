//! Webhooks: a role of conn-host that POSTs every event to the URLs that its organization named.
//!
//! **At least once, in order within a chat**: a webhook has a cursor in its organization's feed, kept in Redis, which moves
//! only after the receiver answered 2xx or the event went to the webhook's dead letters. Chats are delivered side by side,
//! one event of each at a time; what is done out of turn is marked behind the cursor. A webhook is a task of its own, so
//! that a slow receiver holds back no other; one that fails many times in a row is left alone for a while.
//!
//! **Shared by hosts**: an organization's webhooks are delivered by the host that holds its lease (TTL 5 s); every
//! move of a cursor compares the lease's epoch. Hosts agree on who takes which organization without talking to one
//! another (`share.rs`), and the next one takes over when a host is stuck or dead.
//!
//! From the outside in:
//! * `supervisor.rs`: the role; which organizations this host delivers for, by `roster.rs` (Redis) and `share.rs`;
//! * `organization.rs`: one leased organization: renews the lease, starts and stops the tasks of its webhooks;
//! * `feeds.rs`: blocking reads that wake those tasks, one connection for many organizations;
//! * `hook.rs`: one webhook: reads what is to be delivered (`reading.rs`), by chat (`lanes.rs`), starts attempts as far as
//!   its breaker allows (`breaker.rs`), and takes in what becomes of them (`outcome.rs`), with pauses between (`backoff.rs`);
//! * `place.rs` and `ledger.rs`: how far it is, and all of its traffic with Redis;
//! * `post.rs`: one attempt: headers, signatures (`sign.rs`), and what the answer means; `trial.rs`: one that was asked for;
//! * [`Settings`], [`Outside`] (clock, chance, client, counters): what a test replaces.

mod backoff;
mod breaker;
mod counters;
mod feeds;
mod hook;
mod lanes;
mod ledger;
mod organization;
mod outcome;
mod outside;
mod place;
mod post;
mod reading;
mod roster;
mod settings;
mod share;
pub mod sign;
mod supervisor;
mod trial;

use std::sync::Arc;

use edgewire_store::Redis;
use tokio_util::sync::CancellationToken;

pub use counters::{Counters, Snapshot};
pub use outside::{Chance, Clock, Outside, SystemChance, SystemClock};
pub use settings::Settings;

/// Delivers webhooks until `shutdown`, on the real network. `host` is this process's name among the hosts: two
/// running processes must never have the same. Returns once what was in flight has ended (at most
/// [`Settings::drain`]) and the leases are given back. Redis may be away at any time, also at the start.
pub async fn run(
    redis: Redis,
    settings: Settings,
    host: String,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) {
    let outside = Outside { clock, ..Outside::system(&settings) };
    run_with(redis, settings, host, outside, shutdown).await;
}

/// As [`run`], with all that is outside given: keep [`Outside::counters`] to read how it goes.
pub async fn run_with(
    redis: Redis,
    settings: Settings,
    host: String,
    outside: Outside,
    shutdown: CancellationToken,
) {
    supervisor::Supervisor::new(redis, settings, host, outside).run(shutdown).await;
}
