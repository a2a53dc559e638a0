//! How webhooks are delivered.

use std::time::Duration;

use edgewire_contract::webhook::{LOG_KEPT, Webhook};

/// The role's settings; the defaults are for production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether webhooks may go to this machine: for the sandbox.
    pub allow_loopback: bool,
    /// How often an event is tried before it is a dead letter, unless its webhook says. With the delays below, 15
    /// attempts take 40 minutes.
    pub attempts: u32,
    /// The pause after the first failure, unless its webhook says; each further one doubles it.
    pub first_delay: Duration,
    /// The longest pause.
    pub max_delay: Duration,
    /// How long one attempt may take, unless its webhook says: a receiver should answer first and work later.
    pub timeout: Duration,
    /// How many chats of one webhook are delivered side by side.
    pub side_by_side: usize,
    /// How many dead letters a webhook keeps.
    pub dead_kept: u64,
    /// How many deliveries a webhook's log keeps.
    pub log_kept: u64,
    /// After so many failures in a row a receiver is left alone. More than the attempts of one event, so that one that
    /// no receiver would take does not hold up the others.
    pub breaker_after: u32,
    /// For how long at first; each time in a row doubles it.
    pub breaker_pause: Duration,
    /// For how long at most.
    pub breaker_longest: Duration,
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
            side_by_side: 16,
            dead_kept: 10_000,
            log_kept: LOG_KEPT,
            breaker_after: 20,
            breaker_pause: Duration::from_secs(30),
            breaker_longest: Duration::from_secs(5 * 60),
            lease_ttl: Duration::from_secs(5),
            renewal: Duration::from_secs(1),
            sweep: Duration::from_secs(5),
            drain: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// As they are for one webhook.
    pub fn of(&self, webhook: &Webhook) -> Self {
        let mut own = self.clone();
        if let Some(retry) = webhook.retry {
            own.attempts = retry.attempts;
            own.first_delay = Duration::from_secs(retry.delay_seconds.into());
            own.max_delay = own.max_delay.max(own.first_delay);
        }
        if let Some(seconds) = webhook.timeout_seconds {
            own.timeout = Duration::from_secs(seconds.into());
        }
        own
    }
}
