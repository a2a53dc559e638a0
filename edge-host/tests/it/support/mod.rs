//! What the tests stand on.

pub mod client;
pub mod guest;
pub mod host;
pub mod redis;

use std::time::{Duration, Instant};

/// Long enough for a slow machine, short enough to see a hang.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until `check` has an answer.
///
/// # Panics
/// When it has none within [`PATIENCE`].
pub async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
