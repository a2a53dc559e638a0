//! A tenant: its tokens, and the requests made in its name. Each story makes its own, so that stories sharing a world
//! do not see one another.

use std::sync::Arc;

use edgewire_contract::keys;
use edgewire_contract::token::{Capability, TokenKind, token_hash};
use http::Method;
use xtask::credentials::{Credentials, Network, token_record};

use crate::client::Request;
use crate::events::EventReader;
use crate::world::World;

/// A tenant of one world.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Where it is.
    pub world: Arc<World>,
    /// Its id.
    pub id: String,
    /// An API key with every capability.
    pub key: String,
    /// A user token with every capability.
    pub user_token: String,
}

impl Organization {
    /// Makes one, with both tokens, as `cargo xtask up` makes the first.
    ///
    /// # Panics
    /// When Redis does not take it.
    pub fn create(world: &Arc<World>, name: &str) -> Self {
        let id = format!("{name}-{}", world.next_number());
        let credentials = Credentials::generate(&id, Network::Sandbox).expect("randomness");
        tokio::task::block_in_place(|| credentials.put_into_redis(&world.redis_url()))
            .expect("tokens are kept");
        Self { world: world.clone(), id, key: credentials.api_key, user_token: credentials.user_token }
    }

    /// A further API key, with only these capabilities.
    ///
    /// # Panics
    /// When Redis does not take it.
    pub async fn limited_key(&self, capabilities: &[Capability], expires_at: Option<i64>) -> String {
        let secret = Credentials::generate(&self.id, Network::Sandbox).expect("randomness").api_key;
        let mut record = token_record(&self.id, TokenKind::ApiKey, "limited").expect("a record");
        record.capabilities = capabilities.to_vec();
        record.expires_at = expires_at;
        let json = serde_json::to_string(&record).expect("a record is JSON");
        let mut redis = self.world.redis().await;
        let hash = token_hash(&secret);
        let () = redis::cmd("SET")
            .arg(keys::token(&hash))
            .arg(json)
            .query_async(&mut redis)
            .await
            .expect("the token is kept");
        let () = redis::cmd("HSET")
            .arg(keys::tokens(&record.organization))
            .arg(record.id.as_str())
            .arg(hash)
            .query_async(&mut redis)
            .await
            .expect("the token's place is kept");
        secret
    }

    /// A request in its name.
    pub fn request(&self, method: Method, path: &str) -> Request {
        self.world.request(method, path).bearer(&self.key)
    }

    /// GET.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// POST.
    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// Follows its events; `query` as in `?session=main&since=0`.
    pub async fn events(&self, query: &str) -> EventReader {
        EventReader::open(self.get(&format!("/api/v1/events{query}"))).await
    }
}
