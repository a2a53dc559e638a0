//! The task: takes asks as they come, and answers them side by side, so that one that waits for the provider's keys holds up
//! no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use edgewire_contract::login::{Ask, MOST_ASKS};
use edgewire_store::{Redis, StoreError};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::desk::Desk;
use crate::error::VerifyError;
use crate::grant::grant;
use crate::outside::Outside;
use crate::settings::Settings;
use crate::verifier::Verifier;

/// How often it says that it takes logins.
const BEAT: Duration = Duration::from_secs(1);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a shutdown waits for what is being answered.
const DRAIN: Duration = Duration::from_secs(2);

/// Verifies logins until `shutdown`; then it takes no more, and answers those that it has. `host` is this process's name
/// among the hosts. Redis and the provider may be away at any time, also at the start.
pub async fn run(
    redis: Redis,
    settings: Settings,
    host: String,
    outside: Outside,
    shutdown: CancellationToken,
) {
    let verifier = Verifier::new(&settings, Arc::clone(&outside.fetch), Arc::clone(&outside.clock));
    let host = Arc::new(Host { desk: Desk { redis, host }, verifier, settings, outside });
    info!("logins are verified by this host");
    tokio::join!(host.announce(&shutdown), host.take(&shutdown));
}

struct Host {
    desk: Desk,
    verifier: Verifier,
    settings: Settings,
    outside: Outside,
}

/// Why an ask is not answered.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("nobody waits for it any more")]
    Late,
    #[error(transparent)]
    Verify(VerifyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Host {
    async fn announce(&self, shutdown: &CancellationToken) {
        let mut ticks = tokio::time::interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => if let Err(error) = self.desk.announce().await {
                    debug!(%error, "could not say that logins are verified here");
                },
            }
        }
    }

    async fn take(self: &Arc<Self>, shutdown: &CancellationToken) {
        let mut answering = JoinSet::new();
        while !shutdown.is_cancelled() {
            // Redis being away is said by those who write to it.
            if let Err(error) = self.take_until_it_breaks(&mut answering, shutdown).await {
                debug!(%error, "asks for logins cannot be taken; trying again");
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
        let ended = async {
            while let Some(ended) = answering.join_next().await {
                bury(ended);
            }
        };
        if tokio::time::timeout(DRAIN, ended).await.is_err() {
            debug!("some logins were not answered in time");
        }
    }

    /// Takes asks until `shutdown`. What was popped is nowhere else, so no look for one is broken off.
    async fn take_until_it_breaks(
        self: &Arc<Self>,
        answering: &mut JoinSet<()>,
        shutdown: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut connection = self.desk.connect().await?;
        while !shutdown.is_cancelled() {
            while let Some(ended) = answering.try_join_next() {
                bury(ended);
            }
            // As many as may wait in Redis are worked on here; more wait there.
            if answering.len() as u64 >= MOST_ASKS
                && let Some(ended) = answering.join_next().await
            {
                bury(ended);
            }
            if let Some(ask) = self.desk.take(&mut connection).await? {
                let host = Arc::clone(self);
                answering.spawn(async move { host.answer(ask).await });
            }
        }
        Ok(())
    }

    async fn answer(&self, ask: Ask) {
        let counters = &self.outside.counters;
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        match self.tell(&ask).await {
            Ok(true) => count(&counters.good),
            Ok(false) => count(&counters.refused),
            Err(error) => {
                debug!(ask.id = %ask.id, %error, "a login is not answered");
                count(&counters.unanswered)
            }
        };
    }

    /// Answers an ask. Whether the login is good.
    async fn tell(&self, ask: &Ask) -> Result<bool, Unanswered> {
        if ask.deadline <= self.outside.clock.now_ms() {
            return Err(Unanswered::Late);
        }
        let judged = match self.verifier.verify(&ask.token).await {
            Ok(login) => {
                let standing = self.desk.standing(&login).await.inspect_err(report)?;
                let now = self.outside.clock.now_ms();
                grant(&login, &standing, &ask.token, now).map(|record| (record, login.ends_at - now))
            }
            Err(VerifyError::Refused(refusal)) => Err(refusal),
            Err(error @ VerifyError::NoKeys) => return Err(Unanswered::Verify(error)),
        };
        match judged {
            Ok((record, left)) => {
                let most = u64::try_from(self.settings.kept.as_millis()).unwrap_or(u64::MAX);
                // First the record: who is answered may ask again at once.
                self.desk.keep(&ask.token, &record, left.max(1).unsigned_abs().min(most)).await?;
                self.desk.answer(ask, Some(&record)).await?;
                Ok(true)
            }
            Err(refusal) => {
                debug!(ask.id = %ask.id, %refusal, "a login is refused");
                self.desk.answer(ask, None).await?;
                Ok(false)
            }
        }
    }
}

/// A record that cannot be read shuts people out until somebody sees to it.
fn report(error: &StoreError) {
    if let StoreError::Answer(_) = error {
        warn!(%error, "a login cannot be verified");
    }
}

fn bury(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        error!(%error, "the answer to a login ended by itself");
    }
}
