//! A Redis of the test's own: started on a free port in a folder of its own, killed when dropped.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::ids::SessionId;
use edgewire_contract::shard::Shard;
use edgewire_contract::{keys, script};
use edgewire_store::{DeviceStore, Fence, MasterKey, MasterKeys, Redis, Settings};

/// A running server.
pub struct Server {
    child: Option<Child>,
    dir: tempfile::TempDir,
    port: u16,
}

impl Server {
    /// Starts one, with an append-only file that is written at every command.
    pub async fn start() -> Self {
        for _ in 0..10 {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            let port = free.local_addr().expect("its number").port();
            drop(free);
            let dir = tempfile::tempdir().expect("a folder for Redis");
            let mut server = Self { child: None, dir, port };
            // Unless somebody took the port in between.
            if server.launch().await {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Starts it on its port, with the data of its folder; false when it does not come up.
    pub async fn launch(&mut self) -> bool {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
            .arg("--dir")
            .arg(self.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        for _ in 0..200 {
            if child.try_wait().expect("the server's state").is_some() {
                return false;
            }
            if Redis::connect(self.settings()).await.is_ok() {
                self.child = Some(child);
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        child.kill().expect("killed");
        false
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("gone");
        }
    }

    /// How to reach it.
    pub fn settings(&self) -> Settings {
        Settings::new(format!("redis://127.0.0.1:{}/", self.port))
    }

    /// A connection of the code under test.
    pub async fn redis(&self) -> Redis {
        Redis::connect(self.settings()).await.expect("connected")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
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
