//! Schemathesis and openapi-spec-validator, which share no code with ours: is `openapi.json` a document of OpenAPI 3.1,
//! and does a gateway do what it says?
//!
//! They are Python packages, pinned in `tests/schemathesis/requirements.txt`; [`crate::python`] installs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::python::{self, INSTALL_LIMIT, run};

/// The run limits itself to 100 s (`schemathesis.toml`); this is for one that hangs.
const RUN_LIMIT: Duration = Duration::from_secs(150);
const NAME: &str = "schemathesis";
const REQUIREMENTS: &str = include_str!("../schemathesis/requirements.txt");

/// Whether its stories are to be passed over, and says why: where it must not be missing they are told, and fail.
pub fn skipped() -> bool {
    python::skipped(NAME)
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

fn installed() -> Result<PathBuf> {
    python::installed(NAME, REQUIREMENTS)
}
