//! A stage: one folder with everything that runs, of one build: the programs, the components, and `spin.toml`
//! pointing at those components. `up` and the tests build a stage first and then start from it, so that a later
//! cargo run cannot change a program under a running gateway, and builds with other features cannot be mixed up.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The folder. Its files are named here once.
#[derive(Debug, Clone)]
pub struct Stage {
    folder: PathBuf,
}

impl Stage {
    /// The stage in `folder`, which may not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of its programs: `conn-host`, `edge-host`, `sandbox`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The conn-host of an ordinary build, which refuses the sandbox; in the tests' stage only.
    pub fn plain_conn_host(&self) -> PathBuf {
        self.folder.join("conn-host-plain")
    }

    /// The manifest that edge-host serves.
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("spin.toml")
    }

    /// Where edge-host keeps the components that it has compiled ahead of time.
    pub fn compiled(&self) -> PathBuf {
        self.folder.join("compiled")
    }

    /// Fails naming the first of `programs` (or the manifest) that is not there.
    ///
    /// # Errors
    /// When something is missing.
    pub fn check(&self, programs: &[&str]) -> Result<()> {
        for file in programs.iter().map(|name| self.program(name)).chain([self.manifest()]) {
            if !file.exists() {
                bail!("{} is missing; build it with `cargo xtask up` or `cargo xtask test`", file.display());
            }
        }
        Ok(())
    }

    /// Puts `file` in under `name`, in place of what was there. A link when the file system can: cargo replaces its
    /// files rather than writing into them, so the stage keeps what it was given.
    ///
    /// # Errors
    /// When the file is not there or cannot be copied.
    pub fn put(&self, file: &Path, name: &str) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let place = self.folder.join(name);
        let fresh = self.folder.join(format!(".{name}.new"));
        let _none = std::fs::remove_file(&fresh);
        if std::fs::hard_link(file, &fresh).is_err() {
            std::fs::copy(file, &fresh)
                .with_context(|| format!("taking {} into the stage", file.display()))?;
        }
        // Renaming one link of a file over another of the same file does nothing and leaves both.
        let _none = std::fs::remove_file(&place);
        std::fs::rename(&fresh, &place).with_context(|| format!("putting {}", place.display()))
    }

    /// Puts the components of `manifest` in, from `wasm`, and the manifest itself with its sources changed to them.
    ///
    /// # Errors
    /// When the manifest cannot be read or a component is not built.
    pub fn put_components(&self, manifest: &Path, wasm: &Path) -> Result<usize> {
        let text =
            std::fs::read_to_string(manifest).with_context(|| format!("reading {}", manifest.display()))?;
        let (text, files) = flatten_sources(&text);
        for file in &files {
            let built = wasm.join(file);
            self.put(&built, file)
                .with_context(|| format!("{} names {file}, which is not built", manifest.display()))?;
        }
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(self.manifest(), text)?;
        Ok(files.len())
    }
}

/// The manifest's text with each `source = "…/x.wasm"` changed to `source = "x.wasm"`, and those file names.
fn flatten_sources(text: &str) -> (String, Vec<String>) {
    let mut files = Vec::new();
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        let file = source_file(line);
        match file {
            Some(file) => {
                lines.push_str(&format!("source = \"{file}\"\n"));
                files.push(file.to_owned());
            }
            None => {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    (lines, files)
}

fn source_file(line: &str) -> Option<&str> {
    let path = line.trim().strip_prefix("source")?.trim_start().strip_prefix('=')?.trim().trim_matches('"');
    path.ends_with(".wasm").then(|| path.rsplit('/').next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifests_sources_come_to_lie_beside_it() {
        let manifest = "[component.a]\nsource = \"target/wasm32-wasip2/wasm/a_b.wasm\"\n\
                        allowed_outbound_hosts = [\"{{ redis_url }}\"]\n";
        let (text, files) = flatten_sources(manifest);
        assert_eq!(files, ["a_b.wasm"]);
        assert_eq!(
            text,
            "[component.a]\nsource = \"a_b.wasm\"\nallowed_outbound_hosts = [\"{{ redis_url }}\"]\n"
        );
    }

    #[test]
    fn a_stage_keeps_what_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::at(folder.path().join("stage"));
        let built = folder.path().join("conn-host");
        for content in ["first", "second"] {
            let _none = std::fs::remove_file(&built);
            std::fs::write(&built, content).unwrap();
            stage.put(&built, "conn-host").unwrap();
            stage.put(&built, "conn-host").unwrap();
            std::fs::remove_file(&built).unwrap();
            assert_eq!(std::fs::read_to_string(stage.program("conn-host")).unwrap(), content);
        }
        let error = stage.check(&["conn-host", "edge-host"]).unwrap_err().to_string();
        assert!(error.contains("edge-host is missing"), "{error}");
    }
}
