//! `cargo xtask bench`: builds what `up` runs, optimised, and the measurements, and runs them. Their figures are JSON on
//! stdout. Run it on a quiet machine.

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::say::{step, tell};
use crate::test::STAGE_VARIABLE;
use crate::toolchain;
use crate::workspace::{Runner, Workspace};

/// Builds and measures `parts`, or all that are measured unasked.
///
/// # Errors
/// When something does not build, or a measurement fails.
pub fn run(parts: &[OsString]) -> Result<()> {
    let mut runner = Runner::new()?;
    let workspace = Workspace::read()?;
    step("toolchain", || toolchain::ensure_wasm_target(&workspace, &mut runner), Clone::clone)?;
    let stage = step(
        "build",
        || build::for_up(&workspace, &mut runner, Profile::Release, true),
        |stage| stage.folder().display().to_string(),
    )?;
    let mut command = workspace.cargo();
    command.args(["run", "--release", "-p", "bench", "--"]).args(parts).env(STAGE_VARIABLE, stage.folder());
    let status = runner.lines(&mut command, |line| tell(line))?;
    if status.success() { Ok(()) } else { bail!("the measurements failed ({status})") }
}
