//! `cargo xtask sizes`: the components as they are shipped, and their bound.

use anyhow::{Context as _, Result, bail};

use crate::build;
use crate::say::tell;
use crate::toolchain::ensure_wasm_target;
use crate::workspace::{Runner, Workspace};

/// The design's bound: a component travels to every edge and is compiled there.
const MOST: u64 = 600_000;

/// Builds and measures.
///
/// # Errors
/// When one is over the bound.
pub fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let mut runner = Runner::new()?;
    ensure_wasm_target(&workspace, &mut runner)?;
    build::components(&workspace, &mut runner)?;
    let mut over = Vec::new();
    for name in &workspace.components {
        let file = workspace.wasm_folder().join(format!("{}.wasm", name.replace('-', "_")));
        let size = file.metadata().with_context(|| format!("measuring {}", file.display()))?.len();
        tell(format!("{:>8.1} KB  {name}", size as f64 / 1000.0));
        if size > MOST {
            over.push(name.as_str());
        }
    }
    if over.is_empty() { Ok(()) } else { bail!("over {} KB: {}", MOST / 1000, over.join(", ")) }
}
