//! A component's variables, read once per instance and checked.

use edgewire_contract::token::token_hash;

/// The variables of a component. One that the manifest does not give has its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `redis_url`: where both halves meet.
    pub redis_url: String,
    /// `redis_sentinel`: the name under which sentinels know the primary; `redis_url` names those then. None when empty.
    pub redis_sentinel: Option<String>,
    /// The hash of `admin_token`: the bootstrap token; none when empty.
    pub admin_token_hash: Option<String>,
    /// `sync_timeout_ms`: how long a synchronous call waits for its result.
    pub sync_timeout_ms: u64,
    /// `event_heartbeat_ms`: the pause between two comments on a quiet event stream.
    pub event_heartbeat_ms: u64,
    /// `event_stall_ms`: how long a reader of an event stream may take nothing before he is cut off.
    pub event_stall_ms: u64,
    /// `max_queued_commands`: how many commands a shard holds before it takes no more sends (429).
    pub max_queued_commands: u64,
    /// `max_json_bytes`: the largest JSON body, the files in it included (413).
    pub max_json_bytes: u64,
    /// `max_blob_bytes_per_shard`: how many bytes of files a shard holds before it takes no more (429).
    pub max_blob_bytes_per_shard: u64,
    /// `webhook_allow_loopback`: whether a webhook may lead to this machine, as conn-host's variable of that name says.
    pub webhook_allow_loopback: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            redis_url: "redis://127.0.0.1:6379".into(),
            redis_sentinel: None,
            admin_token_hash: None,
            sync_timeout_ms: 30_000,
            event_heartbeat_ms: 15_000,
            event_stall_ms: 10_000,
            max_queued_commands: 20_000,
            max_json_bytes: 32 << 20,
            max_blob_bytes_per_shard: 512 << 20,
            webhook_allow_loopback: false,
        }
    }
}

/// The names of the variables.
pub const NAMES: [&str; 10] = [
    "redis_url",
    "redis_sentinel",
    "admin_token",
    "sync_timeout_ms",
    "event_heartbeat_ms",
    "event_stall_ms",
    "max_queued_commands",
    "max_json_bytes",
    "max_blob_bytes_per_shard",
    "webhook_allow_loopback",
];

impl Settings {
    /// Reads the variables that `value` knows.
    ///
    /// # Errors
    /// Names the variable that is out of range.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let defaults = Self::default();
        let number = |name: &str, default: u64, min: u64, max: u64| {
            let Some(text) = value(name) else { return Ok(default) };
            match text.trim().parse() {
                Ok(n) if (min..=max).contains(&n) => Ok(n),
                _ => Err(format!("the variable {name} must be a whole number from {min} to {max}")),
            }
        };
        let flag = |name: &str| match value(name).as_deref().map(str::trim) {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(format!("the variable {name} must be true or false")),
        };
        Ok(Self {
            redis_url: value("redis_url").filter(|url| !url.is_empty()).unwrap_or(defaults.redis_url),
            redis_sentinel: value("redis_sentinel").filter(|name| !name.is_empty()),
            admin_token_hash: value("admin_token").filter(|t| !t.is_empty()).map(|t| token_hash(&t)),
            sync_timeout_ms: number("sync_timeout_ms", defaults.sync_timeout_ms, 100, 600_000)?,
            event_heartbeat_ms: number("event_heartbeat_ms", defaults.event_heartbeat_ms, 100, 300_000)?,
            event_stall_ms: number("event_stall_ms", defaults.event_stall_ms, 100, 300_000)?,
            max_queued_commands: number("max_queued_commands", defaults.max_queued_commands, 1, 10_000_000)?,
            max_json_bytes: number("max_json_bytes", defaults.max_json_bytes, 1 << 10, 256 << 20)?,
            max_blob_bytes_per_shard: number(
                "max_blob_bytes_per_shard",
                defaults.max_blob_bytes_per_shard,
                1 << 20,
                1 << 40,
            )?,
            webhook_allow_loopback: flag("webhook_allow_loopback")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default() {
        assert_eq!(Settings::read(|_| None).unwrap(), Settings::default());
        assert_eq!(
            Settings::read(|n| (n == "admin_token").then(String::new)).unwrap().admin_token_hash,
            None
        );
    }

    #[test]
    fn a_bad_value_is_named() {
        let read = Settings::read(|name| (name == "sync_timeout_ms").then(|| "soon".into()));
        assert_eq!(
            read.unwrap_err(),
            "the variable sync_timeout_ms must be a whole number from 100 to 600000"
        );
    }
}
