//! The virtual phone's Signal stores: plain maps, so that no call ever has to wait.
//!
//! Addresses in them are `phone-number.device` for peers of both address spaces: PN and LID mean the same device here.

use std::collections::BTreeMap;

use anyhow::Context;
use async_trait::async_trait;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wacore::libsignal::protocol::{
    Direction, GenericSignedPreKey, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, PreKeyId,
    PreKeyRecord, PreKeyStore, ProtocolAddress, SenderKeyName, SenderKeyRecord, SenderKeyStore,
    SessionRecord, SessionStore, SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
    Timestamp,
};

use crate::state::blob::{Blob, SavedKeyPair};

type Result<T> = std::result::Result<T, SignalProtocolError>;

/// Own identity; others' are all trusted.
#[derive(Serialize, Deserialize)]
pub struct Identities {
    /// The identity key pair.
    pub own: SavedKeyPair,
    /// The registration id.
    pub registration_id: u32,
}

#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(IdentityKeyPair::new(IdentityKey::new(self.own.pair().public_key), self.own.private().clone()))
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.registration_id)
    }

    async fn save_identity(&mut self, _: &ProtocolAddress, _: &IdentityKey) -> Result<IdentityChange> {
        Ok(IdentityChange::NewOrUnchanged)
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    async fn get_identity(&self, _: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(None)
    }
}

/// The signed prekey.
#[derive(Serialize, Deserialize)]
pub struct SignedKey {
    /// Key id.
    pub id: u32,
    /// The pair.
    pub pair: SavedKeyPair,
    /// The identity key's signature over the public half.
    pub signature: Blob,
}

impl SignedKey {
    /// A new one, signed by this identity.
    pub fn generate(identity: &SavedKeyPair) -> anyhow::Result<Self> {
        let pair = SavedKeyPair::generate();
        let signature = identity
            .private()
            .calculate_signature(&pair.pair().public_key.serialize(), &mut rand::rng())
            .context("signing a prekey")?;
        Ok(SignedKey { id: 1, pair, signature: Blob(signature.to_vec()) })
    }
}

#[async_trait]
impl SignedPreKeyStore for SignedKey {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        Ok(SignedPreKeyRecord::new(id, Timestamp::from_epoch_millis(0), self.pair.pair(), &self.signature.0))
    }

    async fn save_signed_pre_key(&mut self, _: SignedPreKeyId, _: &SignedPreKeyRecord) -> Result<()> {
        Ok(())
    }
}

/// One-time prekeys: made when someone asks for a bundle, so the supply never ends.
#[derive(Default, Serialize, Deserialize)]
pub struct OneTimeKeys {
    last_id: u32,
    keys: BTreeMap<u32, SavedKeyPair>,
}

/// Handed-out prekeys that nobody used are forgotten beyond this many.
const UNUSED_CAPACITY: usize = 2_000;

impl OneTimeKeys {
    /// A new key to hand out: id and public half.
    pub fn hand_out(&mut self) -> (u32, Vec<u8>) {
        self.last_id = (self.last_id + 1) & 0x00ff_ffff;
        let pair = SavedKeyPair::generate();
        let public = pair.public_bytes().to_vec();
        self.keys.insert(self.last_id, pair);
        while self.keys.len() > UNUSED_CAPACITY {
            self.keys.pop_first();
        }
        (self.last_id, public)
    }

    /// Forgets a used key.
    pub fn used(&mut self, id: u32) {
        self.keys.remove(&id);
    }
}

#[async_trait]
impl PreKeyStore for OneTimeKeys {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        let id_number: u32 = id.into();
        let pair = self.keys.get(&id_number).ok_or(SignalProtocolError::InvalidPreKeyId)?;
        Ok(PreKeyRecord::new(id, pair.pair()))
    }

    async fn save_pre_key(&mut self, _: PreKeyId, _: &PreKeyRecord) -> Result<()> {
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Result<()> {
        self.used(id.into());
        Ok(())
    }
}

/// Sessions by address.
#[derive(Default)]
pub struct Sessions(BTreeMap<String, SessionRecord>);

impl Sessions {
    /// Forgets the session with a device: the next message to it starts a new one.
    pub fn forget(&mut self, address: &ProtocolAddress) {
        self.0.remove(address.as_str());
    }

    /// Whether messages can be encrypted for this device without its bundle.
    pub fn has(&self, address: &ProtocolAddress) -> bool {
        self.0.get(address.as_str()).is_some_and(|record| {
            record.session_state().is_some_and(|state| state.has_usable_sender_chain().unwrap_or(false))
        })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(self.0.contains_key(address.as_str()))
    }

    async fn store_session(&mut self, address: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.0.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

impl Serialize for Sessions {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let saved: BTreeMap<&String, Blob> = self
            .0
            .iter()
            .filter_map(|(address, record)| Some((address, Blob(record.clone().serialize().ok()?))))
            .collect();
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sessions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let saved = BTreeMap::<String, Blob>::deserialize(deserializer)?;
        let read = saved
            .into_iter()
            .map(|(address, bytes)| Ok((address, SessionRecord::deserialize(&bytes.0)?)))
            .collect::<Result<_>>();
        read.map(Sessions).map_err(serde::de::Error::custom)
    }
}

/// Sender keys by `group:sender`.
#[derive(Default)]
pub struct SenderKeys(BTreeMap<String, SenderKeyRecord>);

#[async_trait]
impl SenderKeyStore for SenderKeys {
    async fn store_sender_key(&mut self, name: &SenderKeyName, record: SenderKeyRecord) -> Result<()> {
        self.0.insert(name.cache_key().to_owned(), record);
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Result<Option<SenderKeyRecord>> {
        Ok(self.0.get(name.cache_key()).cloned())
    }
}

impl SenderKeys {
    /// Forgets a chain, so that the next group message starts a new one.
    pub fn forget(&mut self, name: &SenderKeyName) {
        self.0.remove(name.cache_key());
    }
}

impl Serialize for SenderKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let saved: BTreeMap<&String, Blob> = self
            .0
            .iter()
            .filter_map(|(name, record)| Some((name, Blob(record.clone().serialize().ok()?))))
            .collect();
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SenderKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let saved = BTreeMap::<String, Blob>::deserialize(deserializer)?;
        let read = saved
            .into_iter()
            .map(|(name, bytes)| Ok((name, SenderKeyRecord::deserialize(&bytes.0)?)))
            .collect::<Result<_>>();
        read.map(SenderKeys).map_err(serde::de::Error::custom)
    }
}
