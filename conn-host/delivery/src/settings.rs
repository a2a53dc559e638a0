//! How webhooks are delivered.

use std::time::Duration;

/// The role's settings; the defaults are for production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether webhooks may go to this machine: for the sandbox.
    pub allow_loopback: bool,
    /// How often an event is tried before it is a dead letter. With the delays below, 15 attempts take 40 minutes.
    pub attempts: u32,
    /// The pause after the first failure; each further one doubles it.
    pub first_delay: Duration,
    /// The longest pause.
    pub max_delay: Duration,
    /// How long one attempt may take: a receiver should answer first and work later.
    pub timeout: Duration,
    /// How many dead letters a webhook keeps.
    pub dead_kept: u64,
    /// How long a lease lasts without renewal: so long nobody delivers after a host died.
    pub lease_ttl: Duration,
    /// How often leases are renewed, and webhooks and hosts looked at: a change takes this long to be noticed.
    pub renewal: Duration,
    /// How often organizations are searched that have webhooks but are not in the index, and leases that nobody took.
    pub sweep: Duration,
    /// How long a shutdown waits for the attempts in flight.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_loopback: false,
            attempts: 15,
            first_delay: Duration::from_secs(2),
            max_delay: Duration::from_secs(5 * 60),
            timeout: Duration::from_secs(10),
            dead_kept: 10_000,
            lease_ttl: Duration::from_secs(5),
            renewal: Duration::from_secs(1),
            sweep: Duration::from_secs(5),
            drain: Duration::from_secs(5),
        }
    }
}
