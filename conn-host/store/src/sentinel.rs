//! Finding the primary: sentinels know which server it is.
//!
//! They are asked whenever a connection is opened, and what they name is asked whether it is a primary, since they may not
//! have heard yet. A connection is opened anew when it breaks, or when its server answers that it is a replica: so a
//! failover is followed by whoever next opens one.

use std::sync::atomic::{AtomicUsize, Ordering};

use edgewire_contract::servers::{RedisUrl, endpoint};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, Value};

use crate::error::StoreError;
use crate::nodes::client;
use crate::settings::Settings;

/// The sentinels of one primary.
pub(crate) struct Sentinels {
    /// What is kept of the primary's address: its credentials, its database.
    url: RedisUrl,
    /// The name under which they know the primary.
    name: String,
    /// The one that answered last; it is asked first.
    last: AtomicUsize,
}

impl Sentinels {
    pub(crate) fn new(url: RedisUrl, name: String) -> Self {
        Self { url, name, last: AtomicUsize::new(0) }
    }

    /// A connection to the primary.
    pub(crate) async fn open(
        &self,
        config: &AsyncConnectionConfig,
        settings: &Settings,
    ) -> Result<MultiplexedConnection, StoreError> {
        let unavailable = |error: RedisError| StoreError::Unavailable(error.to_string());
        let at = self.primary(settings).await?;
        let client = client(&self.url.at(&at))?;
        let mut connection =
            client.get_multiplexed_async_connection_with_config(config).await.map_err(unavailable)?;
        let question = Cmd::new().arg("ROLE").to_owned();
        let role = question.query_async::<Vec<Value>>(&mut connection);
        // The connection may be one whose answers take any time.
        let role = tokio::time::timeout(settings.response_timeout, role).await;
        let role = role.map_err(|_| StoreError::Unavailable("no answer to ROLE within the limit".into()))?;
        let role = role.map_err(unavailable)?.into_iter().next().map(redis::from_redis_value::<String>);
        match role {
            Some(Ok(role)) if role == "master" => Ok(connection),
            _ => Err(StoreError::Unavailable("what the sentinels name is no primary yet".into())),
        }
    }

    /// Where the primary is, `host:port`: what the first sentinel says that knows.
    async fn primary(&self, settings: &Settings) -> Result<String, StoreError> {
        let sentinels = self.url.sentinels();
        let first = self.last.load(Ordering::Relaxed);
        let mut why = "no sentinel is named".to_owned();
        for turn in 0..sentinels.len() {
            let turn = (first + turn) % sentinels.len();
            // Mostly they want no password; one that does says so.
            for url in &sentinels[turn] {
                match self.ask(&client(url)?, settings).await {
                    Ok(Some((host, port))) => {
                        self.last.store(turn, Ordering::Relaxed);
                        return Ok(endpoint(&host, port));
                    }
                    Ok(None) => {
                        why = format!("a sentinel knows no primary of the name {}", self.name);
                        break;
                    }
                    Err(error) => {
                        why = error.to_string();
                        if error.code() != Some("NOAUTH") {
                            break;
                        }
                    }
                }
            }
        }
        Err(StoreError::Unavailable(why))
    }

    async fn ask(&self, sentinel: &Client, settings: &Settings) -> Result<Option<(String, u16)>, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(settings.connection_timeout))
            .set_response_timeout(Some(settings.response_timeout));
        let mut connection = sentinel.get_multiplexed_async_connection_with_config(&config).await?;
        let mut question = Cmd::new();
        question.arg("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        question.query_async(&mut connection).await
    }
}
