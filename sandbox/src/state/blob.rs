//! Bytes and keys as the state file holds them.
//!
//! Map: [`Blob`] is bytes written as base64; [`SavedKeyPair`] is a Curve25519 key pair; [`key32`] checks a length.

use anyhow::{Result, anyhow};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wacore::libsignal::protocol::{KeyPair, PrivateKey, PublicKey};

/// Bytes, as base64 in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Blob).map_err(serde::de::Error::custom)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Blob(bytes)
    }
}

/// A key pair that can be written to the state file.
#[derive(Clone)]
pub struct SavedKeyPair(KeyPair);

impl SavedKeyPair {
    /// A fresh pair.
    pub fn generate() -> Self {
        SavedKeyPair(KeyPair::generate(&mut rand::rng()))
    }

    /// The pair in the Signal library's type.
    pub fn pair(&self) -> &KeyPair {
        &self.0
    }

    /// The private half.
    pub fn private(&self) -> &PrivateKey {
        &self.0.private_key
    }

    /// The private half as bytes.
    pub fn private_bytes(&self) -> &[u8] {
        self.0.private_key.serialize()
    }

    /// The 32 bytes of the public half, without the type byte.
    pub fn public_bytes(&self) -> &[u8] {
        self.0.public_key.public_key_bytes()
    }

    /// The public half, checked.
    pub fn public32(&self) -> Result<[u8; 32]> {
        key32(self.public_bytes())
    }
}

impl Serialize for SavedKeyPair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Blob(self.private_bytes().to_vec()), Blob(self.public_bytes().to_vec())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SavedKeyPair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (private, public) = <(Blob, Blob)>::deserialize(deserializer)?;
        let private = PrivateKey::deserialize(&private.0).map_err(serde::de::Error::custom)?;
        let public = PublicKey::from_djb_public_key_bytes(&public.0).map_err(serde::de::Error::custom)?;
        Ok(SavedKeyPair(KeyPair::new(public, private)))
    }
}

/// Exactly 32 bytes, or an error that says how many there were.
pub fn key32(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| anyhow!("expected a key of 32 bytes, got {}", bytes.len()))
}
