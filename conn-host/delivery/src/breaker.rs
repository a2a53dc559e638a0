//! A receiver's circuit breaker: after many failures in a row, over all of its chats, it is left alone for a while. Events
//! wait meanwhile, and spend no attempts: a receiver that is down for a day finds its events, and not dead letters.

use std::time::Duration;

use edgewire_contract::webhook::Breaker;
use edgewire_contract::webhook::state::BreakerState;

use crate::settings::Settings;

/// Whether an attempt may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// It may.
    Start,
    /// Not before this time, unix ms.
    Wait(i64),
    /// Not while another is under way.
    Probing,
}

/// What it says at `now`, with so many attempts under way. A time further away than the longest pause was written by a
/// clock that was wrong.
pub fn may(breaker: &Breaker, settings: &Settings, now: i64, under_way: usize) -> May {
    let wrong = breaker.retry_at - now > ms(settings.breaker_longest) * 2;
    match breaker.state(now) {
        BreakerState::Closed => May::Start,
        BreakerState::Open if !wrong => May::Wait(breaker.retry_at),
        _ if under_way == 0 => May::Start,
        _ => May::Probing,
    }
}

/// The receiver took an event.
pub fn succeeded(breaker: &mut Breaker) {
    *breaker = Breaker::default();
}

/// It did not. `chance` is from 0 to below 1. Says whether that opened it.
pub fn failed(breaker: &mut Breaker, settings: &Settings, now: i64, chance: f64) -> bool {
    breaker.failures = breaker.failures.saturating_add(1);
    let opens = match breaker.state(now) {
        BreakerState::Closed => breaker.failures >= settings.breaker_after,
        // What was under way when it opened.
        BreakerState::Open => false,
        BreakerState::HalfOpen => true,
    };
    if opens {
        if breaker.opened == 0 {
            breaker.opened_at = now;
        }
        let doublings = breaker.opened.min(16);
        let pause = settings.breaker_pause.saturating_mul(1 << doublings).min(settings.breaker_longest);
        breaker.retry_at = now + ms(pause.mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0));
        breaker.opened = breaker.opened.saturating_add(1);
    }
    opens
}

fn ms(pause: Duration) -> i64 {
    i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            breaker_after: 3,
            breaker_pause: Duration::from_secs(10),
            breaker_longest: Duration::from_secs(30),
            ..Settings::default()
        }
    }

    #[test]
    fn it_opens_probes_and_closes() {
        let (mut breaker, settings) = (Breaker::default(), settings());
        assert!(!failed(&mut breaker, &settings, 0, 0.5) && !failed(&mut breaker, &settings, 0, 0.5));
        assert_eq!(may(&breaker, &settings, 0, 5), May::Start);
        assert!(failed(&mut breaker, &settings, 1_000, 0.5));
        assert_eq!(may(&breaker, &settings, 1_000, 0), May::Wait(11_000));
        // The others that were under way change nothing.
        assert!(!failed(&mut breaker, &settings, 1_001, 0.5));
        assert_eq!(may(&breaker, &settings, 11_000, 0), May::Start);
        assert_eq!(may(&breaker, &settings, 11_000, 1), May::Probing);
        // Twice as long each time, up to a limit.
        assert!(failed(&mut breaker, &settings, 11_000, 0.5));
        assert_eq!(may(&breaker, &settings, 11_000, 0), May::Wait(31_000));
        assert!(failed(&mut breaker, &settings, 31_000, 0.5));
        assert_eq!((breaker.retry_at, breaker.opened_at, breaker.opened), (61_000, 1_000, 3));
        succeeded(&mut breaker);
        assert_eq!((may(&breaker, &settings, 61_000, 5), breaker), (May::Start, Breaker::default()));
    }

    #[test]
    fn failures_count_in_a_row() {
        let (mut breaker, settings) = (Breaker::default(), settings());
        for _ in 0..10 {
            failed(&mut breaker, &settings, 0, 0.0);
            failed(&mut breaker, &settings, 0, 0.0);
            succeeded(&mut breaker);
        }
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_clock_that_was_wrong_keeps_nobody_waiting() {
        let breaker = Breaker { failures: 9, opened: 1, opened_at: 1, retry_at: 10_000_000 };
        assert_eq!(may(&breaker, &settings(), 0, 0), May::Start);
    }
}
