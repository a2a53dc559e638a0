//! How long to wait after a failure: doubling, capped, and spread by a quarter to each side, so that the events of a
//! receiver that comes back do not all come back at once.

use std::time::Duration;

use crate::settings::Settings;

/// The pause after `failures` (at least one); `chance` is from 0 to below 1.
pub fn pause(settings: &Settings, failures: u32, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let plain = settings.first_delay.saturating_mul(1 << doublings).min(settings.max_delay);
    plain.mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_five_minutes() {
        let settings = Settings::default();
        let plain: Vec<u64> = (1..=15).map(|n| pause(&settings, n, 0.5).as_secs()).collect();
        assert_eq!(plain, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300, 300, 300]);
        assert_eq!(pause(&settings, u32::MAX, 0.5).as_secs(), 300);
    }

    #[test]
    fn it_is_spread_by_a_quarter() {
        let settings = Settings::default();
        assert_eq!(pause(&settings, 1, 0.0).as_millis(), 1500);
        assert!(pause(&settings, 1, 0.999_999) < Duration::from_millis(2500));
    }
}
