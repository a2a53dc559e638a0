//! `cargo xtask lint`: everything that can be said about the source without running it. All checks run, so that one
//! round shows every fault.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::build::{Profile, SANDBOX_FEATURE, select};
use crate::say::{say, took};
use crate::settle::settle;
use crate::toolchain::{ensure_wasm_target, find_program};
use crate::workspace::{Runner, WASM_TARGET, Workspace};
use crate::{direction, openapi};

/// Longer files are told of: is each still one thing? A warning, because some are.
const LONG_FILE: usize = 400;

/// Runs every check.
///
/// # Errors
/// Names the checks that failed.
pub fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let mut runner = Runner::new()?;
    ensure_wasm_target(&workspace, &mut runner)?;
    let mut failed = Vec::new();
    let mut check = |name: &'static str, done: Result<String>, begun: Instant| match done {
        Ok(note) => say(format!("{name:<12} ok {note}{}", took(begun))),
        Err(e) => {
            say(format!("{name:<12} FAILED: {e:#}"));
            failed.push(name);
        }
    };

    let begun = Instant::now();
    check("format", tool(&mut runner, workspace.cargo().args(["fmt", "--all", "--check"])), begun);
    let begun = Instant::now();
    check("direction", direction::check(&workspace), begun);
    let begun = Instant::now();
    check("openapi", openapi::check(&workspace.root), begun);
    let begun = Instant::now();
    check("licences", deny(&mut runner, &workspace), begun);
    let begun = Instant::now();
    check("clippy", clippy(&mut runner, &workspace), begun);
    let begun = Instant::now();
    check("clippy wasm", clippy_wasm(&mut runner, &workspace), begun);
    warn_of_long_files(&workspace.root);
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn tool(runner: &mut Runner, command: &mut Command) -> Result<String> {
    runner.run(command).map(|()| String::new())
}

fn clippy(runner: &mut Runner, workspace: &Workspace) -> Result<String> {
    let mut command = workspace.cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--features", SANDBOX_FEATURE]);
    let done = tool(runner, command.args(["--", "-D", "warnings"]));
    settle(&workspace.target.join(Profile::Dev.folder()));
    done
}

fn clippy_wasm(runner: &mut Runner, workspace: &Workspace) -> Result<String> {
    let mut command = workspace.cargo();
    select(command.args(["clippy", "--target", WASM_TARGET]), &workspace.components);
    tool(runner, command.args(["--", "-D", "warnings"]))
}

/// cargo-deny is a tool of its own, minutes to install: used where it is.
fn deny(runner: &mut Runner, workspace: &Workspace) -> Result<String> {
    if find_program("cargo-deny").is_none() {
        return Ok("(skipped: cargo-deny is not installed; `cargo install cargo-deny --locked`)".to_owned());
    }
    tool(runner, workspace.cargo().args(["deny", "check", "bans", "licenses", "sources"]))?;
    // Advisories need a database from the network; its absence says nothing about the source.
    let fetched = runner.run(workspace.cargo().args(["deny", "fetch", "db"]).stderr(Stdio::null()));
    match fetched {
        Ok(()) => tool(runner, workspace.cargo().args(["deny", "check", "advisories"])),
        Err(_) => Ok("(advisories skipped: their database cannot be fetched)".to_owned()),
    }
}

fn warn_of_long_files(root: &Path) {
    let mut files = Vec::new();
    collect(root, &mut files);
    for file in files {
        let lines = std::fs::read_to_string(&file).map_or(0, |text| text.lines().count());
        if lines > LONG_FILE {
            let name = file.strip_prefix(root).unwrap_or(&file).display();
            say(format!("warning: {name} has {lines} lines: is it still one thing?"));
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if path.is_dir() && !hidden && entry.file_name() != "target" {
            collect(&path, files);
        } else if path.extension() == Some(OsStr::new("rs")) {
            files.push(path);
        }
    }
}
