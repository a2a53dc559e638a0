//! Medians and percentiles of durations.

use std::time::Duration;

use serde_json::{Value, json};

/// `{count, p50_ms, p99_ms}`.
pub fn summary(mut samples: Vec<Duration>) -> Value {
    samples.sort_unstable();
    json!({ "count": samples.len(), "p50_ms": percentile(&samples, 50), "p99_ms": percentile(&samples, 99) })
}

/// A percentile of sorted samples, in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    let duration = sorted.get(at).copied().unwrap_or_default();
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_samples() {
        let samples = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(summary(samples), json!({"count": 100, "p50_ms": 50.0, "p99_ms": 99.0}));
        assert_eq!(summary(Vec::new())["p99_ms"], 0.0);
    }
}
