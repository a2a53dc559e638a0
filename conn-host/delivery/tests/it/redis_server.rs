//! A redis-server of the test's own, in a folder that goes with it.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use edgewire_store::Redis;
use tempfile::TempDir;

/// The server; killed when dropped.
pub struct RedisServer {
    folder: TempDir,
    process: Child,
}

impl RedisServer {
    /// A fresh server on a socket in its own folder: no port, so none that is taken.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Self { process: spawn(&folder), folder };
        server.connect().await;
        server
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Redis {
        let url = format!("unix://{}/redis.sock", self.folder.path().display());
        for _ in 0..1000 {
            // It answers PING only once it has read what it had written.
            if let Ok(redis) = Redis::connect(url.as_str()).await
                && redis.query::<()>(&redis::cmd("PING")).await.is_ok()
            {
                return redis;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("redis-server did not come up");
    }

    /// Kills it and starts it again with what it had written.
    pub async fn crash(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.folder);
        self.connect().await;
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _dead = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn spawn(folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", "0", "--unixsocket", "redis.sock", "--dir"])
        .arg(folder.path())
        .args(["--save", "", "--appendonly", "yes"])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed")
}
