//! What delivering leaves behind, for the webhook's owner to see.

use serde::{Deserialize, Serialize};

/// An event that a webhook's receiver did not take, in [`crate::keys::hook_dead`] and, on its way again, in
/// [`crate::keys::hook_again`]. The event itself stays where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The contract's version.
    pub v: u8,
    /// The event's public id.
    pub event_id: String,
    /// Where it is: a [`crate::keys::Pointer`] as text.
    pub pointer: String,
    /// Why the last attempt failed, in words for the webhook's owner.
    pub reason: String,
    /// The receiver's HTTP status, if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up, unix ms.
    pub at: i64,
}

/// One attempt to deliver, in [`crate::keys::hook_log`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The contract's version.
    pub v: u8,
    /// The event's public id.
    pub event_id: String,
    /// The event's kind.
    pub event: String,
    /// Its session.
    pub session: String,
    /// What made it leave.
    pub cause: Cause,
    /// The how-manieth attempt it was.
    pub attempt: u32,
    /// How it ended.
    pub ending: Ending,
    /// The receiver's HTTP status, if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took.
    pub latency_ms: u64,
    /// Why it failed, in words for the webhook's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The beginning of what the receiver answered to a delivery that it did not take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it ended, unix ms.
    pub at: i64,
}

/// What made a delivery leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The event happened.
    Event,
    /// A dead letter was sent again.
    Replay,
    /// Somebody tried the webhook out.
    Test,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The receiver took the event.
    Delivered,
    /// It did not; the event is tried again.
    Failed,
    /// It did not, and the event is a dead letter now.
    Dead,
}

impl Ending {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

impl Cause {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Replay => "replay",
            Self::Test => "test",
        }
    }
}

/// A receiver's circuit breaker, as the fields [`Breaker::FIELDS`] of [`crate::keys::hook`]. It opens after many failures
/// in a row: then nothing is delivered until `retry_at`, and then one attempt at a time, until one succeeds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// How often in a row it opened.
    pub opened: u32,
    /// When it opened first, unix ms; 0 while it is closed.
    pub opened_at: i64,
    /// Until when nothing is tried, unix ms.
    pub retry_at: i64,
}

impl Breaker {
    /// The fields' names.
    pub const FIELDS: [&'static str; 4] = ["failures", "opened", "opened_at", "retry_at"];

    /// Of the fields' values; closed where there are none.
    pub fn read(fields: [Option<&str>; 4]) -> Self {
        let number = |i: usize| fields[i].and_then(|text| text.parse::<i64>().ok()).unwrap_or(0).max(0);
        let count = |i: usize| u32::try_from(number(i)).unwrap_or(u32::MAX);
        Self { failures: count(0), opened: count(1), opened_at: number(2), retry_at: number(3) }
    }

    /// The fields' values.
    pub fn values(&self) -> [String; 4] {
        [
            self.failures.to_string(),
            self.opened.to_string(),
            self.opened_at.to_string(),
            self.retry_at.to_string(),
        ]
    }

    /// Whether it is open, half open or closed at `now_ms`.
    pub fn state(&self, now_ms: i64) -> BreakerState {
        match self {
            Self { opened: 0, .. } => BreakerState::Closed,
            Self { retry_at, .. } if now_ms < *retry_at => BreakerState::Open,
            _ => BreakerState::HalfOpen,
        }
    }
}

/// What a breaker lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing.
    Open,
    /// One attempt at a time.
    HalfOpen,
}

impl BreakerState {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_is_read_back() {
        let breaker = Breaker { failures: 20, opened: 2, opened_at: 1_000, retry_at: 5_000 };
        let values = breaker.values();
        assert_eq!(Breaker::read(values.each_ref().map(|text| Some(text.as_str()))), breaker);
        assert_eq!(Breaker::read([None; 4]), Breaker::default());
        assert_eq!(Breaker::read([Some("-3"), Some("x"), None, None]), Breaker::default());
    }

    #[test]
    fn its_state_follows_the_clock() {
        let open = Breaker { failures: 20, opened: 1, opened_at: 1_000, retry_at: 5_000 };
        assert_eq!(open.state(4_999), BreakerState::Open);
        assert_eq!(open.state(5_000), BreakerState::HalfOpen);
        assert_eq!(Breaker { failures: 3, ..Breaker::default() }.state(0), BreakerState::Closed);
    }
}
