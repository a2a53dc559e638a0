//! Whether Baileys can run here, and its packages: installed once, into a folder under cargo's target folder that is named
//! after the lock file.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Baileys;

/// Names, separated by commas, the optional parts that must not be missing: there a story fails that is else skipped.
pub const REQUIRE_VARIABLE: &str = "EDGEWIRE_REQUIRE";

/// What Baileys asks for.
const OLDEST_NODE: u32 = 20;
/// Some 50 MB from the registry, or from npm's cache.
const INSTALL_LIMIT: Duration = Duration::from_secs(120);
/// How often the installation is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Everything that makes a peer. The lock file has no addresses: packages come from where npm is told to look.
const FILES: &[(&str, &str)] = &[
    ("package.json", include_str!("../../baileys/package.json")),
    ("package-lock.json", LOCK),
    ("auth.mjs", include_str!("../../baileys/auth.mjs")),
    ("commands.mjs", include_str!("../../baileys/commands.mjs")),
    ("device.mjs", include_str!("../../baileys/device.mjs")),
    ("lines.mjs", include_str!("../../baileys/lines.mjs")),
    ("logger.mjs", include_str!("../../baileys/logger.mjs")),
    ("loopback.mjs", include_str!("../../baileys/loopback.mjs")),
    ("peer.mjs", include_str!("../../baileys/peer.mjs")),
    ("polls.mjs", include_str!("../../baileys/polls.mjs")),
    ("stanzas.mjs", include_str!("../../baileys/stanzas.mjs")),
    ("store.mjs", include_str!("../../baileys/store.mjs")),
];
const LOCK: &str = include_str!("../../baileys/package-lock.json");

impl Baileys {
    /// Whether this machine can run one.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn available() -> Result<(), String> {
        static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
        let look = || {
            let node = version("node").ok_or("Baileys needs node, and there is none on the PATH")?;
            let major =
                node.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
            if major.is_none_or(|major| major < OLDEST_NODE) {
                return Err(format!("Baileys needs node {OLDEST_NODE} or newer, this is {node}"));
            }
            version("npm")
                .map(drop)
                .ok_or_else(|| "Baileys needs npm, and there is none on the PATH".to_owned())
        };
        FOUND.get_or_init(look).clone()
    }

    /// Whether its stories must be told here ([`REQUIRE_VARIABLE`] names `baileys`).
    pub fn required() -> bool {
        let required = std::env::var(REQUIRE_VARIABLE).unwrap_or_default();
        required.split(',').any(|name| name.trim() == "baileys")
    }

    /// Whether its stories are to be passed over, and says why: where one must not be missing they are told, and fail.
    pub fn skipped() -> bool {
        match Self::available() {
            Err(reason) if !Self::required() => {
                xtask::say::say(format!("the stories with Baileys are not told: {reason}"));
                true
            }
            _ => false,
        }
    }
}

fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The folder with the peer and its packages; made when it is not there.
pub(super) fn installed() -> Result<PathBuf> {
    Baileys::available().map_err(anyhow::Error::msg)?;
    let own = std::env::current_exe()?;
    // target/debug/deps/e2e-…
    let target = own.ancestors().nth(3).context("this program is not in a target folder")?;
    let mut hasher = DefaultHasher::new();
    LOCK.hash(&mut hasher);
    let folder = target.join("edgewire").join(format!("baileys-{:016x}", hasher.finish()));
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // Stories run side by side, and so may test programs: one installs, the others wait for it here.
    let lock = File::create(folder.join("installing"))?;
    lock.lock()?;
    for (name, text) in FILES {
        put(&folder.join(name), text)?;
    }
    let marker = folder.join("installed");
    if !marker.exists() {
        install(&folder)?;
        File::create(marker)?;
    }
    Ok(folder)
}

/// Whole or not at all: another peer may be starting from the file that was there.
fn put(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let new = path.with_added_extension("new");
    std::fs::write(&new, text)?;
    Ok(std::fs::rename(new, path)?)
}

fn install(folder: &Path) -> Result<()> {
    let log = folder.join("install.log");
    let output = File::create(&log)?;
    let mut npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context("starting npm")?;
    let deadline = Instant::now() + INSTALL_LIMIT;
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    loop {
        match npm.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("npm ci ended with {status}:\n{}", said()),
            None if Instant::now() >= deadline => {
                npm.kill()?;
                npm.wait()?;
                bail!("npm ci was not done after {INSTALL_LIMIT:?}:\n{}", said());
            }
            None => std::thread::sleep(LOOK),
        }
    }
}
