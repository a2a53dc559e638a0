//! Redis: the caller's own (`--redis`, `REDIS_URL`), else a server on the PATH, else one from the package manager.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use edgewire_contract::servers::RedisUrl;

use crate::child::Launch;
use crate::say::say;
use crate::toolchain::find_program;

/// The programs that serve Redis's protocol and persistence as we need them.
const SERVERS: [&str; 2] = ["redis-server", "valkey-server"];
/// What a Redis says on standard output once it takes connections, its data loaded.
const READY: &str = "Ready to accept connections";
/// How long a ping may take.
const PING: Duration = Duration::from_secs(2);
/// Loading a large append-only file takes a while.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each package manager with its commands; the first that is on the PATH is used.
const MANAGERS: [(&str, &[&[&str]]); 5] = [
    (
        "apt-get",
        &[
            &["apt-get", "update", "-q"],
            &["apt-get", "install", "-y", "-q", "--no-install-recommends", "redis-server"],
        ],
    ),
    ("dnf", &[&["dnf", "install", "-y", "-q", "valkey"]]),
    ("apk", &[&["apk", "add", "--quiet", "redis"]]),
    ("pacman", &[&["pacman", "-S", "--noconfirm", "--needed", "valkey"]]),
    ("brew", &[&["brew", "install", "redis"]]),
];

/// Where Redis comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Somebody else runs it.
    Given(String),
    /// We run this program.
    Server(PathBuf),
}

/// Finds Redis, installing it when there is none; a given one is asked whether it is there.
///
/// # Errors
/// When the given one does not answer, or none can be had: the error says exactly what to do.
pub fn find(given: Option<String>) -> Result<Source> {
    let from_environment = || std::env::var("REDIS_URL").ok().filter(|url| !url.is_empty());
    if let Some(url) = given.or_else(from_environment) {
        ping(&url).with_context(|| format!("Redis at {} does not answer", without_password(&url)))?;
        return Ok(Source::Given(url));
    }
    find_server().or_else(|| install().and_then(|()| find_server())).map(Source::Server).context(
        "there is no Redis: install redis-server (7.0 or later) or valkey-server with your system's package manager, \
         or name a running one with --redis redis://HOST:PORT",
    )
}

/// A server program on the PATH.
pub fn find_server() -> Option<PathBuf> {
    SERVERS.iter().find_map(|name| find_program(name))
}

fn install() -> Option<()> {
    let (name, commands) = MANAGERS.iter().find(|(name, _)| find_program(name).is_some())?;
    let root = rustix::process::geteuid().is_root();
    let sudo = *name != "brew" && !root;
    if sudo && find_program("sudo").is_none() {
        return None;
    }
    for command in *commands {
        let line = if sudo { [&["sudo"], *command].concat() } else { command.to_vec() };
        say(format!("redis      not found; installing it: {}", line.join(" ")));
        // Not under the runner: sudo may ask for a password, for which it must be in the foreground.
        let status = Command::new(line[0])
            .args(&line[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::io::stderr())
            .status();
        // `apt-get update` may complain of one list among many; the install decides.
        if !status.is_ok_and(|s| s.success()) && line.contains(&"install") {
            return None;
        }
    }
    Some(())
}

/// Asks the Redis at `url` whether it is there.
///
/// # Errors
/// When it is not, or refuses us.
pub fn ping(url: &str) -> Result<()> {
    let [answer] = run(url, [&::redis::cmd("PING")])?;
    if answer == ::redis::Value::SimpleString("PONG".into()) {
        Ok(())
    } else {
        bail!("it answers {answer:?}")
    }
}

/// A blocking connection with bounded waits.
///
/// # Errors
/// When the URL is none or nothing answers there.
pub fn connect(url: &str) -> Result<::redis::Connection> {
    let connection = ::redis::Client::open(url)?.get_connection_with_timeout(PING)?;
    connection.set_read_timeout(Some(PING))?;
    connection.set_write_timeout(Some(PING))?;
    Ok(connection)
}

/// Runs commands one after the other, each on the node that has its key where `url` is a cluster's.
///
/// # Errors
/// When nobody answers, or a command is refused.
pub fn run<const N: usize>(url: &str, commands: [&::redis::Cmd; N]) -> Result<[::redis::Value; N]> {
    let url = RedisUrl::parse(url);
    let first = url.each().into_iter().find_map(|node| connect(&node).ok());
    let mut connection =
        first.with_context(|| format!("nobody answers at {}", without_password(&url.each()[0])))?;
    let mut answers = [const { ::redis::Value::Nil }; N];
    for (command, answer) in commands.into_iter().zip(&mut answers) {
        *answer = match command.query(&mut connection) {
            Err(error) => match error.redirect_node() {
                Some((node, _)) => command.query(&mut connect(&url.at(node))?)?,
                None => return Err(error.into()),
            },
            Ok(answer) => answer,
        };
    }
    Ok(answers)
}

/// The URL as it may be shown.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}…{}", &url[..scheme + 3], &url[at..]),
        _ => url.to_owned(),
    }
}

/// A loopback port that nobody has right now.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?.local_addr()?.port())
}

/// How to start `server` on `port` with its data in `folder`: every write goes to the append-only file, which is
/// forced to disk each second.
pub fn launch(server: &Path, port: u16, folder: &Path, log: PathBuf) -> Launch {
    let port = port.to_string();
    let pidfile = pidfile(folder);
    let fixed = [
        ["--port", &port],
        ["--bind", "127.0.0.1"],
        ["--protected-mode", "yes"],
        ["--appendonly", "yes"],
        ["--appendfsync", "everysec"],
        ["--save", ""],
        ["--daemonize", "no"],
        ["--logfile", ""],
        // Nothing of ours may be thrown out to make room: a full Redis must say so.
        ["--maxmemory-policy", "noeviction"],
    ];
    let mut args: Vec<std::ffi::OsString> = fixed.iter().flatten().map(Into::into).collect();
    args.extend(["--dir".into(), folder.into(), "--pidfile".into(), pidfile.into()]);
    Launch {
        name: "redis".into(),
        program: server.into(),
        args,
        env: vec![],
        log,
        ready: READY,
        patience: PATIENCE,
    }
}

fn pidfile(folder: &Path) -> PathBuf {
    folder.join("redis.pid")
}

/// The process that still serves `folder`, from a start that was killed. Two on one folder would ruin it.
pub fn left_over(folder: &Path) -> Option<u32> {
    let pid: u32 = std::fs::read_to_string(pidfile(folder)).ok()?.trim().parse().ok()?;
    // Linux has /proc (and perhaps no ps), macOS has ps (and no /proc).
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok().or_else(|| {
        let answer = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output().ok()?;
        Some(String::from_utf8_lossy(&answer.stdout).into_owned())
    })?;
    SERVERS.iter().any(|server| name.trim().ends_with(server)).then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("redis://me:secret@host:6379/0"), "redis://…@host:6379/0");
        assert_eq!(without_password("redis://host:6379"), "redis://host:6379");
    }

    #[test]
    fn nothing_answers_on_a_free_port() {
        let port = free_port().unwrap();
        assert!(ping(&format!("redis://127.0.0.1:{port}")).is_err());
    }
}
