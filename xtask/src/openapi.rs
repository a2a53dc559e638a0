//! `cargo xtask openapi`: the committed OpenAPI document is one. Its agreement with the Rust types is a test of the
//! handlers.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::say::say;
use crate::workspace::Workspace;

/// Where the document is.
const DOCUMENT: &str = "handlers/sessions/openapi.json";

/// Checks the document.
///
/// # Errors
/// When it is not a readable OpenAPI 3.1 document.
pub fn run() -> Result<()> {
    say(check(&Workspace::read()?.root)?);
    Ok(())
}

/// The check itself; says what was found.
///
/// # Errors
/// As [`run`].
pub fn check(root: &Path) -> Result<String> {
    let file = root.join(DOCUMENT);
    if !file.exists() {
        return Ok(format!("(skipped: there is no {DOCUMENT} yet)"));
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {DOCUMENT}"))?;
    let document: Value = serde_json::from_str(&text).with_context(|| format!("{DOCUMENT} is not JSON"))?;
    if !document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")) {
        bail!("{DOCUMENT} is not of OpenAPI 3.1");
    }
    match document["paths"].as_object().map(|paths| paths.len()) {
        None | Some(0) => bail!("{DOCUMENT} has no paths"),
        Some(paths) => Ok(format!("{DOCUMENT}: {paths} paths")),
    }
}
