//! Schemathesis and openapi-spec-validator, which share no code with ours: is `openapi.json` a document of OpenAPI 3.1,
//! and does a gateway do what it says?
//!
//! They are Python packages, pinned in `tests/schemathesis/requirements.txt` and installed once, into a folder under
//! cargo's target folder that is named after that file. Packages come from where pip is told to look.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xtask::workspace::shown;

use crate::baileys::REQUIRE_VARIABLE;

/// What Schemathesis asks for.
const OLDEST_PYTHON: (u32, u32) = (3, 10);
/// Some 20 MB from the index, or from pip's cache.
const INSTALL_LIMIT: Duration = Duration::from_secs(120);
/// The run limits itself to 100 s (`schemathesis.toml`); this is for one that hangs.
const RUN_LIMIT: Duration = Duration::from_secs(150);
/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How many of its last lines a failure shows.
const SHOWN_LINES: usize = 150;
const REQUIREMENTS: &str = include_str!("../schemathesis/requirements.txt");

/// Whether this machine can run it.
///
/// # Errors
/// Says what is missing.
pub fn available() -> Result<(), String> {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    let look = || {
        let (major, minor) = OLDEST_PYTHON;
        let program = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({major}, {minor}))");
        let ok = Command::new("python3").args(["-c", &program]).stdin(Stdio::null()).output();
        match ok {
            Ok(output) if output.status.success() => Ok(()),
            Ok(_) => Err(format!("Schemathesis needs python3 {major}.{minor} or newer, with venv")),
            Err(_) => Err("Schemathesis needs python3, and there is none on the PATH".to_owned()),
        }
    };
    FOUND.get_or_init(look).clone()
}

/// Whether its stories must be told here ([`REQUIRE_VARIABLE`] names `schemathesis`).
pub fn required() -> bool {
    let required = std::env::var(REQUIRE_VARIABLE).unwrap_or_default();
    required.split(',').any(|name| name.trim() == "schemathesis")
}

/// Whether its stories are to be passed over, and says why: where it must not be missing they are told, and fail.
pub fn skipped() -> bool {
    match available() {
        Err(reason) if !required() => {
            xtask::say::say(format!("the stories with Schemathesis are not told: {reason}"));
            true
        }
        _ => false,
    }
}

/// The committed document.
pub fn document() -> PathBuf {
    tests().join("..").join(xtask::openapi::DOCUMENT)
}

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Holds the committed document against OpenAPI 3.1.
///
/// # Errors
/// What the validator says.
pub fn validate() -> Result<()> {
    let mut python = Command::new(installed()?.join("bin/python"));
    python.args(["-m", "openapi_spec_validator", "--schema", "3.1"]).arg(document());
    run(&mut python, INSTALL_LIMIT)
}

/// Asks the gateway everything that the document says can be asked; `variables` are what `schemathesis.toml` names.
///
/// # Errors
/// What was found, with a line to ask it again.
pub fn ask(variables: &[(&str, &str)]) -> Result<()> {
    let venv = installed()?;
    let mut command = Command::new(venv.join("bin/schemathesis"));
    command
        .current_dir(tests().join("schemathesis"))
        .args(["--config-file", "schemathesis.toml", "run", "--no-color"])
        .arg(document())
        .envs(variables.iter().copied())
        // A proxy would be another machine.
        .env("NO_PROXY", "*")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    run(&mut command, RUN_LIMIT)
}

/// The folder with the installed packages; made when it is not there.
fn installed() -> Result<PathBuf> {
    available().map_err(anyhow::Error::msg)?;
    let own = std::env::current_exe()?;
    // target/debug/deps/e2e-…
    let target = own.ancestors().nth(3).context("this program is not in a target folder")?;
    let mut hasher = DefaultHasher::new();
    REQUIREMENTS.hash(&mut hasher);
    let folder = target.join("schemathesis").join(format!("{:016x}", hasher.finish()));
    let done = folder.join("installed");
    std::fs::create_dir_all(&folder)?;
    // Held until the end: two stories that come at once install once.
    let lock = File::create(folder.join("lock"))?;
    lock.lock().context("waiting for another installation")?;
    let venv = folder.join("venv");
    if !done.exists() {
        let requirements = folder.join("requirements.txt");
        std::fs::write(&requirements, REQUIREMENTS)?;
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), INSTALL_LIMIT)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        run(pip.arg(&requirements), INSTALL_LIMIT)?;
        File::create(&done)?;
    }
    Ok(venv)
}

/// Runs a program to its end, for so long.
fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let name = shown(command);
    let output = tempfile::NamedTempFile::new()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.as_file().try_clone()?)
        .stderr(output.as_file().try_clone()?)
        .spawn()
        .with_context(|| format!("starting {name}"))?;
    let said = || {
        let text = std::fs::read_to_string(output.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    };
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("{name} ended with {status}:\n{}", said()),
            None if Instant::now() >= deadline => {
                child.kill()?;
                child.wait()?;
                bail!("{name} was not done after {limit:?}:\n{}", said());
            }
            None => std::thread::sleep(LOOK),
        }
    }
}
