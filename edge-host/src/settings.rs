//! Flags and environment of the binary, and the [`Options`] that they become.
//!
//! Each flag's help names its environment variable; a flag beats the environment, which beats the
//! default. Bad values stop the start by name, with exit code 64 (usage).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser};

/// Serves the components of a spin.toml on wasmtime.
#[derive(Parser, Debug)]
#[command(name = "edge-host", version, about)]
pub struct Cli {
    /// The manifest.
    #[arg(long = "from", short = 'f', env = "EDGE_HOST_FROM", default_value = "spin.toml")]
    pub from: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "EDGE_HOST_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Where to serve the host's own /metrics, /livez; nowhere without it.
    #[arg(long, env = "EDGE_HOST_ADMIN_LISTEN")]
    pub admin_listen: Option<SocketAddr>,
    /// A variable's value: `name=value`, or `name=@file` for a file's content. May be repeated.
    /// Also SPIN_VARIABLE_<NAME>.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub variables: Vec<(String, String)>,
    /// Where compiled components are kept between starts; only this user may read it. Default:
    /// $XDG_CACHE_HOME/edge-host or ~/.cache/edge-host.
    #[arg(long, env = "EDGE_HOST_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Compile at every start, keep nothing.
    #[arg(long, conflicts_with = "state_dir")]
    pub no_cache: bool,
    /// `text` or `json`.
    #[arg(long, env = "EDGE_HOST_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Which log lines: a level, or `target=level,…`.
    #[arg(long, env = "EDGE_HOST_LOG", default_value = "info")]
    pub log: String,
    #[command(flatten)]
    limits: LimitFlags,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(clap::Args, Debug)]
struct LimitFlags {
    /// Largest request body of any route, bytes: room for a document of 100 MiB and the form around it; the components
    /// have smaller limits of their own. Over it: 413.
    #[arg(long, env = "EDGE_HOST_MAX_BODY_BYTES", default_value_t = 104 << 20)]
    max_body_bytes: u64,
    /// Largest request head, bytes (at least 8192). Over it: 431.
    #[arg(long, env = "EDGE_HOST_MAX_HEADER_BYTES", default_value_t = 64 << 10,
          value_parser = clap::value_parser!(u64).range(8192..=1 << 24))]
    max_header_bytes: u64,
    /// Connections held at once; more wait to be accepted.
    #[arg(long, env = "EDGE_HOST_MAX_CONNECTIONS", default_value_t = 10_000)]
    max_connections: u32,
    /// Requests at work at once, until their response's head; response streams do not count.
    #[arg(long, env = "EDGE_HOST_MAX_CONCURRENT_REQUESTS", default_value_t = 1024)]
    max_concurrent_requests: u32,
    /// Requests that may wait for a place. Over it, or after --max-queue-ms: 503.
    #[arg(long, env = "EDGE_HOST_MAX_QUEUED_REQUESTS", default_value_t = 1024)]
    max_queued_requests: u32,
    /// How long one may wait for a place, milliseconds.
    #[arg(long, env = "EDGE_HOST_MAX_QUEUE_MS", default_value_t = 1000)]
    max_queue_ms: u64,
    /// Requests and streams at once from one address (0: any number). Over it: 429.
    #[arg(long, env = "EDGE_HOST_MAX_REQUESTS_PER_CLIENT", default_value_t = 0)]
    max_requests_per_client: u32,
    /// Time from a request's head to its response's head, milliseconds. Over it: 504. Response
    /// streams may last longer.
    #[arg(long, env = "EDGE_HOST_REQUEST_TIMEOUT_MS", default_value_t = 75_000)]
    request_timeout_ms: u64,
    /// How long a client may take nothing of an answer that waits for it, milliseconds. Then it is cut off.
    #[arg(long, env = "EDGE_HOST_WRITE_TIMEOUT_MS", default_value_t = 30_000)]
    write_timeout_ms: u64,
    /// How long a guest may compute without once waiting, milliseconds. Over it its instance ends.
    #[arg(long, env = "EDGE_HOST_MAX_COMPUTE_MS", default_value_t = 5_000)]
    max_compute_ms: u64,
    /// Memory of one instance, bytes. A guest that wants more ends.
    #[arg(long, env = "EDGE_HOST_MAX_INSTANCE_MEMORY", default_value_t = 64 << 20)]
    max_instance_memory: u64,
    /// Instances of all components at once.
    #[arg(long, env = "EDGE_HOST_MAX_INSTANCES", default_value_t = 512)]
    max_instances: u32,
    /// Requests that one instance serves in its life. High, because a guest keeps its caches and
    /// connections for the life of its instance.
    #[arg(long, env = "EDGE_HOST_MAX_INSTANCE_REUSE", default_value_t = 10_000)]
    max_instance_reuse: u32,
    /// Requests that one instance serves side by side.
    #[arg(long, env = "EDGE_HOST_MAX_INSTANCE_CONCURRENCY", default_value_t = 16)]
    max_instance_concurrency: u32,
    /// Response streams (SSE) that one instance holds before it takes no more requests.
    #[arg(long, env = "EDGE_HOST_MAX_INSTANCE_STREAMS", default_value_t = 64)]
    max_instance_streams: u32,
    /// How long an instance without work is kept, milliseconds.
    #[arg(long, env = "EDGE_HOST_IDLE_INSTANCE_TIMEOUT_MS", default_value_t = 10_000)]
    idle_instance_timeout_ms: u64,
    /// Shared connections per Redis address.
    #[arg(long, env = "EDGE_HOST_REDIS_CONNECTIONS", default_value_t = 2,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    redis_connections: u32,
    /// Redis connections of their own, for blocking commands, of all instances at once.
    #[arg(long, env = "EDGE_HOST_REDIS_MAX_DEDICATED", default_value_t = 1024)]
    redis_max_dedicated: u32,
    /// How long Redis may take to answer a command that does not block, milliseconds.
    #[arg(long, env = "EDGE_HOST_REDIS_TIMEOUT_MS", default_value_t = 1500)]
    redis_timeout_ms: u64,
    /// How long connecting to Redis may take, milliseconds.
    #[arg(long, env = "EDGE_HOST_REDIS_CONNECT_TIMEOUT_MS", default_value_t = 1000)]
    redis_connect_timeout_ms: u64,
    /// How long open requests may take to end after SIGTERM, milliseconds.
    #[arg(long, env = "EDGE_HOST_SHUTDOWN_TIMEOUT_MS", default_value_t = 10_000)]
    shutdown_timeout_ms: u64,
}

/// How [`crate::EdgeHost`] is to serve. `Options::default()` has the binary's defaults, and no
/// compile cache.
#[derive(Debug, Clone)]
pub struct Options {
    /// Values of variables, before the environment's and the defaults.
    pub variables: BTreeMap<String, String>,
    /// Whether `SPIN_VARIABLE_<NAME>` counts.
    pub variables_from_environment: bool,
    /// Where compiled components are kept; `None` compiles every time.
    pub cache_dir: Option<PathBuf>,
    /// Where the host's own metrics are served.
    pub admin_listen: Option<SocketAddr>,
    /// Bounds of the HTTP side.
    pub http: HttpLimits,
    /// Bounds and lives of instances.
    pub instances: InstanceLimits,
    /// Connections to Redis.
    pub redis: RedisOptions,
}

/// Bounds of the HTTP side; see the flags of the same names.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the flags of the same names say it")]
pub struct HttpLimits {
    pub max_body_bytes: u64,
    pub max_header_bytes: usize,
    pub max_connections: usize,
    pub max_concurrent_requests: usize,
    pub max_queued_requests: usize,
    pub max_queue: Duration,
    pub max_requests_per_client: usize,
    pub request_timeout: Duration,
    pub write_timeout: Duration,
    pub shutdown_timeout: Duration,
}

/// Bounds and lives of instances; see the flags of the same names.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the flags of the same names say it")]
pub struct InstanceLimits {
    pub max_memory: usize,
    pub max_instances: u32,
    pub max_reuse: usize,
    pub max_concurrency: usize,
    pub max_streams: usize,
    pub idle_timeout: Duration,
    pub max_compute: Duration,
    /// [`HttpLimits::request_timeout`] again: instances enforce it, too.
    pub request_timeout: Duration,
}

/// Connections to Redis; see the flags of the same names.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the flags of the same names say it")]
pub struct RedisOptions {
    pub connections: usize,
    pub max_dedicated: usize,
    pub response_timeout: Duration,
    pub connect_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        // The flags' own defaults; the environment is the binary's business.
        let command = Cli::command().mut_args(|arg| arg.env(clap::builder::Resettable::Reset));
        let cli = Cli::from_arg_matches(&command.get_matches_from(["edge-host"]))
            .expect("the defaults of flags parse");
        Self { variables_from_environment: false, cache_dir: None, admin_listen: None, ..cli.options() }
    }
}

impl Cli {
    /// The options that the flags ask for.
    #[must_use]
    pub fn options(&self) -> Options {
        let limits = &self.limits;
        let millis = Duration::from_millis;
        let request_timeout = millis(limits.request_timeout_ms);
        Options {
            variables: self.variables.iter().cloned().collect(),
            variables_from_environment: true,
            cache_dir: self.cache_dir(),
            admin_listen: self.admin_listen,
            http: HttpLimits {
                max_body_bytes: limits.max_body_bytes,
                max_header_bytes: count(limits.max_header_bytes),
                max_connections: count(limits.max_connections),
                max_concurrent_requests: count(limits.max_concurrent_requests),
                max_queued_requests: count(limits.max_queued_requests),
                max_queue: millis(limits.max_queue_ms),
                max_requests_per_client: count(limits.max_requests_per_client),
                request_timeout,
                write_timeout: millis(limits.write_timeout_ms),
                shutdown_timeout: millis(limits.shutdown_timeout_ms),
            },
            instances: InstanceLimits {
                max_memory: count(limits.max_instance_memory),
                max_instances: limits.max_instances,
                max_reuse: count(limits.max_instance_reuse),
                max_concurrency: count(limits.max_instance_concurrency),
                max_streams: count(limits.max_instance_streams),
                idle_timeout: millis(limits.idle_instance_timeout_ms),
                max_compute: millis(limits.max_compute_ms),
                request_timeout,
            },
            redis: RedisOptions {
                connections: count(limits.redis_connections),
                max_dedicated: count(limits.redis_max_dedicated),
                response_timeout: millis(limits.redis_timeout_ms),
                connect_timeout: millis(limits.redis_connect_timeout_ms),
            },
        }
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        let named = |key| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
        self.state_dir
            .clone()
            .or_else(|| named("XDG_CACHE_HOME").map(|dir| dir.join("edge-host")))
            .or_else(|| named("HOME").map(|dir| dir.join(".cache/edge-host")))
    }
}

/// A flag's number as a size of this machine; one too large for it means "no bound".
fn count(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected name=value")?;
    let value = match value.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map(|content| content.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| format!("{name}: cannot read {path}: {error}"))?,
        None => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_may_come_from_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "a=b\n").unwrap();
        let flag = format!("--variable=token=@{}", file.display());
        let cli = Cli::try_parse_from(["edge-host", &flag, "--variable", "url=redis://x?y=z"]).unwrap();
        let variables = cli.options().variables;
        assert_eq!(variables["token"], "a=b");
        assert_eq!(variables["url"], "redis://x?y=z");
        assert!(Cli::try_parse_from(["edge-host", "--variable", "token=@/nowhere"]).is_err());
        assert!(Cli::try_parse_from(["edge-host", "--variable", "token"]).is_err());
    }

    #[test]
    fn no_cache_keeps_nothing() {
        let cli = Cli::try_parse_from(["edge-host", "--no-cache"]).unwrap();
        assert_eq!(cli.options().cache_dir, None);
        let cli = Cli::try_parse_from(["edge-host", "--state-dir", "/x"]).unwrap();
        assert_eq!(cli.options().cache_dir, Some("/x".into()));
    }
}
