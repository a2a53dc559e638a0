//! Compiled components on disk.
//!
//! Compiling a component takes some hundred milliseconds, loading compiled code a few. The cache
//! holds one file per component and engine, named by the SHA-256 of the component's bytes and
//! wasmtime's hash of everything that compiled code depends on (version, target, settings). A file
//! is `SHA-256 of what follows (32 bytes) ‖ compiled code`, written to a temporary name and renamed,
//! so that a reader sees all of it or nothing. A file that does not check out is compiled anew.
//!
//! **Trust.** Compiled code is native code: whoever can write the cache can run code as this
//! process. So the folder is made for this user alone (0700), and one that belongs to another user,
//! or that others may write to, is not used. The hash finds damage, not malice.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

const HASH_BYTES: usize = 32;

/// A folder of compiled components.
#[derive(Debug)]
pub struct CompileCache {
    dir: PathBuf,
}

/// How a component came to be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// Compiled now.
    Compiled,
    /// Taken from the cache.
    Cached,
}

impl CompileCache {
    /// Opens the cache in `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made or written to, belongs to another user, or others may write to it.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .with_context(|| format!("cannot make the state folder {}", dir.display()))?;
        let owner = fs::metadata(dir)?;
        // A file made here belongs to this process's user: no call for the user's id is needed.
        let probe = dir.join(format!(".probe-{}-{:x}", std::process::id(), rand::random::<u64>()));
        let made = create_private(&probe).and_then(|file| file.metadata());
        let _ = fs::remove_file(&probe);
        let made = made.with_context(|| format!("cannot write to the state folder {}", dir.display()))?;
        ensure!(owner.uid() == made.uid(), "the state folder {} belongs to another user", dir.display());
        ensure!(owner.mode() & 0o022 == 0, "others may write to the state folder {}", dir.display());
        Ok(Self { dir: dir.to_owned() })
    }

    /// The component of `bytes`, compiled for `engine`: from the cache, or compiled now and then
    /// kept. What goes wrong with the cache costs time, not the start.
    ///
    /// # Errors
    /// When `bytes` are no component that compiles.
    pub fn load(&self, engine: &Engine, bytes: &[u8]) -> wasmtime::Result<(Component, Loaded)> {
        let path = self.dir.join(file_name(engine, bytes));
        match read(engine, &path) {
            Ok(Some(component)) => return Ok((component, Loaded::Cached)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(path = %path.display(), error = format!("{error:#}"), "compiling anew");
            }
        }
        let component = Component::from_binary(engine, bytes)?;
        if let Err(error) = write(&path, &component.serialize()?) {
            tracing::warn!(path = %path.display(), error = format!("{error:#}"), "not kept in the cache");
        }
        Ok((component, Loaded::Compiled))
    }
}

fn file_name(engine: &Engine, bytes: &[u8]) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let component: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{component}-{:016x}.cwasm", hasher.finish())
}

fn read(engine: &Engine, path: &Path) -> anyhow::Result<Option<Component>> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (hash, code) = content.split_at_checked(HASH_BYTES).context("cut short")?;
    ensure!(Sha256::digest(code).as_slice() == hash, "damaged");
    // Read into memory first and loaded from there: what was checked is what is loaded.
    #[expect(unsafe_code, reason = "wasmtime cannot tell compiled code from anything else")]
    // SAFETY: `deserialize` wants bytes that wasmtime's `serialize` made. `write` below is the only
    // writer of this folder, which only this user may write to (`open`), and the hash shows that
    // nothing was lost on the way. Code of another wasmtime is refused by `deserialize` itself.
    let component = unsafe { Component::deserialize(engine, code) }?;
    Ok(Some(component))
}

fn write(path: &Path, code: &[u8]) -> anyhow::Result<()> {
    let part = path.with_extension(format!("{}-{:x}.part", std::process::id(), rand::random::<u64>()));
    let written = create_private(&part).and_then(|mut file| {
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)?;
        file.sync_all()?;
        fs::rename(&part, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written.context("cannot write")
}

fn create_private(path: &Path) -> std::io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn engine() -> Engine {
        Engine::default()
    }

    fn only_file(dir: &Path) -> PathBuf {
        let files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    #[test]
    fn the_second_load_comes_from_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("made/here");
        let cache = CompileCache::open(&dir).unwrap();
        assert_eq!(cache.load(&engine(), COMPONENT).unwrap().1, Loaded::Compiled);
        assert_eq!(cache.load(&engine(), COMPONENT).unwrap().1, Loaded::Cached);
        assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(only_file(&dir)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_compiled_anew() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CompileCache::open(dir.path()).unwrap();
        cache.load(&engine(), COMPONENT).unwrap();
        let file = only_file(dir.path());
        let mut content = fs::read(&file).unwrap();
        for damage in [content.len() - 1, 40, 3] {
            content[damage] ^= 1;
            fs::write(&file, &content).unwrap();
            assert_eq!(cache.load(&engine(), COMPONENT).unwrap().1, Loaded::Compiled);
            assert_eq!(cache.load(&engine(), COMPONENT).unwrap().1, Loaded::Cached);
            content = fs::read(&file).unwrap();
        }
        fs::write(&file, b"short").unwrap();
        assert_eq!(cache.load(&engine(), COMPONENT).unwrap().1, Loaded::Compiled);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(CompileCache::open(dir.path()).unwrap_err().to_string().contains("others may write"));
    }

    #[test]
    fn other_settings_make_another_file() {
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        let other = Engine::new(&config).unwrap();
        assert_ne!(file_name(&engine(), COMPONENT), file_name(&other, COMPONENT));
    }
}
