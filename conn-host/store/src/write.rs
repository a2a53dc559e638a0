//! The one way in which a shard's keys are written: batches that Redis runs as a whole or refuses as a whole.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use edgewire_contract::script::{self, Script};

use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;

/// Lua's `unpack` takes some 8,000 values; one write gets at most this many, in whole pairs.
const ARGS_PER_WRITE: usize = 4_000;
/// Bounds of one script call, so that it does not hold Redis up: arguments and bytes.
const ARGS_PER_CALL: usize = 20_000;
const BYTES_PER_CALL: usize = 4 << 20;

/// A batch of writes to keys of one shard, run in the order in which they were added.
///
/// **What is atomic**: a batch of up to 20,000 arguments and 4 MiB is one script call, so all of it happens or
/// nothing does. A larger one is cut into several calls, each of them atomic; they are run in order, and the first
/// that fails ends the batch, leaving what went before it. An `hset` of more than 2,000 fields counts as several
/// writes, of which the same holds.
#[derive(Debug, Clone)]
#[must_use = "writes do nothing until they are committed"]
pub struct Writes {
    fence: Fence,
    writes: Vec<Write>,
}

#[derive(Debug, Clone)]
struct Write {
    command: &'static str,
    key: String,
    args: Vec<Vec<u8>>,
}

impl Writes {
    /// An empty batch of the owner `fence`.
    pub fn new(fence: Fence) -> Self {
        Self { fence, writes: Vec::new() }
    }

    /// Whether there is nothing to write; committing that costs nothing and checks nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Sets fields of a hash.
    pub fn hset<F: AsRef<[u8]>, V: AsRef<[u8]>>(self, key: impl Into<String>, fields: &[(F, V)]) -> Self {
        let args = fields.iter().flat_map(|(f, v)| [f.as_ref().to_vec(), v.as_ref().to_vec()]).collect();
        self.add("HSET", key, args)
    }

    /// As [`Self::hset`], of fields that need no copying.
    pub(crate) fn hset_owned(self, key: impl Into<String>, fields: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        self.add("HSET", key, fields.into_iter().flat_map(|(field, value)| [field, value]).collect())
    }

    /// Sets a field of a hash unless it exists.
    pub fn hset_nx(self, key: impl Into<String>, field: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.add_one("HSETNX", key, vec![field.as_ref().to_vec(), value.as_ref().to_vec()])
    }

    /// Removes fields of a hash.
    pub fn hdel<F: AsRef<[u8]>>(self, key: impl Into<String>, fields: &[F]) -> Self {
        self.add("HDEL", key, fields.iter().map(|field| field.as_ref().to_vec()).collect())
    }

    /// Removes a key, off Redis's main thread when it is large.
    pub fn del(self, key: impl Into<String>) -> Self {
        self.add_one("UNLINK", key, Vec::new())
    }

    /// Sets a string that lives for `seconds` (at least one).
    pub fn set_ex(self, key: impl Into<String>, value: impl AsRef<[u8]>, seconds: u64) -> Self {
        let seconds = seconds.max(1).to_string().into_bytes();
        self.add_one("SET", key, vec![value.as_ref().to_vec(), b"EX".to_vec(), seconds])
    }

    /// Lets a key live for `seconds` more.
    pub fn expire(self, key: impl Into<String>, seconds: u64) -> Self {
        self.add_one("EXPIRE", key, vec![seconds.to_string().into_bytes()])
    }

    /// Adds members to a set.
    pub fn sadd<M: AsRef<[u8]>>(self, key: impl Into<String>, members: &[M]) -> Self {
        self.add("SADD", key, members.iter().map(|member| member.as_ref().to_vec()).collect())
    }

    /// Removes members of a set.
    pub fn srem<M: AsRef<[u8]>>(self, key: impl Into<String>, members: &[M]) -> Self {
        self.add("SREM", key, members.iter().map(|member| member.as_ref().to_vec()).collect())
    }

    /// Removes members of a sorted set.
    pub fn zrem<M: AsRef<[u8]>>(self, key: impl Into<String>, members: &[M]) -> Self {
        self.add("ZREM", key, members.iter().map(|member| member.as_ref().to_vec()).collect())
    }

    /// Runs the batch. Errors: [`StoreError::Fenced`] when the lease has moved on.
    pub async fn commit(self, redis: &Redis) -> Result<(), StoreError> {
        for call in self.calls() {
            redis.run(&script::WRITE, &call.keys, &call.args).await?;
        }
        Ok(())
    }

    /// As [`Self::commit`], and returns only when all of it is on disk, where the server can say so.
    pub async fn commit_durable(self, redis: &Redis) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        let lease = self.fence.lease_key();
        self.commit(redis).await?;
        redis.settle(&lease).await
    }

    /// Adds a write of any number of arguments, which may be cut between pairs of them.
    fn add(mut self, command: &'static str, key: impl Into<String>, args: Vec<Vec<u8>>) -> Self {
        let key = key.into();
        let mut args = args.into_iter().peekable();
        while args.peek().is_some() {
            let part = args.by_ref().take(ARGS_PER_WRITE).collect();
            self.writes.push(Write { command, key: key.clone(), args: part });
        }
        self
    }

    /// Adds a write of a few arguments that belong together.
    fn add_one(mut self, command: &'static str, key: impl Into<String>, args: Vec<Vec<u8>>) -> Self {
        self.writes.push(Write { command, key: key.into(), args });
        self
    }

    /// The script calls that the batch is made of.
    fn calls(self) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for write in self.writes {
            let bytes = write.args.iter().map(Vec::len).sum::<usize>();
            let full = calls.last().is_none_or(|call| {
                call.args.len() + write.args.len() > ARGS_PER_CALL || call.bytes + bytes > BYTES_PER_CALL
            });
            if full {
                calls.push(Call::new(self.fence));
            }
            if let Some(call) = calls.last_mut() {
                call.push(write, bytes);
            }
        }
        calls
    }
}

/// One call of the `write` script.
struct Call {
    keys: Vec<String>,
    places: HashMap<String, usize>,
    args: Vec<Vec<u8>>,
    bytes: usize,
}

impl Call {
    fn new(fence: Fence) -> Self {
        Self {
            keys: vec![fence.lease_key()],
            places: HashMap::new(),
            args: vec![fence.epoch.to_string().into_bytes()],
            bytes: 0,
        }
    }

    fn push(&mut self, write: Write, bytes: usize) {
        let Self { keys, places, args, .. } = self;
        let place = *places.entry(write.key).or_insert_with_key(|key| {
            keys.push(key.clone());
            keys.len()
        });
        args.push(write.args.len().to_string().into_bytes());
        args.push(write.command.as_bytes().to_vec());
        args.push(place.to_string().into_bytes());
        args.extend(write.args);
        self.bytes += bytes;
    }
}

/// The hex SHA-1 of a script, computed once for those that are known.
pub(crate) fn sha_of(script: &Script) -> Cow<'static, str> {
    static KNOWN: OnceLock<HashMap<&'static str, (&'static str, String)>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        script::ALL
            .iter()
            .copied()
            .chain(crate::device::SCRIPTS.iter().copied())
            .map(|known| (known.name, (known.source, known.sha())))
            .collect()
    });
    match known.get(script.name) {
        Some((source, sha)) if *source == script.source => Cow::Borrowed(sha),
        _ => Cow::Owned(script.sha()),
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::shard::Shard;

    use super::*;

    fn batch() -> Writes {
        Writes::new(Fence::new(Shard::from_number(3), 7))
    }

    #[test]
    fn a_key_is_named_once() {
        let calls = batch().hset("a", &[("f", "1")]).hdel("b", &["g"]).expire("a", 5).calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].keys, ["ew1:{s3}:lease", "a", "b"]);
        let args: Vec<_> = calls[0].args.iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect();
        assert_eq!(args, ["7", "2", "HSET", "2", "f", "1", "1", "HDEL", "3", "g", "1", "EXPIRE", "2", "5"]);
    }

    #[test]
    fn nothing_to_write_is_no_call() {
        assert!(batch().calls().is_empty());
        assert!(batch().hdel::<&str>("a", &[]).is_empty());
    }

    #[test]
    fn large_batches_are_cut() {
        let fields: Vec<_> = (0..30_000).map(|i| (i.to_string(), "x")).collect();
        let calls = batch().hset("a", &fields).calls();
        assert_eq!(calls.len(), 4);
        for call in &calls {
            assert!(call.args.len() <= ARGS_PER_CALL && call.keys.len() == 2);
        }
        let large = vec![0_u8; BYTES_PER_CALL];
        assert_eq!(batch().hset("a", &[("f", &large)]).hset("a", &[("g", &large)]).calls().len(), 2);
    }
}
