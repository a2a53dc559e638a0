//! Whose presence a session watches. WhatsApp forgets it with the connection, so it is remembered here, and asked for
//! again at each one.

use edgewire_contract::command::{Live, WatchPresence};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::RequestId;
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_store::{DeviceStore, Redis, StoreError, Writes};
use redis::Cmd;
use tracing::debug;

use super::complete::Ending;
use super::live;
use crate::wire::{AskError, Wire};

/// Watches somebody, or no longer.
pub async fn watch(
    redis: &Redis,
    store: &DeviceStore,
    wire: &dyn Wire,
    asked: &WatchPresence,
    now: i64,
    request_id: &RequestId,
) -> Ending {
    match has_room(redis, store, asked).await {
        Ok(true) => {}
        Ok(false) => {
            let most = keys::WATCHED_MOST;
            let message =
                format!("the session watches {most} people already: end another subscription first");
            return Ending::Failed(Fault::new(FaultCode::RateLimited, message));
        }
        Err(e) => return failed(&e),
    }
    let ending = live::run(wire, &Live::WatchPresence(asked.clone()), request_id).await;
    if let Ending::Done(_) = &ending {
        let writes = Writes::new(store.fence());
        let (key, jid) = (key(store), asked.jid.as_str());
        let writes =
            if asked.watch { writes.hset(key, &[(jid, now.to_string())]) } else { writes.hdel(key, &[jid]) };
        if let Err(e) = writes.commit(redis).await {
            return failed(&e);
        }
    }
    ending
}

/// Asks again for all that were watched.
pub async fn renew(redis: &Redis, store: &DeviceStore, wire: &dyn Wire) {
    let watched: Result<Vec<String>, StoreError> = redis.query(&Cmd::hkeys(key(store))).await;
    let watched = match watched {
        Ok(watched) => watched,
        Err(e) => {
            debug!(session = %store.session(), error = %e, "whom the session watches could not be read");
            return;
        }
    };
    for jid in watched.iter().filter_map(|jid| Jid::parse_recipient(jid).ok()) {
        if let Err(e) = wire.ask(&Live::WatchPresence(WatchPresence { jid, watch: true })).await {
            debug!(session = %store.session(), error = %e, "somebody could not be watched again");
            // One who cannot be watched any more is no reason to leave the others out.
            if matches!(e, AskError::NotConnected) {
                return;
            }
        }
    }
}

async fn has_room(redis: &Redis, store: &DeviceStore, asked: &WatchPresence) -> Result<bool, StoreError> {
    if !asked.watch {
        return Ok(true);
    }
    let watched: u64 = redis.query(&Cmd::hlen(key(store))).await?;
    Ok(watched < keys::WATCHED_MOST || redis.query(&Cmd::hexists(key(store), asked.jid.as_str())).await?)
}

fn key(store: &DeviceStore) -> String {
    keys::watched(store.fence().shard, store.session())
}

fn failed(error: &StoreError) -> Ending {
    debug!(error = %error, "whom a session watches could not be read or written");
    Ending::Failed(Fault::unavailable())
}
