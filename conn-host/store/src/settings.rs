//! The limits of the connection to Redis.

use std::time::Duration;

/// How to reach Redis and how long to wait for it.
#[derive(Clone)]
pub struct Settings {
    /// `redis://[user:password@]host[:port][/database]`, or `unix:` and a path. Several nodes of a cluster, or several
    /// sentinels, have commas between them: `redis://a:6379,b:6379`. Any one node is enough while it is there.
    pub url: String,
    /// The name under which the sentinels of the URL know the primary; `None` when they are none. User, password and
    /// database are the primary's; a sentinel is given user and password if it wants some.
    pub sentinel: Option<String>,
    /// How long one answer may take. Scripts of ours take well under a millisecond; what takes longer is a server
    /// in trouble. 2 s.
    pub response_timeout: Duration,
    /// How long opening the connection may take. 1 s.
    pub connection_timeout: Duration,
    /// The longest pause between two attempts to connect again; the first is 50 ms, and each failure doubles it.
    /// Calls in the pause fail at once. 1 s.
    pub max_backoff: Duration,
    /// How long a write that must be on disk may wait for `WAITAOF` (Redis 7.2 and later with `appendonly yes`;
    /// elsewhere nothing is waited for). With `appendfsync always` that is the time of a disk write; with `everysec`
    /// it is up to a second, for one send in 64 of a chat, and for each flush of what was received. `None` turns it
    /// off: then such a write is as durable as `appendfsync` makes it. 2 s.
    pub wait_aof: Option<Duration>,
}

impl Settings {
    /// The defaults, for the server at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            sentinel: None,
            response_timeout: Duration::from_secs(2),
            connection_timeout: Duration::from_secs(1),
            max_backoff: Duration::from_secs(1),
            wait_aof: Some(Duration::from_secs(2)),
        }
    }
}

impl From<&str> for Settings {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<&String> for Settings {
    fn from(url: &String) -> Self {
        Self::new(url.as_str())
    }
}

impl From<String> for Settings {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password: only what stands after it is shown.
        let place = self.url.rsplit('@').next().unwrap_or_default();
        f.debug_struct("Settings")
            .field("server", &place)
            .field("sentinel", &self.sentinel)
            .field("response_timeout", &self.response_timeout)
            .field("connection_timeout", &self.connection_timeout)
            .field("max_backoff", &self.max_backoff)
            .field("wait_aof", &self.wait_aof)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Settings::new("redis://user:hunter2@db:6379/1"));
        assert!(!shown.contains("hunter2") && shown.contains("db:6379/1"), "{shown}");
    }
}
