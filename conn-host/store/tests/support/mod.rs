//! A Redis of the test's own, and a shard on it that the test owns.

use std::sync::Arc;

use edgewire_contract::ids::SessionId;
use edgewire_contract::shard::Shard;
use edgewire_contract::{keys, script};
use edgewire_store::{DeviceStore, Fence, MasterKey, MasterKeys, Redis, Settings};
use redis_fixture::RedisServer;

/// A running server.
pub struct Server(RedisServer);

impl Server {
    /// Starts one, with an append-only file that is written at every command.
    pub async fn start() -> Self {
        Self(RedisServer::start())
    }

    /// How to reach it.
    pub fn settings(&self) -> Settings {
        Settings::new(self.0.url())
    }

    /// A connection of the code under test.
    pub async fn redis(&self) -> Redis {
        Redis::connect(self.settings()).await.expect("connected")
    }
}

impl std::ops::Deref for Server {
    type Target = RedisServer;

    fn deref(&self) -> &RedisServer {
        &self.0
    }
}

impl std::ops::DerefMut for Server {
    fn deref_mut(&mut self) -> &mut RedisServer {
        &mut self.0
    }
}

/// The shard that tests own.
pub fn shard() -> Shard {
    Shard::from_number(17)
}

/// Takes the shard's lease for `host`.
pub async fn claim(redis: &Redis, host: &str) -> Fence {
    let answer = redis.run(&script::CLAIM, &[keys::lease(shard())], &[host, "60000"]).await.expect("claimed");
    let redis::Value::Int(epoch @ 1..) = answer else { panic!("not claimed: {answer:?}") };
    Fence::new(shard(), epoch.unsigned_abs())
}

/// A session's id.
pub fn session(name: &str) -> SessionId {
    SessionId::parse(name).expect("an id")
}

/// Master keys of one key.
pub fn masters(byte: u8) -> Arc<MasterKeys> {
    Arc::new(MasterKeys::new(MasterKey::from_bytes([byte; 32])))
}

/// Opens a session's store under master key 1.
pub async fn open(redis: &Redis, fence: Fence, name: &str) -> Arc<DeviceStore> {
    DeviceStore::open(redis.clone(), fence, session(name), masters(1)).await.expect("opened")
}
