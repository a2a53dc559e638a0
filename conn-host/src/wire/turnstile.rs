//! One socket after the other: what all sessions of a host want at once (its start, WhatsApp's return after it was away) is
//! spread, so that it is no storm for WhatsApp, Redis or ourselves.
//!
//! The library opens sockets anew by itself, so this stands where the sockets are made, and not where sessions start.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Who would wait longer fails, and comes again after the library's own growing, jittered pause; it gives a connection up
/// after 20 s.
const LONGEST_WAIT: Duration = Duration::from_secs(12);

/// Lets so many through in a second, evenly. Clones are the same.
#[derive(Debug, Clone)]
pub struct Turnstile {
    every: Duration,
    next: Arc<Mutex<Option<Instant>>>,
}

impl Turnstile {
    /// For at most `per_second`, at least 1.
    pub fn new(per_second: u32) -> Self {
        Self { every: Duration::from_secs(1) / per_second.max(1), next: Arc::default() }
    }

    /// Waits for a turn. `false` when too many wait.
    pub async fn pass(&self) -> bool {
        let Some(at) = self.turn(Instant::now()) else { return false };
        tokio::time::sleep_until(at).await;
        true
    }

    /// When who comes `now` may pass.
    fn turn(&self, now: Instant) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        if at - now > LONGEST_WAIT {
            return None;
        }
        *next = Some(at + self.every);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutation tried: everybody's turn is now.
    #[test]
    fn a_crowd_passes_one_by_one_and_who_would_wait_too_long_is_sent_away() {
        let turnstile = Turnstile::new(50);
        let now = Instant::now();
        let turns: Vec<_> = (0..2_000).map_while(|_| turnstile.turn(now)).collect();
        assert_eq!(turns.len(), 601, "12 s of 50 each, and the first");
        assert!(turns.windows(2).all(|two| two[1] - two[0] == Duration::from_millis(20)));
        assert_eq!(turnstile.turn(now), None);
        // Nobody has paid for those who were sent away.
        let later = now + Duration::from_secs(5);
        assert_eq!(turnstile.turn(later), Some(now + Duration::from_millis(20) * 601));
    }

    #[test]
    fn who_comes_alone_does_not_wait() {
        let turnstile = Turnstile::new(1);
        let now = Instant::now();
        assert_eq!(turnstile.turn(now), Some(now));
        let later = now + Duration::from_secs(3);
        assert_eq!(turnstile.turn(later), Some(later));
    }
}
