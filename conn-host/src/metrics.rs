//! Counters that `/metrics` shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// What one process counts. Sums over all sessions; nothing in here names one.
#[derive(Debug, Default)]
pub struct Metrics {
    commands: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    /// Sessions by status.
    sessions: Mutex<BTreeMap<&'static str, i64>>,
    /// Shards this host owns.
    pub shards: AtomicI64,
    /// Leases taken.
    pub leases_claimed: AtomicU64,
    /// Leases lost to another host or to time.
    pub leases_lost: AtomicU64,
    /// Sockets that had to be opened again.
    pub reconnects: AtomicU64,
    /// Events appended.
    pub events: AtomicU64,
    /// Commands that were set aside as unreadable.
    pub dead_letters: AtomicU64,
    /// What the webhooks count, when this process delivers them.
    pub webhooks: OnceLock<Arc<edgewire_delivery::Counters>>,
    /// What the logins count, when this process verifies them.
    pub logins: OnceLock<Arc<edgewire_login::Counters>>,
    /// The media store, when there is one.
    pub depot: OnceLock<Arc<edgewire_depot::Depot>>,
}

impl Metrics {
    /// Counts a finished command.
    pub fn command(&self, kind: &'static str, result: &'static str) {
        if let Ok(mut map) = self.commands.lock() {
            *map.entry((kind, result)).or_default() += 1;
        }
    }

    /// Moves a session from one status to another; `None` is "not here".
    pub fn session_moved(&self, from: Option<&'static str>, to: Option<&'static str>) {
        if let Ok(mut map) = self.sessions.lock() {
            if let Some(from) = from {
                *map.entry(from).or_default() -= 1;
            }
            if let Some(to) = to {
                *map.entry(to).or_default() += 1;
            }
        }
    }

    /// The Prometheus text exposition format, version 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(2048);
        let mut one = |name: &str, kind: &str, help: &str, rows: &[(String, i64)]| {
            let _infallible = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            for (labels, value) in rows {
                let _infallible = writeln!(text, "{name}{labels} {value}");
            }
        };
        let plain = |n: &AtomicU64| {
            vec![(String::new(), i64::try_from(n.load(Ordering::Relaxed)).unwrap_or(i64::MAX))]
        };
        let commands: Vec<(String, i64)> = self.commands.lock().map_or_else(
            |_| Vec::new(),
            |m| {
                m.iter()
                    .map(|((kind, result), n)| {
                        (
                            format!("{{kind=\"{kind}\",result=\"{result}\"}}"),
                            i64::try_from(*n).unwrap_or(i64::MAX),
                        )
                    })
                    .collect()
            },
        );
        let sessions: Vec<(String, i64)> = self.sessions.lock().map_or_else(
            |_| Vec::new(),
            |m| m.iter().map(|(status, n)| (format!("{{status=\"{status}\"}}"), *n)).collect(),
        );
        one("edgewire_commands_total", "counter", "Commands finished, by kind and result.", &commands);
        one("edgewire_sessions", "gauge", "Sessions on this host, by status.", &sessions);
        one(
            "edgewire_shards_owned",
            "gauge",
            "Shards this host owns.",
            &[(String::new(), self.shards.load(Ordering::Relaxed))],
        );
        one("edgewire_leases_claimed_total", "counter", "Leases taken.", &plain(&self.leases_claimed));
        one("edgewire_leases_lost_total", "counter", "Leases lost.", &plain(&self.leases_lost));
        one("edgewire_reconnects_total", "counter", "Sockets opened again.", &plain(&self.reconnects));
        one("edgewire_events_total", "counter", "Events appended.", &plain(&self.events));
        one("edgewire_dead_letters_total", "counter", "Commands set aside.", &plain(&self.dead_letters));
        if let Some(counted) = self.depot.get().map(|depot| depot.counted()) {
            let rows = |rows: &[(&str, u64)]| -> Vec<(String, i64)> {
                let row = |(result, n): &(&str, u64)| {
                    (format!("{{result=\"{result}\"}}"), i64::try_from(*n).unwrap_or(i64::MAX))
                };
                rows.iter().map(row).collect()
            };
            let reads = rows(&[
                ("hit", counted.hits),
                ("miss", counted.misses),
                ("changed", counted.changed),
                ("failed", counted.not_read),
            ]);
            let writes = rows(&[("kept", counted.kept), ("failed", counted.not_kept)]);
            let (help, name) = ("Files looked for in the media store.", "edgewire_media_store_reads_total");
            one(name, "counter", help, &reads);
            let (help, name) = ("Files put into the media store.", "edgewire_media_store_writes_total");
            one(name, "counter", help, &writes);
        }
        if let Some(logins) = self.logins.get().map(|counters| counters.snapshot()) {
            let results =
                [("good", logins.good), ("refused", logins.refused), ("unanswered", logins.unanswered)];
            let rows: Vec<(String, i64)> = results
                .iter()
                .map(|(result, n)| {
                    (format!("{{result=\"{result}\"}}"), i64::try_from(*n).unwrap_or(i64::MAX))
                })
                .collect();
            one("edgewire_logins_total", "counter", "Logins to be verified, by what became of them.", &rows);
        }
        if let Some(hooks) = self.webhooks.get().map(|counters| counters.snapshot()) {
            for (name, help, value) in [
                ("edgewire_webhooks_delivered_total", "Deliveries that a receiver took.", hooks.delivered),
                ("edgewire_webhooks_failed_total", "Attempts that failed.", hooks.failed),
                (
                    "edgewire_webhooks_refused_total",
                    "Deliveries to addresses that are not allowed.",
                    hooks.refused,
                ),
                ("edgewire_webhooks_dead_total", "Events that no receiver took.", hooks.dead),
                (
                    "edgewire_webhooks_missing_total",
                    "Dead letters of events that were kept no longer.",
                    hooks.missing,
                ),
            ] {
                let value = i64::try_from(value).unwrap_or(i64::MAX);
                one(name, "counter", help, &[(String::new(), value)]);
            }
            for (name, help, value) in [
                ("edgewire_webhooks", "Webhooks that this host delivers for.", hooks.webhooks),
                (
                    "edgewire_webhooks_open_breakers",
                    "Webhooks whose receiver is left alone now.",
                    hooks.open_breakers,
                ),
                ("edgewire_webhooks_lag_milliseconds", "From the feed to the latest answer.", hooks.lag_ms),
            ] {
                one(name, "gauge", help, &[(String::new(), value)]);
            }
        }
        text
    }
}
