//! The workspace as cargo sees it, and running cargo (or another tool) so that a stop request ends it too.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::guard::Guard;
use crate::notice::{Notice, Notices};

/// The target that the handlers are built for.
pub const WASM_TARGET: &str = "wasm32-wasip2";
/// The cargo profile that the handlers are built with; also the name of its folder.
pub const WASM_PROFILE: &str = "wasm";
/// A child's end is announced; this is only how long a lost announcement would cost.
const LOOK: Duration = Duration::from_secs(1);

/// Where things are.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Package names of the handlers that become components, in order.
    pub components: Vec<String>,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// When a manifest cannot be read; cargo's own words are in the error.
    pub fn read() -> Result<Self> {
        let root = root();
        let data = metadata(&root, &["--no-deps"])?;
        let target = data["target_directory"].as_str().context("cargo metadata names no target folder")?;
        let handlers = root.join("handlers");
        let mut components: Vec<String> = data["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|package| {
                package["manifest_path"].as_str().is_some_and(|p| Path::new(p).starts_with(&handlers))
            })
            .filter(|package| is_component(package))
            .filter_map(|package| package["name"].as_str().map(str::to_owned))
            .collect();
        components.sort();
        Ok(Self { target: target.into(), root, components })
    }

    /// The packages, as locked, and who needs whom.
    ///
    /// # Errors
    /// When cargo cannot tell.
    pub fn graph(&self, more: &[&str]) -> Result<Value> {
        metadata(&self.root, &[&["--locked"], more].concat())
    }

    /// A cargo command that runs in the root folder.
    pub fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// Where the components are after a build.
    pub fn wasm_folder(&self) -> PathBuf {
        self.target.join(WASM_TARGET).join(WASM_PROFILE)
    }
}

fn metadata(root: &Path, more: &[&str]) -> Result<Value> {
    let answer = cargo(root)
        .args(["metadata", "--format-version", "1"])
        .args(more)
        .stderr(Stdio::piped())
        .output()
        .context("running cargo metadata")?;
    if !answer.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    serde_json::from_slice(&answer.stdout).context("reading cargo metadata")
}

fn is_component(package: &Value) -> bool {
    let targets = package["targets"].as_array().into_iter().flatten();
    targets.flat_map(|t| t["crate_types"].as_array().into_iter().flatten()).any(|kind| kind == "cdylib")
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What `cargo run` says of xtask itself. Build scripts look at it (ring's at CARGO_MANIFEST_DIR), and whoever calls cargo
    // by hand in between would have everything above them built again.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_"))
        {
            command.env_remove(name);
        }
    }
    command
}

/// A command line for people, without the program's folder.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|p| p.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs tools in a process group of their own, under guard, and ends them when a stop is asked for.
#[derive(Debug)]
pub struct Runner {
    /// Who ends them if we are killed.
    pub guard: Guard,
    /// Who tells of ends and stops.
    pub notices: Notices,
}

impl Runner {
    /// A runner for a process that has none yet.
    ///
    /// # Errors
    /// When signals or the guard cannot be set up.
    pub fn new() -> Result<Self> {
        Ok(Self { notices: Notices::listen()?, guard: Guard::start(50)? })
    }

    /// Runs `command` with its standard output on our standard error, which is where progress goes.
    ///
    /// # Errors
    /// When it cannot be started, fails, or a stop is asked for.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        match self.status(command.stdout(std::io::stderr()))? {
            status if status.success() => Ok(()),
            status => bail!("`{}` failed ({status})", shown(command)),
        }
    }

    /// Runs `command` and gives each line of its standard output to `line`.
    ///
    /// # Errors
    /// When it cannot be started or a stop is asked for. Its own failure is in the status.
    pub fn lines(&mut self, command: &mut Command, line: impl FnMut(&str) + Send) -> Result<ExitStatus> {
        let (reader, writer) = std::io::pipe().context("making a pipe")?;
        command.stdout(writer);
        std::thread::scope(|scope| {
            let mut line = line;
            scope.spawn(move || {
                for text in BufReader::new(reader).lines().map_while(Result::ok) {
                    line(&text);
                }
            });
            let status = self.status(command);
            // The command still holds the pipe's other end; without this the reader would wait for ever.
            command.stdout(Stdio::null());
            status
        })
    }

    fn status(&mut self, command: &mut Command) -> Result<ExitStatus> {
        let mut process = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting `{}`", shown(command)))?;
        let pid = process.id();
        self.guard.watch(pid);
        let status = loop {
            if let Some(status) = process.try_wait()? {
                break Ok(status);
            }
            if self.notices.wait(Instant::now() + LOOK) == Some(Notice::Stop) {
                if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                    let _gone_meanwhile = kill_process_group(pid, Signal::TERM);
                }
                process.wait()?;
                break Err(anyhow::anyhow!("stopped"));
            }
        };
        self.guard.release(pid);
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_run_and_its_lines_are_seen() {
        let mut runner = Runner::new().unwrap();
        let mut seen = Vec::new();
        let status = runner
            .lines(Command::new("/bin/sh").args(["-c", "echo a; echo b; exit 4"]), |line| {
                seen.push(line.to_owned())
            })
            .unwrap();
        assert_eq!((status.code(), seen), (Some(4), vec!["a".to_owned(), "b".to_owned()]));
        assert!(runner.run(&mut Command::new("/bin/true")).is_ok());
        let error = runner.run(Command::new("/bin/sh").args(["-c", "exit 1"])).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 1` failed (exit status: 1)");
    }
}
