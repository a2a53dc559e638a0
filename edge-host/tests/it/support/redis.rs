//! A redis-server of the test's own, and connections of the test's own to it.

use std::process::Command;

use redis_fixture::RedisServer;

pub struct Redis(RedisServer);

impl Redis {
    pub async fn start() -> Self {
        Self(RedisServer::start())
    }

    /// Starts it again on the same port, with its data.
    pub async fn restart(&mut self) {
        self.stop();
        self.0.come_back();
    }

    pub fn stop(&mut self) {
        self.0.kill();
    }

    /// Stops it from answering, without closing anything; `CONT` lets it go on.
    pub fn signal(&self, name: &str) {
        let id = self.0.pid().expect("runs").to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    pub fn url(&self) -> String {
        self.0.url()
    }

    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// A connection of the test's own.
    pub async fn connect(&self) -> redis::aio::MultiplexedConnection {
        self.try_connect().await.expect("Redis answers")
    }

    async fn try_connect(&self) -> Option<redis::aio::MultiplexedConnection> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd("PING").exec_async(&mut connection).await.ok()?;
        Some(connection)
    }

    /// How many connections others than `own` have open.
    pub async fn clients(&self, own: &mut redis::aio::MultiplexedConnection) -> usize {
        let list: String = redis::cmd("CLIENT").arg("LIST").query_async(own).await.unwrap();
        list.lines().count() - 1
    }
}
