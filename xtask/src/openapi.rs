//! `cargo xtask openapi`: writes the OpenAPI document anew, from what the components tell of their routes. That the
//! committed one is that document is a test of `edgewire-openapi`; `lint` looks whether it is a document at all.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::say::say;
use crate::workspace::{Runner, Workspace};

/// Where the document is.
pub const DOCUMENT: &str = "handlers/docs/openapi.json";
/// The package that makes it, and its test that writes it.
const PACKAGE: &str = "edgewire-openapi";

/// Writes the document, and says what it has.
///
/// # Errors
/// When a component's description has mistakes, or the document cannot be written.
pub fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let mut runner = Runner::new()?;
    let mut command = workspace.cargo();
    command.args(["test", "--quiet", "-p", PACKAGE, "--test", "document"]).env("EDGEWIRE_BLESS", "1");
    runner.run(&mut command)?;
    say(check(&workspace.root)?);
    Ok(())
}

/// Looks whether the document is one of OpenAPI 3.1; says what it has.
///
/// # Errors
/// When it is not.
pub fn check(root: &Path) -> Result<String> {
    let file = root.join(DOCUMENT);
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {DOCUMENT}"))?;
    let document: Value = serde_json::from_str(&text).with_context(|| format!("{DOCUMENT} is not JSON"))?;
    if !document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")) {
        bail!("{DOCUMENT} is not of OpenAPI 3.1");
    }
    let items = document["paths"].as_object().into_iter().flatten();
    let operations: usize = items.map(|(_, item)| item.as_object().map_or(0, serde_json::Map::len)).sum();
    if operations == 0 {
        bail!("{DOCUMENT} has no operations");
    }
    Ok(format!("{DOCUMENT}: {operations} operations"))
}
