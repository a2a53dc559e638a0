//! Waiting: for a condition, within a bound, saying what was awaited.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a story waits for one thing. Generous: a healthy gateway takes a fraction of a second, a test machine with
/// other work may not.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When it has not within [`PATIENCE`]; the message says what was awaited, and what was seen last.
pub async fn wait_until<T, F>(what: &str, look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    wait_within(PATIENCE, what, look).await
}

/// As [`wait_until`], with a bound of its own.
///
/// # Panics
/// When the bound is over.
pub async fn wait_within<T, F>(limit: Duration, what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let begun = Instant::now();
    loop {
        let seen = match look().await {
            Ok(found) => return found,
            Err(seen) => seen,
        };
        assert!(begun.elapsed() < limit, "waited {limit:?} in vain for {what}; last seen: {seen}");
        tokio::time::sleep(LOOK).await;
    }
}
