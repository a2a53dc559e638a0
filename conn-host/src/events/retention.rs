//! How long events are kept.
//!
//! Events end by their age: the relay drops what is too old of the feeds and the streams that it has just had to do with,
//! each at most once a minute. So what is quiet stays as it is, and nothing has to search for work. Bounds of length stand
//! behind it, for a session that has more events than Redis has room for.

use std::collections::HashMap;

use edgewire_contract::keys::{EVENT_DAYS, EVENTS_KEPT, FEED_KEPT};

/// How often one stream is looked at, ms.
const LOOK_MS: u64 = 60_000;
/// How many streams are remembered; beyond, those whose minute is over are forgotten.
const REMEMBERED: usize = 4_096;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How old an event gets, ms.
    pub age_ms: u64,
    /// How many events a session keeps at most.
    pub per_session: u64,
    /// How many events an organization's feed has at most.
    pub per_feed: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age_ms: EVENT_DAYS * DAY_MS, per_session: EVENTS_KEPT, per_feed: FEED_KEPT }
    }
}

/// A day.
pub const DAY_MS: u64 = 24 * 3600 * 1000;

impl Retention {
    /// The oldest millisecond that is kept when it is `now_ms`.
    pub fn oldest(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.age_ms)
    }
}

/// Which streams were looked at, and when.
#[derive(Debug, Default)]
pub struct Looks(HashMap<String, u64>);

impl Looks {
    /// Whether it is time to look at the stream `key`; then that is remembered.
    pub fn is_due(&mut self, key: &str, now_ms: u64) -> bool {
        if self.0.get(key).is_some_and(|last| now_ms < last + LOOK_MS) {
            return false;
        }
        if self.0.len() >= REMEMBERED {
            self.0.retain(|_, last| now_ms < *last + LOOK_MS);
        }
        self.0.insert(key.to_owned(), now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_looked_at_once_a_minute() {
        let mut looks = Looks::default();
        assert!(looks.is_due("a", 1_000) && looks.is_due("b", 1_000));
        assert!(!looks.is_due("a", 60_999) && looks.is_due("a", 61_000));
        for stream in 0..2 * REMEMBERED {
            looks.is_due(&stream.to_string(), 200_000 + 60_000 * (stream / REMEMBERED) as u64);
        }
        assert!(looks.0.len() <= REMEMBERED + 1);
    }

    #[test]
    fn a_week_is_kept() {
        assert_eq!(Retention::default().oldest(8 * DAY_MS), DAY_MS);
        assert_eq!(Retention::default().oldest(5), 0);
    }
}
