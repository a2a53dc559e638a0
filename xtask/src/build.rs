//! Builds a [`Stage`] with as few cargo runs as the features allow.
//!
//! The feature that lets conn-host talk to the sandbox also takes WhatsApp's trust anchor out of the library, and
//! cargo unifies features across what one run builds. So:
//! * a build *with* it moves its conn-host into the stage: `target/<profile>/conn-host`, where an operator might pick
//!   up a release, is never one that skips the check;
//! * a build *without* it is a run of its own that names nothing which could turn the feature on.
//!
//! Both kinds share one target folder. Cargo keeps the differing crates (the library and two below it) apart by their
//! features, so changing from one to the other builds nothing twice.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::settle::settle;
use crate::stage::Stage;
use crate::workspace::{Runner, WASM_PROFILE, WASM_TARGET, Workspace};

/// conn-host's cargo feature for the sandbox, as cargo takes it from the workspace's root.
pub const SANDBOX_FEATURE: &str = "conn-host/sandbox";

/// How much cargo optimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run.
    Release,
}

impl Profile {
    /// The name of cargo's output folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    fn argument(self) -> &'static str {
        match self {
            Self::Dev => "--profile=dev",
            Self::Release => "--profile=release",
        }
    }
}

/// Builds what `up` runs.
///
/// # Errors
/// When a build fails (cargo has told why on stderr) or a stop is asked for.
pub fn for_up(workspace: &Workspace, runner: &mut Runner, profile: Profile, sandbox: bool) -> Result<Stage> {
    components(workspace, runner)?;
    let mut command = workspace.cargo();
    command.args(["build", profile.argument(), "-p", "edge-host", "-p", "conn-host"]);
    if sandbox {
        command.args(["-p", "edgewire-sandbox", "--features", SANDBOX_FEATURE]);
    }
    runner.run(&mut command)?;
    settle(&workspace.target.join(profile.folder()));
    let network = if sandbox { "sandbox" } else { "whatsapp" };
    let stage = Stage::at(workspace.target.join("edgewire").join(format!("{}-{network}", profile.folder())));
    fill(workspace, &stage, profile, sandbox)?;
    Ok(stage)
}

/// Builds what the tests run. The native part is built by one cargo run, with the features and targets of the
/// `cargo test` that follows, so that the latter finds everything built; the ordinary conn-host is a second one.
///
/// # Errors
/// When a build fails (cargo has told why on stderr) or a stop is asked for.
pub fn for_tests(workspace: &Workspace, runner: &mut Runner) -> Result<Stage> {
    components(workspace, runner)?;
    let stage = Stage::at(workspace.target.join("edgewire").join("test"));
    let built = workspace.target.join(Profile::Dev.folder());
    runner.run(workspace.cargo().args(["build", "-p", "conn-host"]))?;
    settle(&built);
    let plain = stage.plain_conn_host();
    let name = plain.file_name().and_then(|n| n.to_str()).context("the stage's path is not UTF-8")?;
    stage.put(&built.join("conn-host"), name)?;
    runner.run(workspace.cargo().args([
        "build",
        "--workspace",
        "--bins",
        "--tests",
        "--features",
        SANDBOX_FEATURE,
    ]))?;
    settle(&built);
    fill(workspace, &stage, Profile::Dev, true)?;
    // For the stories of `up`. Not our own file: the build may have replaced that.
    stage.put(&built.join("xtask"), "xtask")?;
    Ok(stage)
}

/// Builds the components.
///
/// # Errors
/// When the build fails or a stop is asked for.
pub fn components(workspace: &Workspace, runner: &mut Runner) -> Result<()> {
    if workspace.components.is_empty() {
        bail!("no package under handlers/ is a component (crate-type cdylib)");
    }
    // One by one, and as nothing but a component: cargo optimises across crates only what it links as one kind, and a
    // component is a sixth smaller for it.
    for name in &workspace.components {
        runner.run(workspace.cargo().args([
            "rustc",
            "--lib",
            "-p",
            name,
            "--profile",
            WASM_PROFILE,
            "--target",
            WASM_TARGET,
            "--crate-type",
            "cdylib",
        ]))?;
    }
    Ok(())
}

/// Adds `-p NAME` for each package.
pub fn select<'c>(command: &'c mut Command, packages: &[String]) -> &'c mut Command {
    packages.iter().fold(command, |command, name| command.args(["-p", name]))
}

fn fill(workspace: &Workspace, stage: &Stage, profile: Profile, sandbox: bool) -> Result<()> {
    let built = workspace.target.join(profile.folder());
    stage.put(&built.join("edge-host"), "edge-host")?;
    stage.put(&built.join("conn-host"), "conn-host")?;
    if sandbox {
        stage.put(&built.join("sandbox"), "sandbox")?;
        remove(&built.join("conn-host"))?;
    }
    stage.put_components(&workspace.root.join("spin.toml"), &workspace.wasm_folder())?;
    Ok(())
}

/// Takes cargo's own link away; the next build of either kind lays its own.
fn remove(file: &Path) -> Result<()> {
    std::fs::remove_file(file).with_context(|| format!("taking {} away", file.display()))
}
