//! `cargo xtask test [FILTER]`: every test of the workspace, the end-to-end stories included, on the real parts.
//!
//! One stage is built first ([`build::for_tests`]); the stories find it by `EDGEWIRE_STAGE`. With a filter, only tests
//! with it in their names run. The exit code is that of `cargo test`.

use std::ffi::OsStr;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::build::{self, SANDBOX_FEATURE};
use crate::redis::{self, Source};
use crate::say::{say, step, took};
use crate::toolchain;
use crate::workspace::{Runner, Workspace};

/// Tells the stories where the stage is.
pub const STAGE_VARIABLE: &str = "EDGEWIRE_STAGE";

/// What `cargo test` counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Builds and runs the tests.
///
/// # Errors
/// When something is missing, does not build, or a test fails.
pub fn run(filter: Option<&OsStr>) -> Result<()> {
    let begun = Instant::now();
    let mut runner = Runner::new()?;
    let workspace = Workspace::read()?;
    step("toolchain", || toolchain::ensure_wasm_target(&workspace, &mut runner), Clone::clone)?;
    // The tests start servers of their own: a given one would be shared, and they stop and restart theirs.
    let server = step("redis", find_server, |server| server.clone())?;
    let stage = step(
        "build",
        || build::for_tests(&workspace, &mut runner),
        |stage| stage.folder().display().to_string(),
    )?;

    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--no-fail-fast", "--features", SANDBOX_FEATURE]);
    command.env(STAGE_VARIABLE, stage.folder()).env("EDGEWIRE_REDIS_SERVER", server);
    command.args(filter);
    let tests = Instant::now();
    let mut totals = Totals::default();
    let status = runner.lines(&mut command, |line| {
        crate::say::tell(line);
        totals.add(line);
    })?;
    say(format!(
        "tests      {} passed, {} failed, {} ignored{}; all together{}",
        totals.passed,
        totals.failed,
        totals.ignored,
        took(tests),
        took(begun)
    ));
    match (status.success(), totals.passed) {
        (false, _) => bail!("cargo test failed ({status})"),
        (true, 0) => bail!("no test ran"),
        (true, _) => Ok(()),
    }
}

fn find_server() -> Result<String> {
    // Without a given one: `REDIS_URL` names somebody's data.
    if let Some(server) = redis::find_server() {
        return Ok(server.display().to_string());
    }
    match redis::find(None)? {
        Source::Server(server) => Ok(server.display().to_string()),
        Source::Given(_) => {
            bail!("the tests start and stop Redis themselves: install redis-server or valkey-server")
        }
    }
}

impl Totals {
    /// Adds a closing line: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) =
            line.trim().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let mut totals = Totals::default();
        for line in [
            "test a_thing ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            totals.add(line);
        }
        assert_eq!(totals, Totals { passed: 4, failed: 2, ignored: 1 });
    }
}
