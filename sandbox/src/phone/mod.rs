//! The virtual phone of an account: device 0, with real Signal keys.
//!
//! - [`stores`] its sessions and keys, as the Signal library wants them
//! - [`cipher`] encrypting for and decrypting from one device
//! - [`inbox`] what happens when a message reaches it, [`receipts`] what it says about that
//! - [`compose`] what a contact says, [`verbs`] what it does to messages, [`outbox`] how that gets out: to devices, to
//!   groups, again on request
//! - [`peer`] what it and its companions say to each other, [`history`] what it remembers, [`zlib`] the wrapping of that
//! - [`media_retry`] files that are not on the media servers any more, [`trouble`] messages that cannot be read

pub mod cipher;
pub mod compose;
pub mod history;
pub mod inbox;
pub mod media_retry;
pub mod outbox;
pub mod peer;
pub mod receipts;
pub mod stores;
pub mod trouble;
pub mod verbs;
pub mod zlib;

use std::collections::VecDeque;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::state::blob::{Blob, SavedKeyPair};
use stores::{Identities, OneTimeKeys, SenderKeys, Sessions, SignedKey};

/// How many decrypted messages a phone remembers.
pub const RECEIVED_CAPACITY: usize = 2_000;

/// Device 0 of an account.
#[derive(Serialize, Deserialize)]
pub struct Phone {
    /// Identity key, registration id, and nothing learned about others: every identity is trusted.
    pub identities: Identities,
    /// The signed prekey.
    pub signed: SignedKey,
    /// One-time prekeys handed out and not used yet.
    pub one_time: OneTimeKeys,
    /// Sessions by device, whichever address space the peer used.
    pub sessions: Sessions,
    /// Sender keys by group and sender.
    pub sender_keys: SenderKeys,
    /// Groups its own sender key was given to, with the devices that have it.
    #[serde(default)]
    pub key_holders: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
    /// What it sent lately, to send again when a device could not read it.
    #[serde(skip)]
    pub sent: VecDeque<outbox::Sent>,
    /// Messages that reached this phone but were kept from its companions, by id.
    #[serde(skip)]
    pub withheld: std::collections::BTreeSet<String>,
    /// How often it asked for a message again, by id.
    #[serde(skip)]
    pub asked_again: std::collections::BTreeMap<String, u32>,
    /// What it received and could read, newest last.
    #[serde(skip)]
    pub received: VecDeque<Received>,
}

/// A message that the virtual phone has read.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// The stanza id.
    pub id: String,
    /// The sender's phone number.
    pub from: String,
    /// The sending device of that account.
    pub device: u16,
    /// The chat: a phone number, or a group's address.
    pub chat: String,
    /// The text, when it is a text.
    pub text: Option<String>,
    /// Unix seconds at which it came.
    pub timestamp: i64,
    /// Whether this account sent it itself, from another device.
    pub from_me: bool,
    /// The message as JSON.
    pub message: serde_json::Value,
    /// The message, encoded.
    #[serde(skip)]
    pub content: Blob,
    /// The address space the sender wrote in: `pn` or `lid`.
    pub addressing: &'static str,
}

impl Phone {
    /// A phone with new keys.
    pub fn generate() -> Result<Self> {
        let identity = SavedKeyPair::generate();
        let signed = SignedKey::generate(&identity)?;
        Ok(Phone {
            identities: Identities { own: identity, registration_id: rand::random_range(1..16_380) },
            signed,
            one_time: OneTimeKeys::default(),
            sessions: Sessions::default(),
            sender_keys: SenderKeys::default(),
            key_holders: Default::default(),
            sent: VecDeque::new(),
            withheld: Default::default(),
            asked_again: Default::default(),
            received: VecDeque::new(),
        })
    }

    /// The account's identity key, which signs its devices.
    pub fn identity(&self) -> &SavedKeyPair {
        &self.identities.own
    }

    /// Signs with the account's identity key.
    pub fn sign(&self, message: &[u8]) -> Result<Blob> {
        let signature = self.identity().private().calculate_signature(message, &mut rand::rng())?;
        Ok(Blob(signature.to_vec()))
    }

    /// Remembers a message, forgetting the oldest when there are too many.
    pub fn remember(&mut self, message: Received) {
        self.received.push_back(message);
        while self.received.len() > RECEIVED_CAPACITY {
            self.received.pop_front();
        }
    }
}
