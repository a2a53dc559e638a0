//! `cargo xtask up`: the whole gateway on this machine, until Ctrl-C or SIGTERM.
//!
//! The order is that of [`run`]. Whatever fails on the way, and also a panic, drops the [`Crew`], which stops what
//! runs; a `kill -9` of this process is seen by the guard, which does the same.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::arguments::Up;
use crate::credentials::{Credentials, Network};
use crate::redis::{self, Source};
use crate::say::{say, step, tell, took};
use crate::stage::Stage;
use crate::start::{EdgeSettings, HostSettings, Place};
use crate::supervise::{Crew, Role};
use crate::workspace::{Runner, Workspace};
use crate::{build, ready, toolchain};

/// How long the whole may take to be ready once all its parts run.
const READY: Duration = Duration::from_secs(30);
/// The contact that a fresh sandbox gets: it reads what it is sent, and echoes it.
const CONTACT: &str = "628123456789";

/// Where everything answers.
struct Addresses {
    base: String,
    redis: String,
    sandbox: Option<SocketAddr>,
}

/// Runs the gateway.
///
/// # Errors
/// When something is missing, taken, or does not start: one clear line.
pub fn run(options: &Up) -> Result<()> {
    let begun = Instant::now();
    let mut runner = Runner::new()?;
    let data = data_folder(&options.data)?;
    let _lock = lock(&data)?;
    check_port(options.port)?;
    if let Some(pid) = redis::left_over(&data.join("redis")) {
        bail!(
            "a Redis of an earlier start (pid {pid}) still uses {}; stop it with `kill {pid}`",
            data.display()
        );
    }
    let network = if options.sandbox { Network::Sandbox } else { Network::Whatsapp };
    let (credentials, fresh) = Credentials::load_or_create(&data.join("credentials.json"), network)?;
    let source = find_redis(options)?;
    let stage = stage(options, &mut runner)?;
    let place = Place { stage, data };

    let mut crew = Crew::new(runner.guard.clone());
    let addresses = start(options, &place, &source, &credentials, &mut crew, &mut runner)?;
    if fresh {
        say("key        a first API key and a user token were made");
    }
    say(format!("ready      {}{}", addresses.base, took(begun)));
    if options.json {
        tell(json_line(&addresses, &credentials, &crew).to_string());
    } else {
        tell(guide(&addresses, &credentials));
    }
    crew.watch(&mut runner.notices);
    say("stopping   finishing what runs; the data is kept");
    crew.stop();
    Ok(())
}

fn find_redis(options: &Up) -> Result<Source> {
    step(
        "redis",
        || redis::find(options.redis.clone()),
        |source| match source {
            Source::Given(url) => format!("{} answers", redis::without_password(url)),
            Source::Server(program) => program.display().to_string(),
        },
    )
}

fn stage(options: &Up, runner: &mut Runner) -> Result<Stage> {
    if let Some(folder) = &options.stage {
        let stage = Stage::at(std::path::absolute(folder)?);
        let programs: &[&str] = if options.sandbox {
            &["edge-host", "conn-host", "sandbox"]
        } else {
            &["edge-host", "conn-host"]
        };
        stage.check(programs)?;
        return Ok(stage);
    }
    let workspace = Workspace::read()?;
    step("toolchain", || toolchain::ensure_wasm_target(&workspace, runner), Clone::clone)?;
    say("build      the first takes some minutes");
    step(
        "build",
        || build::for_up(&workspace, runner, options.profile, options.sandbox),
        |stage| stage.folder().display().to_string(),
    )
}

fn start(
    options: &Up,
    place: &Place,
    source: &Source,
    credentials: &Credentials,
    crew: &mut Crew,
    runner: &mut Runner,
) -> Result<Addresses> {
    let notices = &mut runner.notices;
    let redis = match source {
        Source::Given(url) => url.clone(),
        Source::Server(server) => {
            let port = redis::free_port()?;
            let launch = place.redis(server, port)?;
            let url = format!("redis://127.0.0.1:{port}");
            step("redis", || crew.start_silent(Role::Redis, launch, notices), |()| format!("runs at {url}"))?;
            url
        }
    };
    credentials.put_into_redis(&redis).context("writing the first key into Redis")?;

    let sandbox = match options.sandbox {
        false => None,
        true => {
            let launch = place.sandbox(0);
            let again = |at: SocketAddr| place.sandbox(at.port());
            let at = step(
                "sandbox",
                || crew.start(Role::Sandbox, &launch, notices, again),
                |at| format!("runs at http://{at}"),
            )?;
            add_contact(at).context("adding the sandbox's first contact")?;
            Some(at)
        }
    };
    let settings = HostSettings {
        redis_url: redis.clone(),
        master_key: credentials.master_key.clone(),
        sandbox_ws_url: sandbox.map(ws_url),
        env: vec![],
    };
    for number in 0..options.hosts {
        let launch = place.conn_host(place.stage.program("conn-host"), number, &settings);
        let again = launch.clone();
        let start = || crew.start(Role::ConnHost, &launch, notices, |_| again);
        step("conn-host", start, |at| format!("{number} runs, health at http://{at}/readyz"))?;
    }
    let variables = EdgeSettings::beside(sandbox.is_some());
    let edge = EdgeSettings { redis_url: redis.clone(), compiled: place.data.join("compiled"), variables };
    let launch = place.edge_host(options.port, &edge);
    let again = |at: SocketAddr| place.edge_host(at.port(), &edge);
    let at = step(
        "edge-host",
        || crew.start(Role::EdgeHost, &launch, notices, again),
        |at| format!("runs at http://{at}"),
    )?;
    ready::await_ready("the gateway", at, "/readyz", READY, &mut || notices.stop_asked())?;
    Ok(Addresses { base: format!("http://{at}"), redis, sandbox })
}

fn ws_url(at: SocketAddr) -> String {
    format!("ws://{at}/ws/chat")
}

fn add_contact(at: SocketAddr) -> Result<()> {
    let contact = json!({ "phone": CONTACT, "push_name": "Echo", "auto_read": true, "auto_reply": "echo" });
    let (status, body) = ready::post(at, "/admin/accounts", &contact.to_string())?;
    if status != 200 {
        bail!("the sandbox answers {status}: {body}");
    }
    Ok(())
}

fn data_folder(wanted: &Path) -> Result<PathBuf> {
    // Keys, texts and logs are in it: for its owner's eyes.
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(wanted);
    made.with_context(|| format!("making the data folder {}", wanted.display()))?;
    wanted.canonicalize().with_context(|| format!("finding the data folder {}", wanted.display()))
}

/// One `up` per data folder: the lock is the kernel's, so it goes with the process however that ends.
fn lock(data: &Path) -> Result<File> {
    let path = data.join("lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _unknown = file.read_to_string(&mut pid);
            bail!(
                "another `cargo xtask up` (pid {pid}) uses {}; stop it, or choose another --data",
                data.display()
            )
        }
        Err(TryLockError::Error(e)) => Err(e).with_context(|| format!("locking {}", path.display())),
    }
}

/// Tells of a taken port before the build, not after it.
fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(e) => bail!("port {port} cannot be used ({e}): choose another with --port N (0: any free one)"),
    }
}

fn json_line(at: &Addresses, credentials: &Credentials, crew: &Crew) -> serde_json::Value {
    let one = |role| crew.pids(role).first().copied();
    json!({
        "base_url": at.base,
        "api_key": credentials.api_key,
        "user_token": credentials.user_token,
        "redis_url": at.redis,
        "sandbox_url": at.sandbox.map(|at| format!("http://{at}")),
        "sandbox_ws_url": at.sandbox.map(ws_url),
        "pids": {
            "redis": one(Role::Redis),
            "sandbox": one(Role::Sandbox),
            "edge-host": one(Role::EdgeHost),
            "conn-host": crew.pids(Role::ConnHost),
        },
    })
}

/// What a newcomer reads: the addresses, the secrets, and commands that work as they stand.
fn guide(at: &Addresses, credentials: &Credentials) -> String {
    let (base, key) = (&at.base, &credentials.api_key);
    let auth = format!("-H 'Authorization: Bearer {key}'");
    let json = "-H 'Content-Type: application/json'";
    let mut text = format!(
        "\nEdgewire is running.\n\n  API         {base}\n  API document  {base}/openapi.json\n  API key     {key}\n  user token  {}\n",
        credentials.user_token
    );
    if let Some(sandbox) = at.sandbox {
        text.push_str(&format!("  sandbox     http://{sandbox}\n"));
    }
    text.push_str(&format!(
        "\nMake a session and get its QR code:\n\n  curl -s -X POST {base}/api/v1/sessions {auth} {json} -d '{{\"id\":\"main\"}}'\n  curl -s {base}/api/v1/sessions/main/qr {auth}\n"
    ));
    match at.sandbox {
        Some(sandbox) => text.push_str(&format!(
            "\nScan it with the sandbox's phone:\n\n  curl -s {base}/api/v1/sessions/main/qr {auth} | sed 's/.*\"code\":\"\\([^\"]*\\)\".*/\\1/' | curl -s --data-binary @- http://{sandbox}/admin/mock-phone/scan-qr\n"
        )),
        None => text.push_str("\nScan it with WhatsApp on a phone (…/qr.png is a picture): Linked devices, Link a device.\n"),
    }
    let to = if at.sandbox.is_some() { CONTACT } else { "YOUR_NUMBER" };
    text.push_str(&format!(
        "\nSend a text, and read what came back:\n\n  curl -s -X POST {base}/api/v1/sessions/main/messages/text {auth} {json} -d '{{\"to\":\"{to}\",\"text\":\"Hello\"}}'\n  curl -s '{base}/api/v1/events/poll?session=main&since=0' {auth}\n\nCtrl-C stops everything; the data is kept."
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_on_one_folder_is_told_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let error = lock(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("(pid {})", std::process::id())), "{error}");
        drop(first);
        lock(folder.path()).unwrap();
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let held = TcpListener::bind(("127.0.0.1", taken)).unwrap();
        assert!(check_port(taken).unwrap_err().to_string().contains(&format!("port {taken} cannot be used")));
        drop(held);
        check_port(0).unwrap();
    }
}
