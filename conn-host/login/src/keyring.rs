//! The provider's keys: fetched when they are needed first, when they have grown old, and when a token means one that is not
//! among them; by one task for all that wait.
//!
//! | keys | are |
//! |---|---|
//! | younger than `keep`, or than the provider says if that is less | good |
//! | older | fetched again by the next login; good for a while still where that fails |
//! | older than `stale` | no keys any more |
//!
//! Whoever can make a token can name a key that there is not. So what is fetched for that is fetched seldom.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use tracing::{debug, info, warn};

use crate::error::{FetchError, VerifyError};
use crate::jwks::Keys;
use crate::outside::{Clock, Document, Fetch};

/// Keys are kept for at least this long, whatever the provider says.
const LEAST: Duration = Duration::from_secs(30);
/// Where there are no keys, they are asked for as often as this.
const FIRST: Duration = Duration::from_secs(1);

/// How long keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For how long at most they are good without a look at the provider's.
    pub keep: Duration,
    /// The pause between two looks.
    pub refetch: Duration,
    /// For how long they are good where the provider does not answer.
    pub stale: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(600),
            refetch: Duration::from_secs(30),
            stale: Duration::from_secs(3_600),
        }
    }
}

/// The keys, and the way to them.
pub struct Keyring {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    state: Mutex<State>,
    /// Held while fetching.
    gate: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    set: Option<Set>,
    /// When keys were last asked for, and that was over; unix ms.
    tried_at: Option<i64>,
    /// Whether that failed, which is said once.
    failing: bool,
}

struct Set {
    keys: Keys,
    fetched_at: i64,
    fresh_until: i64,
}

/// What a token was to be verified by.
type Found = Result<(Algorithm, DecodingKey), VerifyError>;

impl Keyring {
    pub fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>, policy: Policy) -> Self {
        Self { fetch, clock, policy, state: Mutex::default(), gate: tokio::sync::Mutex::default() }
    }

    /// The key that a token means, with its algorithm.
    pub async fn find(&self, kid: Option<&str>) -> Found {
        if let Some(found) = self.look(kid, true) {
            return found;
        }
        let _gate = self.gate.lock().await;
        // Who held it before may have fetched what we need.
        if let Some(found) = self.look(kid, true) {
            return found;
        }
        let fetched = self.fetch.fetch().await.and_then(|document| {
            let keys = Keys::read(&document.body)?;
            Ok((keys, document))
        });
        self.take(fetched);
        self.look(kid, false).unwrap_or(Err(VerifyError::NoKeys))
    }

    /// What the keys that are there say; `None` when they are to be fetched first, if they may be.
    fn look(&self, kid: Option<&str>, may_fetch: bool) -> Option<Found> {
        let now = self.clock.now_ms();
        let state = self.state();
        let set = state.set.as_ref().filter(|set| now < set.fetched_at.saturating_add(ms(self.policy.stale)));
        let pause = if set.is_some() { self.policy.refetch } else { FIRST };
        let due = may_fetch && state.tried_at.is_none_or(|at| now >= at.saturating_add(ms(pause)));
        let Some(set) = set else { return (!due).then_some(Err(VerifyError::NoKeys)) };
        match set.keys.find(kid) {
            Ok(key) if now < set.fresh_until || !due => Some(Ok((key.algorithm, key.public.clone()))),
            Err(refusal) if !due => Some(Err(refusal.into())),
            Ok(_) | Err(_) => None,
        }
    }

    fn take(&self, fetched: Result<(Keys, Document), FetchError>) {
        let now = self.clock.now_ms();
        let mut state = self.state();
        state.tried_at = Some(now);
        match fetched {
            Ok((keys, document)) => {
                debug!(keys = keys.len(), "the identity provider's keys were fetched");
                let keep =
                    document.max_age.map_or(self.policy.keep, |age| age.max(LEAST).min(self.policy.keep));
                let fresh_until = now.saturating_add(ms(keep));
                state.set = Some(Set { keys, fetched_at: now, fresh_until });
                if std::mem::take(&mut state.failing) {
                    info!("the identity provider's keys can be fetched again");
                }
            }
            Err(error) if !std::mem::replace(&mut state.failing, true) => {
                warn!(%error, "the identity provider's keys cannot be fetched");
            }
            Err(_) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can fail halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
