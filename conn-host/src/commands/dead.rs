//! Dead letters: commands that blocked nothing because they were set aside. One whose caller is known ends as any other
//! does (`complete`), failed; here go the entries that name no command of ours.

use std::sync::atomic::Ordering;

use edgewire_contract::ids::BlobId;
use edgewire_contract::keys::{self, COMMAND_FIELD};
use edgewire_contract::media::BLOB_TTL_SECONDS;
use edgewire_contract::script;
use edgewire_store::{Fence, StoreError};
use serde_json::Value;
use tracing::error;

use crate::Host;

/// Moves a stream entry to the dead letters. The file that it owned, if any, is nobody's from now on, and goes when its
/// time is over.
///
/// # Errors
/// When the lease is lost, or Redis does not do it.
pub async fn bury(
    host: &Host,
    fence: Fence,
    entry: &str,
    text: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let shard = fence.shard;
    let mut script_keys = vec![fence.lease_key(), keys::dead_letters(shard), keys::commands(shard)];
    let (epoch, group) = (fence.epoch.to_string(), keys::command_group(fence.epoch));
    let kept = keys::DEAD_LETTERS_KEPT.to_string();
    let dead =
        ["XADD", "2", "MAXLEN", "~", &kept, "*", "entry", entry, "reason", reason, COMMAND_FIELD, text];
    // First what takes no memory: a full Redis refuses only that.
    let read = ["2", "XACK", "3", &group, entry, "10"];
    let gone = ["1", "XDEL", "3", entry];
    let mut args: Vec<&str> = std::iter::once(epoch.as_str()).chain(read).chain(dead).chain(gone).collect();
    let blob = serde_json::from_str(text).ok().and_then(|read| owned_blob(&read));
    let ttl = i64::try_from(BLOB_TTL_SECONDS).unwrap_or(i64::MAX / 1000);
    let (ttl, ends_at) = (ttl.to_string(), (host.clock.now_ms() + ttl * 1000).to_string());
    if let Some(blob) = &blob {
        script_keys.extend([keys::blob(shard, blob), keys::blobs(shard)]);
        args.extend(["1", "EXPIRE", "4", &ttl, "3", "ZADD", "5", "XX", &ends_at, blob.as_str()]);
    }
    host.redis.run(&script::WRITE, &script_keys, &args).await?;
    error!(%shard, %entry, %reason, "an entry that is no command is a dead letter");
    host.metrics.dead_letters.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// The blob that a command owns which cannot be read, as far as it can be.
pub fn owned_blob(read: &Value) -> Option<BlobId> {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) => match fields.get("blob") {
                Some(Value::String(id)) => Some(id),
                _ => fields.values().find_map(find),
            },
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    find(read).and_then(|id| BlobId::parse(id).ok())
}
