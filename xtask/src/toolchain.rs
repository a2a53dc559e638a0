//! The Rust target of the handlers: there already, or added with rustup.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace::{Runner, WASM_TARGET, Workspace};

/// Makes sure that `wasm32-wasip2` can be built for; says what was done.
///
/// # Errors
/// When it is missing and rustup is not there or cannot fetch it.
pub fn ensure_wasm_target(workspace: &Workspace, runner: &mut Runner) -> Result<String> {
    if has_target(&workspace.root)? {
        return Ok(format!("{WASM_TARGET} is there"));
    }
    if find_program("rustup").is_none() {
        bail!(
            "the Rust target {WASM_TARGET} is missing and there is no rustup to add it; install it with your toolchain"
        );
    }
    runner
        .run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&workspace.root))
        .with_context(|| format!("adding the Rust target {WASM_TARGET}"))?;
    Ok(format!("{WASM_TARGET} added with rustup"))
}

fn has_target(root: &Path) -> Result<bool> {
    let answer = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .current_dir(root)
        .output()
        .context("running rustc; is Rust installed?")?;
    let folder = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    // rustc names the folder whether it exists or not.
    Ok(answer.status.success() && std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()))
}

/// Where `name` is on the PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
