//! The state file: read at the start, written soon after each change and at the end.
//!
//! Written whole to a neighbour file that then replaces it, so a crash leaves the old one or the new one. Media are files
//! of their own in a neighbour folder, `FILE.media`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::account::Account;
use super::group::Group;
use super::newsletter::Newsletter;
use super::world::World;
use crate::noise::ServerKeys;
use crate::server::Hub;

/// Changes within this time are written together.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// What is kept, as read.
#[derive(Deserialize)]
struct Saved {
    keys: ServerKeys,
    accounts: BTreeMap<String, Account>,
    groups: BTreeMap<String, Group>,
    #[serde(default)]
    newsletters: BTreeMap<String, Newsletter>,
}

/// What is kept, as written.
#[derive(Serialize)]
struct Saving<'a> {
    keys: &'a ServerKeys,
    accounts: &'a BTreeMap<String, Account>,
    groups: &'a BTreeMap<String, Group>,
    newsletters: &'a BTreeMap<String, Newsletter>,
}

/// The world from the file, or an empty one when there is no file.
pub fn load(path: Option<&Path>, dirty: watch::Sender<u64>) -> Result<World> {
    let mut world = read(path, dirty)?;
    if let Some(path) = path {
        world.media.keep_in(neighbour(path, ".media"));
    }
    Ok(world)
}

fn read(path: Option<&Path>, dirty: watch::Sender<u64>) -> Result<World> {
    let Some(path) = path.filter(|path| path.exists()) else {
        return Ok(World::new(ServerKeys::generate(), dirty));
    };
    let bytes = std::fs::read(path).with_context(|| format!("reading the state file {}", path.display()))?;
    let saved: Saved = serde_json::from_slice(&bytes)
        .with_context(|| format!("the state file {} is damaged", path.display()))?;
    let mut world = World::new(saved.keys, dirty);
    world.lids = saved.accounts.values().map(|a| (a.lid.clone(), a.phone.clone())).collect();
    world.accounts = saved.accounts;
    world.groups = saved.groups;
    world.newsletters = saved.newsletters;
    Ok(world)
}

fn neighbour(path: &Path, ending: &str) -> PathBuf {
    let mut neighbour = path.as_os_str().to_owned();
    neighbour.push(ending);
    PathBuf::from(neighbour)
}

/// Writes the world to the file.
pub fn save(hub: &Hub, path: &Path) -> Result<()> {
    let _one_at_a_time = hub.saving.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = {
        let world = hub.lock();
        serde_json::to_vec(&Saving {
            keys: &world.keys,
            accounts: &world.accounts,
            groups: &world.groups,
            newsletters: &world.newsletters,
        })?
    };
    let neighbour = neighbour(path, ".new");
    std::fs::write(&neighbour, bytes).with_context(|| format!("writing {}", neighbour.display()))?;
    std::fs::rename(&neighbour, path).with_context(|| format!("replacing {}", path.display()))
}

/// Writes after changes, until the sender of `dirty` is gone.
pub async fn keep_saving(hub: Arc<Hub>, path: PathBuf, mut dirty: watch::Receiver<u64>) {
    let mut pause = DEBOUNCE;
    while dirty.changed().await.is_ok() {
        tokio::time::sleep(pause).await;
        dirty.mark_unchanged();
        let started = Instant::now();
        let (hub, path) = (hub.clone(), path.clone());
        match tokio::task::spawn_blocking(move || save(&hub, &path)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("{error:#}"),
            Err(error) => tracing::error!("saving the state: {error}"),
        }
        // A big state is written less often: writing takes a tenth of the time at most.
        pause = DEBOUNCE.max(started.elapsed() * 9);
    }
}
