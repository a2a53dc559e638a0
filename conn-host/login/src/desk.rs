//! All traffic with Redis: asks come in here, records and answers go out.

use std::time::Duration;

use edgewire_contract::keys;
use edgewire_contract::login::{ASK_TTL_SECONDS, Ask, HOST_ALIVE_MS, HOST_FORGOTTEN_MS};
use edgewire_contract::token::{TokenRecord, token_hash};
use edgewire_store::{Redis, StoreError};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::claims::Login;
use crate::grant::Standing;

/// How long one look for an ask waits: so late a shutdown is noticed.
const WAIT: Duration = Duration::from_secs(1);
/// How long after that an answer is late: the connection is then taken for dead.
const LATE: Duration = Duration::from_secs(2);

/// One host's view of Redis.
pub struct Desk {
    pub redis: Redis,
    pub host: String,
}

impl Desk {
    /// Says that this host takes logins.
    pub async fn announce(&self) -> Result<(), StoreError> {
        let (alive, forgotten) =
            (Duration::from_millis(HOST_ALIVE_MS), Duration::from_millis(HOST_FORGOTTEN_MS));
        self.redis.heartbeat(keys::login_hosts(), &self.host, alive, forgotten).await.map(drop)
    }

    /// A connection that waits for asks, and does nothing else.
    pub async fn connect(&self) -> Result<MultiplexedConnection, StoreError> {
        self.redis.dedicated(&keys::login_asks()).await
    }

    /// The next ask; what was one of another form is nobody's. It is gone from Redis now.
    pub async fn take(&self, connection: &mut MultiplexedConnection) -> Result<Option<Ask>, StoreError> {
        let mut command = redis::cmd("BLPOP");
        command.arg(keys::login_asks()).arg(WAIT.as_secs());
        let popped = command.query_async::<Option<(String, Vec<u8>)>>(connection);
        let Ok(popped) = tokio::time::timeout(WAIT + LATE, popped).await else {
            return Err(StoreError::Unavailable("no answer to BLPOP".into()));
        };
        let popped = popped.map_err(StoreError::from_redis)?;
        // The JWT is in it as it is: the ask will be sealed.
        Ok(popped.and_then(|(_, json)| serde_json::from_slice(&json).ok()))
    }

    /// What is kept of a login's organization and user.
    pub async fn standing(&self, login: &Login) -> Result<Standing, StoreError> {
        let Login { organization, user, .. } = login;
        let mut reads = Pipeline::new();
        reads.sismember(keys::organizations(), organization.as_str());
        reads.get(keys::organization(organization));
        reads.hget(keys::users(organization), user.as_str());
        let (known, organization, user): (bool, Option<String>, Option<String>) =
            self.redis.pipeline(&reads).await?;
        Ok(Standing {
            known,
            // One that was deleted leaves an empty record.
            organization: organization
                .filter(|json| !json.is_empty())
                .map(|json| record("an organization", &json))
                .transpose()?,
            user: user.map(|json| record("a user", &json)).transpose()?,
        })
    }

    /// Keeps what a JWT may do, where every request looks.
    pub async fn keep(&self, jwt: &str, record: &TokenRecord, ms: u64) -> Result<(), StoreError> {
        self.redis.query(&Cmd::pset_ex(keys::token(&token_hash(jwt)), json(record)?, ms)).await
    }

    /// Answers an ask: with the record of a good login, or with none.
    pub async fn answer(&self, ask: &Ask, record: Option<&TokenRecord>) -> Result<(), StoreError> {
        let key = keys::login_answer(&ask.id);
        self.redis.query(&Cmd::set_ex(key, json(&record)?, ASK_TTL_SECONDS)).await
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Answer(error.to_string()))
}

fn record<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    // What serde says may quote the record.
    serde_json::from_str(json).map_err(|_| StoreError::Answer(format!("{what} that cannot be read")))
}
