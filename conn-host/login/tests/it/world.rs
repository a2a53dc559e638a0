//! One Redis, one provider, and hosts that run in the test's process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Organization, Role, User};
use edgewire_contract::ids::{OrganizationId, RequestId, UserId};
use edgewire_contract::login::{Answer, Ask, HOST_ALIVE_MS, HOST_FORGOTTEN_MS, MOST_ASKS, PATIENCE_MS};
use edgewire_contract::token::{TokenRecord, token_hash};
use edgewire_contract::{keys, script};
use edgewire_login::{Clock as _, Document, Fetch, FetchError, Outside, Settings, Snapshot, SystemClock};
use edgewire_store::Redis;
use redis::{Cmd, FromRedisValue};
use redis_fixture::{RedisCluster, RedisServer};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

pub struct World {
    pub redis: Redis,
    servers: Servers,
    key: Ed25519KeyPair,
}

enum Servers {
    One(RedisServer),
    Cluster { _nodes: RedisCluster },
}

/// A running host.
pub struct Host {
    outside: Outside,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Published(Value);

#[async_trait]
impl Fetch for Published {
    async fn fetch(&self) -> Result<Document, FetchError> {
        Ok(Document { body: self.0.to_string().into(), max_age: None })
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl World {
    /// With the organization `acme`, and nobody who verifies logins.
    pub async fn up() -> Self {
        let server = RedisServer::start();
        Self::on(server.url(), Servers::One(server)).await
    }

    /// As [`Self::up`], on three nodes.
    pub async fn in_a_cluster() -> Self {
        let nodes = RedisCluster::start(3);
        Self::on(nodes.url(), Servers::Cluster { _nodes: nodes }).await
    }

    async fn on(url: String, servers: Servers) -> Self {
        let redis = Redis::connect(url).await.unwrap();
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        let world = Self { redis, servers, key };
        world.ask_redis::<()>(&Cmd::sadd(keys::organizations(), "acme")).await;
        world
    }

    /// Kills Redis, and starts it again with what it had.
    pub fn crash(&mut self) {
        let Servers::One(server) = &mut self.servers else { panic!("a cluster does not crash here") };
        server.kill();
        server.come_back();
    }

    /// A host, which has said that it verifies logins.
    pub async fn host(&self, id: &str) -> Host {
        let settings = Settings::read(|name| {
            let value = match name {
                "EDGEWIRE_JWKS_URL" => "https://id.example.com/jwks",
                "EDGEWIRE_JWT_ISSUER" => "https://id.example.com",
                "EDGEWIRE_JWT_AUDIENCE" => "edgewire",
                _ => return None,
            };
            Some(value.to_owned())
        });
        let settings = settings.unwrap().unwrap();
        let x = encoded(self.key.public_key());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k" }] });
        let fetch = Arc::new(Published(keys));
        let outside = Outside { clock: Arc::new(SystemClock), fetch, counters: Arc::default() };
        let stop = CancellationToken::new();
        let running =
            edgewire_login::run(self.redis.clone(), settings, id.into(), outside.clone(), stop.clone());
        let task = tokio::spawn(running);
        eventually("the host to be there", || async {
            self.ask_redis::<Option<f64>>(&Cmd::zscore(keys::login_hosts(), id)).await
        })
        .await;
        Host { outside, stop, task }
    }

    /// A login of `sub`, with these claims in place of the usual ones.
    pub fn login(&self, sub: &str, other: &Value) -> String {
        let now = SystemClock.now_ms() / 1000;
        let mut claims = json!({
            "iss": "https://id.example.com", "aud": "edgewire", "sub": sub, "iat": now, "exp": now + 3600,
            "organization": "acme", "role": "user",
        });
        claims.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let header = json!({ "alg": "EdDSA", "kid": "k" });
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        format!("{message}.{}", encoded(self.key.sign(message.as_bytes())))
    }

    /// What a handler does first: the script's answer.
    pub async fn put(&self, ask: &Ask) -> String {
        let keys = [keys::login_hosts(), keys::login_asks()];
        let args = [
            HOST_ALIVE_MS.to_string(),
            HOST_FORGOTTEN_MS.to_string(),
            MOST_ASKS.to_string(),
            serde_json::to_string(ask).unwrap(),
            "10".into(),
        ];
        let answer = self.redis.run(&script::ASK_LOGIN, &keys, &args).await.unwrap();
        String::from_redis_value(answer).unwrap()
    }

    /// And then: the answer to a login.
    pub async fn answer(&self, ask: &Ask) -> Option<TokenRecord> {
        let key = keys::login_answer(&ask.id);
        let json =
            eventually("an answer", || async { self.ask_redis::<Option<String>>(&Cmd::get(&key)).await })
                .await;
        let ttl: i64 = self.ask_redis(&Cmd::ttl(&key)).await;
        assert!((1..=10).contains(&ttl), "an answer that lasts {ttl} s");
        serde_json::from_str::<Answer>(&json).unwrap()
    }

    /// Both.
    pub async fn asked(&self, jwt: &str) -> Option<TokenRecord> {
        let ask = ask(jwt);
        assert_eq!(self.put(&ask).await, "asked");
        self.answer(&ask).await
    }

    /// What every request finds of a login, and for how long still (ms).
    pub async fn kept(&self, jwt: &str) -> Option<(TokenRecord, i64)> {
        let key = keys::token(&token_hash(jwt));
        let json: Option<String> = self.ask_redis(&Cmd::get(&key)).await;
        let left: i64 = self.ask_redis(&Cmd::pttl(&key)).await;
        Some((serde_json::from_str(&json?).unwrap(), left))
    }

    pub async fn keep_organization(&self, id: &str, disabled: bool) {
        let id = OrganizationId::parse(id).unwrap();
        let json = json!(Organization { disabled, ..Organization::implied(id.clone()) }).to_string();
        self.ask_redis::<()>(&Cmd::sadd(keys::organizations(), id.as_str())).await;
        self.ask_redis::<()>(&Cmd::set(keys::organization(&id), json)).await;
    }

    pub async fn keep_user(&self, id: &str, role: Role, disabled: bool) {
        let (v, id) = (CONTRACT_VERSION, UserId::parse(id).unwrap());
        let user = User { v, id: id.clone(), name: "A user".into(), role, created_at: 1, disabled };
        let key = keys::users(&OrganizationId::parse("acme").unwrap());
        self.ask_redis::<()>(&Cmd::hset(key, id.as_str(), json!(user).to_string())).await;
    }

    pub async fn ask_redis<T: FromRedisValue>(&self, command: &Cmd) -> T {
        self.redis.query(command).await.unwrap()
    }
}

impl Host {
    pub fn counts(&self) -> Snapshot {
        self.outside.counters.snapshot()
    }

    /// Ends it, and waits until it has.
    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

/// An ask as a handler makes it.
pub fn ask(jwt: &str) -> Ask {
    let now = SystemClock.now_ms();
    let random = token_hash(&format!("{jwt}{:?}", Instant::now()));
    let id = RequestId::parse(&random[..26]).unwrap();
    Ask { v: CONTRACT_VERSION, id, token: jwt.into(), deadline: now + PATIENCE_MS }
}

/// Looks again and again until there is something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {what}");
        tokio::time::sleep(LOOK).await;
    }
}
