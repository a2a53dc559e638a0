//! Python packages for the stories: pinned in a `requirements.txt`, installed once, into a folder under cargo's target
//! folder that is named after that file. Packages come from where pip is told to look.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xtask::workspace::shown;

use crate::baileys::REQUIRE_VARIABLE;

/// What the packages ask for.
const OLDEST: (u32, u32) = (3, 10);
/// Some 20 MB from the index, or from pip's cache.
pub(crate) const INSTALL_LIMIT: Duration = Duration::from_secs(120);
/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How many of its last lines a failure shows.
const SHOWN_LINES: usize = 150;

/// Whether this machine has it.
///
/// # Errors
/// Says what is missing.
fn available() -> Result<(), String> {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    let look = || {
        let (major, minor) = OLDEST;
        let program = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({major}, {minor}))");
        let ok = Command::new("python3").args(["-c", &program]).stdin(Stdio::null()).output();
        match ok {
            Ok(output) if output.status.success() => Ok(()),
            Ok(_) => Err(format!("python3 {major}.{minor} or newer is needed, with venv")),
            Err(_) => Err("python3 is needed, and there is none on the PATH".to_owned()),
        }
    };
    FOUND.get_or_init(look).clone()
}

/// Whether the stories with `name` are to be passed over, and says why: where [`REQUIRE_VARIABLE`] names it they are told,
/// and fail.
pub(crate) fn skipped(name: &str) -> bool {
    let required = std::env::var(REQUIRE_VARIABLE).unwrap_or_default();
    match available() {
        Err(reason) if !required.split(',').any(|it| it.trim() == name) => {
            xtask::say::say(format!("the stories with {name} are not told: {reason}"));
            true
        }
        _ => false,
    }
}

/// The folder of the environment `name` with the packages of `requirements`; made when it is not there.
pub(crate) fn installed(name: &str, requirements: &str) -> Result<PathBuf> {
    available().map_err(anyhow::Error::msg)?;
    let own = std::env::current_exe()?;
    // target/debug/deps/e2e-…
    let target = own.ancestors().nth(3).context("this program is not in a target folder")?;
    let mut hasher = DefaultHasher::new();
    requirements.hash(&mut hasher);
    let folder = target.join(name).join(format!("{:016x}", hasher.finish()));
    let done = folder.join("installed");
    std::fs::create_dir_all(&folder)?;
    // Held until the end: two stories that come at once install once.
    let lock = File::create(folder.join("lock"))?;
    lock.lock().context("waiting for another installation")?;
    let venv = folder.join("venv");
    if !done.exists() {
        let list = folder.join("requirements.txt");
        std::fs::write(&list, requirements)?;
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), INSTALL_LIMIT)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        run(pip.arg(&list), INSTALL_LIMIT)?;
        File::create(&done)?;
    }
    Ok(venv)
}

/// Runs a program to its end, for so long.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
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
