//! A redis-server of the test's own, and connections of the code under test to it.

use std::time::Duration;

use edgewire_store::Redis;

/// The server; killed when dropped.
pub struct RedisServer(redis_fixture::RedisServer);

impl RedisServer {
    /// A fresh server.
    pub async fn start() -> Self {
        Self(redis_fixture::RedisServer::start())
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Redis {
        for _ in 0..1000 {
            if let Ok(redis) = Redis::connect(self.0.url()).await
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
        self.0.kill();
        self.0.come_back();
        self.connect().await;
    }
}
