//! What comes from outside the program: time, and the provider's keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use edgewire_outbound::{Guard, GuardedClient, Limits};

use crate::error::FetchError;
use crate::settings::Settings;

/// The bounds of a fetch. A set of keys is at the place that was named, and small.
const LIMITS: Limits = Limits { total: Duration::from_secs(5), body: 256 << 10, redirects: 0 };

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Now, unix ms.
    fn now_ms(&self) -> i64;
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

/// A set of keys as the provider gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The JSON.
    pub body: Bytes,
    /// For how long the provider says that it is good.
    pub max_age: Option<Duration>,
}

/// The way to the provider's keys.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Gets them.
    async fn fetch(&self) -> Result<Document, FetchError>;
}

/// Over the network, through the guard.
pub struct GuardedFetch {
    client: GuardedClient,
    url: String,
}

#[async_trait]
impl Fetch for GuardedFetch {
    async fn fetch(&self) -> Result<Document, FetchError> {
        let answer = self.client.get(&self.url, LIMITS).await?;
        if answer.status != 200 {
            return Err(FetchError::Status(answer.status));
        }
        let max_age = answer.cache_control.as_deref().and_then(max_age);
        Ok(Document { body: answer.body, max_age })
    }
}

/// What `Cache-Control` says; what is not to be kept at all is good for no time.
fn max_age(cache_control: &str) -> Option<Duration> {
    let directives = || cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Some(Duration::ZERO);
    }
    let seconds = directives().find_map(|directive| {
        directive.strip_prefix("max-age=").and_then(|age| age.trim_matches('"').parse().ok())
    });
    seconds.map(Duration::from_secs)
}

/// What became of the asks that this host took.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) good: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unanswered: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Logins that were good.
    pub good: u64,
    /// Logins that were refused.
    pub refused: u64,
    /// Those that could not be told, or too late.
    pub unanswered: u64,
}

impl Counters {
    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot { good: read(&self.good), refused: read(&self.refused), unanswered: read(&self.unanswered) }
    }
}

/// All of it together.
#[derive(Clone)]
pub struct Outside {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The provider's keys.
    pub fetch: Arc<dyn Fetch>,
    /// What is counted on the way.
    pub counters: Arc<Counters>,
}

impl Outside {
    /// The real thing, with counters at zero.
    pub fn system(settings: &Settings) -> Self {
        let client = GuardedClient::new(Guard::webhooks(settings.allow_loopback));
        let fetch = GuardedFetch { client, url: settings.jwks_url.clone() };
        Self { clock: Arc::new(SystemClock), fetch: Arc::new(fetch), counters: Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_word_on_time_is_read() {
        let seconds = |text: &str| max_age(text).map(|age| age.as_secs());
        assert_eq!(seconds("public, max-age=300, must-revalidate"), Some(300));
        assert_eq!(seconds("Max-Age=\"60\""), Some(60));
        assert_eq!((seconds("no-store"), seconds("max-age=300, no-cache")), (Some(0), Some(0)));
        for other in ["", "public", "max-age=", "max-age=-1", "max-age=soon", "s-maxage=5"] {
            assert_eq!(seconds(other), None, "{other}");
        }
    }
}
