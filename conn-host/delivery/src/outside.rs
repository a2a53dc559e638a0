//! What comes from outside the program: time, chance, and the network that receivers are on.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use edgewire_outbound::{Guard, GuardedClient};

use crate::counters::Counters;
use crate::settings::Settings;

/// The wall clock, for timestamps and for the pauses between attempts.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, unix ms.
    fn now_ms(&self) -> i64;

    /// Returns when `pause` is over.
    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Chance, which spreads retries out.
pub trait Chance: Send + Sync {
    /// A number from 0 to below 1.
    fn next(&self) -> f64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The thread's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn next(&self) -> f64 {
        rand::random()
    }
}

/// All of it together.
#[derive(Clone)]
pub struct Outside {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// The way to receivers.
    pub client: GuardedClient,
    /// What is counted on the way.
    pub counters: Arc<Counters>,
}

impl Outside {
    /// The real thing, with the guard that `settings` ask for, and counters at zero.
    pub fn system(settings: &Settings) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
            client: GuardedClient::new(Guard::webhooks(settings.allow_loopback)),
            counters: Arc::default(),
        }
    }
}
