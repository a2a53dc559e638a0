//! Logins: JWTs of an identity provider in place of tokens. The provider is a server of files in this process, and signs with
//! keys that it makes.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgewire_contract::keys::{login_asks, login_hosts};
use harness::{FileServer, Organization, Reply, World, wait_until};
use http::Method;
use redis::AsyncCommands as _;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::keys;

/// The bootstrap token.
const ADMIN: &str = "the-first-of-all-tokens";
const ISSUER: &str = "https://id.example.com";
const SESSIONS: &str = "/api/v1/sessions";

/// An identity provider.
struct Provider {
    files: FileServer,
}

/// A key of its.
struct Key {
    kid: &'static str,
    pair: Ed25519KeyPair,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}

impl Key {
    fn new(kid: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("chance");
        Self { kid, pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key") }
    }

    /// A JWT that says this.
    fn signed(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.kid });
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        format!("{message}.{}", encoded(self.pair.sign(message.as_bytes())))
    }

    /// A login of `sub` of an organization, for an hour.
    fn login(&self, of: &Organization, sub: &str, role: &str) -> String {
        self.signed(&claims(of, sub, role))
    }
}

fn claims(of: &Organization, sub: &str, role: &str) -> Value {
    let now = now();
    json!({
        "iss": ISSUER, "aud": ["account", "edgewire"], "sub": sub, "iat": now, "exp": now + 3600,
        "organization": of.id, "role": role,
    })
}

impl Provider {
    /// Opens it, with these keys.
    async fn open(keys: &[&Key]) -> Self {
        let provider = Self { files: FileServer::open().await };
        provider.publish(keys);
        provider
    }

    /// Publishes these keys and no others: where they are.
    fn publish(&self, keys: &[&Key]) -> String {
        let jwk = |key: &&Key| {
            let x = encoded(key.pair.public_key());
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": x })
        };
        let set = json!({ "keys": keys.iter().map(jwk).collect::<Vec<_>>() });
        self.files.serve("/jwks.json", "application/json", set.to_string())
    }

    /// A world whose host takes its logins, for this long without verifying them again.
    async fn world(&self, keys: &[&Key], cache_ms: u64) -> Arc<World> {
        World::builder()
            .variable("admin_token", ADMIN)
            .host_variable("EDGEWIRE_JWKS_URL", &self.publish(keys))
            .host_variable("EDGEWIRE_JWKS_ALLOW_LOOPBACK", "true")
            .host_variable("EDGEWIRE_JWKS_REFETCH_MS", "1")
            .host_variable("EDGEWIRE_JWT_ISSUER", ISSUER)
            .host_variable("EDGEWIRE_JWT_AUDIENCE", "edgewire")
            .host_variable("EDGEWIRE_LOGIN_CACHE_MS", &cache_ms.to_string())
            .build()
            .await
    }
}

/// A request by the holder of a token.
async fn ask(world: &World, token: &str, method: Method, path: &str) -> Reply {
    world.request(method, path).bearer(token).send().await
}

async fn opens(world: &World, token: &str) -> u16 {
    ask(world, token, Method::GET, SESSIONS).await.status
}

/// Waits until a request by the holder of a token is answered so.
async fn becomes(world: &World, token: &str, status: u16, what: &str) {
    wait_until(what, || async {
        match opens(world, token).await {
            got if got == status => Ok(()),
            got => Err(got.to_string()),
        }
    })
    .await;
}

/// Changes something by the bootstrap token.
async fn changed(world: &World, path: &str, body: Value) {
    world.request(Method::PATCH, path).bearer(ADMIN).json(&body).send().await.expect(200);
}

pub async fn a_login_does_what_its_role_may() {
    let key = Key::new("first");
    let provider = Provider::open(&[&key]).await;
    let world = provider.world(&[&key], 30_000).await;
    let (us, others) = (world.organization("us"), world.organization("others"));
    let own = json!({ "id": "own", "start": false });
    us.post(SESSIONS).json(&own).send().await.expect(201);
    others.post(SESSIONS).json(&json!({ "id": "theirs", "start": false })).send().await.expect(201);

    let manager = key.login(&us, "ada", "manager");
    let listed = ask(&world, &manager, Method::GET, SESSIONS).await.expect(200);
    assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(1), "{listed}");
    ask(&world, &manager, Method::GET, "/api/v1/sessions/own").await.expect(200);
    ask(&world, &manager, Method::GET, "/api/v1/sessions/theirs").await.expect_error(404, "not_found");
    ask(&world, &manager, Method::GET, "/api/v1/tokens").await.expect_error(403, "forbidden");
    // The other header, and the other family of routes.
    let device = world.request(Method::GET, "/devices").header("x-api-key", &manager).send().await;
    device.expect(200);

    let user = key.login(&us, "bob", "user");
    assert_eq!(opens(&world, &user).await, 200);
    ask(&world, &user, Method::POST, "/api/v1/sessions/own/disconnect").await.expect_error(403, "forbidden");

    let unknown = ask(&world, "wa_nobodys", Method::GET, SESSIONS).await.expect_error(401, "unauthorized");
    let with = |name: &str, value: Value| {
        let mut claims = claims(&us, "ada", "manager");
        claims[name] = value;
        key.signed(&claims)
    };
    let stranger = Key::new("first");
    for refused in [
        with("aud", json!("somebody-else")),
        with("iss", json!("https://other.example.com")),
        with("exp", json!(now() - 120)),
        with("organization", json!("nobodys")),
        with("sub", json!("not an id")),
        stranger.login(&us, "ada", "admin"),
        Key::new("unknown").login(&us, "ada", "admin"),
        format!("{manager}x"),
    ] {
        let told = ask(&world, &refused, Method::GET, SESSIONS).await.expect_error(401, "unauthorized");
        assert_eq!(told["message"], unknown["message"], "nobody learns why");
    }
    // All other tokens are as they were, and no login is listed among them.
    us.get(SESSIONS).send().await.expect(200);
    let admin = key.login(&us, "root", "admin");
    let listed = ask(&world, &admin, Method::GET, "/api/v1/tokens").await.expect(200);
    assert!(!listed.to_string().contains("login"), "{listed}");
    keys::all_are_in_the_table(&world).await;
    let mut redis = world.redis().await;
    let asks: i64 = redis.llen(login_asks()).await.expect("a length");
    assert_eq!(asks, 0, "no login stays in Redis");
}

pub async fn a_key_that_the_provider_changes_is_found_without_a_restart() {
    let (first, second) = (Key::new("first"), Key::new("second"));
    let provider = Provider::open(&[&first]).await;
    let world = provider.world(&[&first], 500).await;
    let us = world.organization("us");
    let (old, new) = (first.login(&us, "ada", "user"), second.login(&us, "ada", "user"));
    assert_eq!((opens(&world, &old).await, opens(&world, &new).await), (200, 401));
    provider.publish(&[&first, &second]);
    becomes(&world, &new, 200, "the new key").await;
    assert_eq!(opens(&world, &old).await, 200);
    // A key that is withdrawn ends what it has signed, once the keys are fetched again: here since another is asked for.
    provider.publish(&[&second]);
    wait_until("the old key to end", || async {
        opens(&world, &Key::new("third").login(&us, "ada", "user")).await;
        match opens(&world, &old).await {
            401 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    assert_eq!(opens(&world, &new).await, 200);
}

pub async fn a_login_ends_with_its_organization_and_its_user() {
    let key = Key::new("first");
    let provider = Provider::open(&[&key]).await;
    let world = provider.world(&[&key], 500).await;
    let us = world.organization("us");
    let organization = format!("/api/v1/organizations/{}", us.id);
    let (ada, bob) = (key.login(&us, "ada", "user"), key.login(&us, "bob", "user"));
    assert_eq!((opens(&world, &ada).await, opens(&world, &bob).await), (200, 200));
    changed(&world, &organization, json!({ "disabled": true })).await;
    becomes(&world, &ada, 401, "the organization's login to end").await;
    becomes(&world, &bob, 401, "the organization's other login to end").await;
    changed(&world, &organization, json!({ "disabled": false })).await;
    assert_eq!(opens(&world, &ada).await, 200);

    // A user who is kept has the role that is kept, and may be shut out alone.
    let users = format!("{organization}/users");
    let kept = json!({ "id": "ada", "name": "Ada", "role": "admin" });
    world.request(Method::POST, &users).bearer(ADMIN).json(&kept).send().await.expect(201);
    wait_until("the kept role", || async {
        match ask(&world, &ada, Method::GET, "/api/v1/tokens").await.status {
            200 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    changed(&world, &format!("{users}/ada"), json!({ "disabled": true })).await;
    becomes(&world, &ada, 401, "the user's login to end").await;
    assert_eq!(opens(&world, &bob).await, 200);
}

pub async fn a_login_that_nobody_can_verify_is_no_refusal() {
    let key = Key::new("first");
    let provider = Provider::open(&[&key]).await;
    let world = provider.world(&[&key], 500).await;
    let us = world.organization("us");
    let login = key.login(&us, "ada", "user");
    assert_eq!(opens(&world, &login).await, 200);
    world.kill_host(0);
    becomes(&world, &login, 503, "what is known of the login to end").await;
    let told = ask(&world, &login, Method::GET, SESSIONS).await;
    told.expect_error(503, "gateway_unavailable");
    assert_eq!(told.headers["retry-after"], "1");
    // Who needs nobody goes on.
    us.get(SESSIONS).send().await.expect(200);
    // It was known to be there, and is not.
    let mut redis = world.redis().await;
    let hosts: i64 = redis.zcard(login_hosts()).await.expect("a count");
    assert_eq!(hosts, 1);
    world.start_host(0);
    becomes(&world, &login, 200, "the host to be back").await;
}

pub async fn where_no_logins_are_taken_a_jwt_is_nobodys_token() {
    let key = Key::new("first");
    let world = World::builder().hosts(0).build().await;
    let us = world.organization("us");
    let login = key.login(&us, "ada", "admin");
    ask(&world, &login, Method::GET, SESSIONS).await.expect_error(401, "unauthorized");
    us.get(SESSIONS).send().await.expect(200);
    let mut redis = world.redis().await;
    let asks: bool = redis.exists(login_asks()).await.expect("an answer");
    assert!(!asks, "it is shown to nobody");
}
