//! Growing delays with jitter, so that what failed together does not come back together.

use std::time::Duration;

/// A delay that doubles up to a limit.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    step: u32,
}

impl Backoff {
    /// From `first`, doubling, up to `most`.
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, step: 0 }
    }

    /// For Redis: 50 ms to 1 s.
    pub fn quick() -> Self {
        Self::new(Duration::from_millis(50), Duration::from_secs(1))
    }

    /// For WhatsApp: 1 s to 5 min.
    pub fn patient() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(300))
    }

    /// The next delay, 75 to 125 % of the schedule.
    pub fn pause(&mut self) -> Duration {
        self.pause_with(rand::random::<f64>())
    }

    /// The next delay with `chance` of 0 to 1.
    pub fn pause_with(&mut self, chance: f64) -> Duration {
        let delay = self.first.saturating_mul(2u32.saturating_pow(self.step)).min(self.most);
        self.step = self.step.saturating_add(1);
        delay.mul_f64(0.75 + 0.5 * chance.clamp(0.0, 1.0))
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.step = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_to_its_limit_and_starts_over() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let delays: Vec<u64> = (0..5).map(|_| backoff.pause_with(0.5).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.pause_with(0.0), Duration::from_millis(750));
        assert_eq!(Backoff { step: u32::MAX, ..backoff }.pause_with(1.0), Duration::from_millis(6250));
    }
}
