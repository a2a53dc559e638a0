//! What the tests share: a provider with keys of its own, a clock that stands still, and a way to the keys that does as the
//! test says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::claims::Expected;
use crate::error::FetchError;
use crate::keyring::Policy;
use crate::outside::{Clock, Document, Fetch};
use crate::settings::Settings;
use crate::verifier::Verifier;

/// 2026-06-15T12:00:00Z.
pub const NOON: i64 = 1_781_524_800;

/// A clock that stands still until it is moved.
pub struct FakeClock(AtomicI64);

impl FakeClock {
    pub fn at_noon() -> Arc<Self> {
        Arc::new(Self((NOON * 1000).into()))
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A provider that publishes what the test says.
pub struct FakeFetch {
    /// The last one stays.
    answers: Mutex<VecDeque<Result<Document, FetchError>>>,
    fetched: AtomicI64,
    /// An answer takes one of these.
    doors: Semaphore,
}

impl FakeFetch {
    pub fn answering(keys: &[Value]) -> Arc<Self> {
        let doors = Semaphore::new(Semaphore::MAX_PERMITS);
        let answers = Mutex::new(VecDeque::from([Ok(document(keys))]));
        Arc::new(Self { answers, fetched: 0.into(), doors })
    }

    /// As [`Self::answering`], once it is let.
    pub fn waiting(keys: &[Value]) -> Arc<Self> {
        let answers = Mutex::new(VecDeque::from([Ok(document(keys))]));
        Arc::new(Self { answers, fetched: 0.into(), doors: Semaphore::new(0) })
    }

    pub fn let_it_answer(&self) {
        self.doors.add_permits(1);
    }

    pub fn answer(&self, answer: Result<Document, FetchError>) {
        *self.answers.lock().unwrap() = VecDeque::from([answer]);
    }

    pub fn publish(&self, keys: &[Value]) {
        self.answer(Ok(document(keys)));
    }

    pub fn fetched(&self) -> i64 {
        self.fetched.load(Ordering::SeqCst)
    }
}

pub fn document(keys: &[Value]) -> Document {
    Document { body: json!({ "keys": keys }).to_string().into(), max_age: None }
}

#[async_trait]
impl Fetch for FakeFetch {
    async fn fetch(&self) -> Result<Document, FetchError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        self.doors.acquire().await.unwrap().forget();
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

/// A key of the provider's.
pub struct Signer {
    pub kid: &'static str,
    key: SigningKey,
}

enum SigningKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub fn ed25519(kid: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { kid, key: SigningKey::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()) }
    }

    pub fn p256(kid: &'static str) -> Self {
        let (way, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(way, document.as_ref(), &random).unwrap();
        Self { kid, key: SigningKey::P256(key) }
    }

    /// Always the same one.
    pub fn rsa(kid: &'static str) -> Self {
        let pem = include_str!("testing/test_key_rsa_2048.pem");
        let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN"));
        let base64: String = lines.filter(|line| !line.starts_with('-')).collect();
        let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap();
        Self { kid, key: SigningKey::Rsa(key) }
    }

    pub fn algorithm(&self) -> &'static str {
        match &self.key {
            SigningKey::Ed25519(_) => "EdDSA",
            SigningKey::P256(_) => "ES256",
            SigningKey::Rsa(_) => "RS256",
        }
    }

    /// What the provider publishes of it.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.key {
            SigningKey::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key()) })
            }
            SigningKey::P256(key) => {
                let point = key.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) })
            }
            SigningKey::Rsa(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({ "kty": "RSA", "n": encoded(public.n), "e": encoded(public.e) })
            }
        };
        jwk["kid"] = self.kid.into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            SigningKey::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            SigningKey::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            SigningKey::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A JWT with this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = encoded(self.signature(message.as_bytes()));
        format!("{message}.{signature}")
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm(), "typ": "JWT", "kid": self.kid })
    }

    /// A JWT as the provider makes it.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }
}

/// What a good login says.
pub fn claims() -> Value {
    json!({
        "iss": "https://id.example.com", "aud": "edgewire", "sub": "ada", "exp": NOON + 3600, "iat": NOON - 5,
        "organization": "acme", "role": "manager",
    })
}

/// With another value, or without one.
pub fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

pub fn expected() -> Expected {
    Expected {
        issuer: "https://id.example.com".into(),
        audience: "edgewire".into(),
        organization_claim: "organization".into(),
        role_claim: "role".into(),
    }
}

pub fn settings() -> Settings {
    Settings {
        jwks_url: "https://id.example.com/jwks".into(),
        allow_loopback: false,
        expected: expected(),
        policy: Policy::default(),
        kept: Duration::from_secs(30),
    }
}

/// A verifier by these keys, at noon.
pub fn verifier(keys: &[Value]) -> Verifier {
    Verifier::new(&settings(), FakeFetch::answering(keys), FakeClock::at_noon())
}
