//! The host's own numbers, in Prometheus's text format.
//!
//! Counters and histograms per component are made when the first request of it is counted; the set
//! of components is the manifest's, so the set of series is bounded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Upper bounds of the duration buckets, seconds: from an instance's start (tens of microseconds) to
/// the longest synchronous send (a minute).
const BUCKETS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 75.0];

/// All of them. One per host.
#[derive(Debug, Default)]
pub struct Metrics {
    components: RwLock<BTreeMap<String, Arc<PerComponent>>>,
    /// Requests admitted and without a response's head yet.
    pub in_flight: Gauge,
    /// Requests that wait for a place.
    pub queued: Gauge,
    /// Open connections.
    pub connections: Gauge,
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// One more, until the guard is dropped.
    #[must_use]
    pub fn hold(self: &Gauge) -> GaugeGuard<'_> {
        self.0.fetch_add(1, Relaxed);
        GaugeGuard(self)
    }
}

/// Takes one off a [`Gauge`] when dropped.
#[derive(Debug)]
pub struct GaugeGuard<'a>(&'a Gauge);

impl Drop for GaugeGuard<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[derive(Debug, Default)]
struct PerComponent {
    by_status: RwLock<BTreeMap<u16, Arc<AtomicU64>>>,
    durations: Histogram,
    starts: Histogram,
    instances: AtomicI64,
    faults: AtomicU64,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        if let Some(bucket) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket].fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.micros.fetch_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, component: &str) -> std::fmt::Result {
        let mut below = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&self.buckets) {
            below += bucket.load(Relaxed);
            writeln!(out, "{name}_bucket{{component=\"{component}\",le=\"{bound}\"}} {below}")?;
        }
        let count = self.count.load(Relaxed);
        writeln!(out, "{name}_bucket{{component=\"{component}\",le=\"+Inf\"}} {count}")?;
        let seconds = Duration::from_micros(self.micros.load(Relaxed)).as_secs_f64();
        writeln!(out, "{name}_sum{{component=\"{component}\"}} {seconds}")?;
        writeln!(out, "{name}_count{{component=\"{component}\"}} {count}")
    }
}

impl Metrics {
    /// A request of `component` (`""` for the host itself) was answered; `duration` is the time to
    /// the response's head.
    pub fn answered(&self, component: &str, status: u16, duration: Duration) {
        let numbers = self.of(component);
        numbers.durations.observe(duration);
        if let Some(count) = read(&numbers.by_status).get(&status) {
            count.fetch_add(1, Relaxed);
            return;
        }
        let mut by_status = numbers.by_status.write().unwrap_or_else(PoisonError::into_inner);
        by_status.entry(status).or_default().fetch_add(1, Relaxed);
    }

    pub(crate) fn instance_started(&self, component: &str, took: Duration) {
        let numbers = self.of(component);
        numbers.instances.fetch_add(1, Relaxed);
        numbers.starts.observe(took);
    }

    pub(crate) fn instance_ended(&self, component: &str, by_fault: bool) {
        let numbers = self.of(component);
        numbers.instances.fetch_sub(1, Relaxed);
        numbers.faults.fetch_add(u64::from(by_fault), Relaxed);
    }

    fn of(&self, component: &str) -> Arc<PerComponent> {
        if let Some(numbers) = read(&self.components).get(component) {
            return numbers.clone();
        }
        let mut components = self.components.write().unwrap_or_else(PoisonError::into_inner);
        components.entry(component.to_owned()).or_default().clone()
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        for (name, help, gauge) in [
            ("edge_host_requests_in_flight", "Requests without a response's head yet.", &self.in_flight),
            ("edge_host_requests_queued", "Requests that wait for a place.", &self.queued),
            ("edge_host_connections", "Open HTTP connections.", &self.connections),
        ] {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {}", gauge.0.load(Relaxed))?;
        }
        let components = read(&self.components);
        heading(out, "edge_host_requests_total", "Answered requests.", "counter")?;
        for (component, numbers) in components.iter() {
            for (status, count) in read(&numbers.by_status).iter() {
                let count = count.load(Relaxed);
                writeln!(
                    out,
                    "edge_host_requests_total{{component=\"{component}\",status=\"{status}\"}} {count}"
                )?;
            }
        }
        heading(out, "edge_host_request_seconds", "Time to the response's head.", "histogram")?;
        for (component, numbers) in components.iter() {
            numbers.durations.write(out, "edge_host_request_seconds", component)?;
        }
        heading(out, "edge_host_instance_start_seconds", "Time to make an instance.", "histogram")?;
        for (component, numbers) in components.iter().filter(|(name, _)| !name.is_empty()) {
            numbers.starts.write(out, "edge_host_instance_start_seconds", component)?;
        }
        heading(out, "edge_host_instances", "Live instances.", "gauge")?;
        for (component, numbers) in components.iter().filter(|(name, _)| !name.is_empty()) {
            let live = numbers.instances.load(Relaxed);
            writeln!(out, "edge_host_instances{{component=\"{component}\"}} {live}")?;
        }
        heading(out, "edge_host_instance_faults_total", "Instances ended by a fault.", "counter")?;
        for (component, numbers) in components.iter().filter(|(name, _)| !name.is_empty()) {
            let faults = numbers.faults.load(Relaxed);
            writeln!(out, "edge_host_instance_faults_total{{component=\"{component}\"}} {faults}")?;
        }
        Ok(())
    }
}

fn heading(out: &mut String, name: &str, help: &str, kind: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::default();
        metrics.answered("messages", 202, Duration::from_millis(3));
        metrics.answered("messages", 202, Duration::from_secs(100));
        metrics.instance_started("messages", Duration::from_micros(40));
        let held = metrics.in_flight.hold();
        let text = metrics.render();
        for line in [
            r#"edge_host_requests_total{component="messages",status="202"} 2"#,
            r#"edge_host_request_seconds_bucket{component="messages",le="0.005"} 1"#,
            r#"edge_host_request_seconds_bucket{component="messages",le="75"} 1"#,
            r#"edge_host_request_seconds_bucket{component="messages",le="+Inf"} 2"#,
            r#"edge_host_instance_start_seconds_bucket{component="messages",le="0.0001"} 1"#,
            r#"edge_host_instances{component="messages"} 1"#,
            "edge_host_requests_in_flight 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        drop(held);
        assert!(metrics.render().contains("edge_host_requests_in_flight 0"));
    }
}
