//! Accounts and their linked devices.
//!
//! Map: [`Addr`] names a device (phone number + device id, 0 = the phone itself); [`Account`] is a phone number with its
//! virtual phone and its linked [`Device`]s. Everything here is written to the state file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::app_state::AppState;
use super::blob::Blob;
use super::guard::Guard;
use super::history::Past;
use super::queue::Queued;
use crate::phone::{self, Phone};

/// One device of one account. Phone number and LID addresses both resolve to this.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Addr {
    /// The account's phone number, digits only.
    pub phone: String,
    /// 0 is the phone, companions count from 1.
    pub device: u16,
}

impl Addr {
    /// The device `device` of account `phone`.
    pub fn new(phone: impl Into<String>, device: u16) -> Self {
        Addr { phone: phone.into(), device }
    }

    /// Its address in the phone-number space.
    pub fn pn(&self) -> Jid {
        Jid::pn_device(self.phone.as_str(), self.device)
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.phone, self.device)
    }
}

/// A phone number that is on this WhatsApp.
#[derive(Serialize, Deserialize)]
pub struct Account {
    /// Digits only.
    pub phone: String,
    /// The user part of its LID.
    pub lid: String,
    /// The name others see; may be empty.
    pub push_name: String,
    /// A contact says at once that a message is on its phone.
    #[serde(default = "yes")]
    pub auto_delivery: bool,
    /// A contact answers every message with a read receipt at once.
    pub auto_read: bool,
    /// A contact answers texts: `echo`.
    pub auto_reply: Option<String>,
    /// The phone itself, device 0.
    pub virtual_phone: Phone,
    /// The linked devices by id.
    pub devices: BTreeMap<u16, Device>,
    /// The id that the next linked device gets.
    pub next_device: u16,
    /// Synced settings: opaque patches per collection.
    pub app_state: AppState,
    /// The about text.
    #[serde(default)]
    pub about: String,
    /// The profile picture, if one was set.
    #[serde(default)]
    pub picture: Option<Picture>,
    /// Blocked addresses, as text.
    #[serde(default)]
    pub blocked: BTreeSet<String>,
    /// Privacy settings by category.
    #[serde(default)]
    pub privacy: BTreeMap<String, String>,
    /// Who may write to it.
    #[serde(default)]
    pub guard: Guard,
    /// Last availability told to subscribers: `Some(true)` = available.
    #[serde(skip)]
    pub available: Option<bool>,
    /// When the account was last available, unix seconds.
    #[serde(default)]
    pub last_seen: i64,
    /// Accounts that asked for its device list: they hear of new devices.
    #[serde(default)]
    pub known_by: BTreeSet<String>,
    /// What its phone has from before, by the control surface.
    #[serde(default)]
    pub history: Vec<Past>,
    /// How many messages its phone puts into one piece of a history sync.
    #[serde(default = "chunk")]
    pub history_chunk: usize,
    /// Seed of the device list's identity: `raw_id`.
    pub raw_id: u32,
}

fn yes() -> bool {
    true
}

fn chunk() -> usize {
    phone::history::CHUNK
}

/// A profile picture.
#[derive(Clone, Serialize, Deserialize)]
pub struct Picture {
    /// Changes with every new picture.
    pub id: String,
    /// Where the bytes are in the media store.
    pub path: String,
}

/// A linked device: what WhatsApp's server keeps about it.
#[derive(Serialize, Deserialize)]
pub struct Device {
    /// 1 and up.
    pub id: u16,
    /// Its Noise static public key: a login must come with this one.
    pub noise_public: Blob,
    /// The signed ADV identity it answered to pair-success with; goes into its prekey bundles.
    pub identity: Blob,
    /// Index in the account's key-index list.
    pub key_index: u32,
    /// Its public keys, once uploaded.
    pub keys: Option<DeviceKeys>,
    /// Whether the phone has shared the app-state key with it.
    pub key_shared: bool,
    /// Stanzas that it has not acknowledged yet, in order.
    pub queue: VecDeque<Queued>,
    /// How often it logged in.
    pub logins: u64,
}

/// The key bundle material a device uploaded.
#[derive(Serialize, Deserialize)]
pub struct DeviceKeys {
    /// Its registration id.
    pub registration_id: u32,
    /// Its Signal identity key, 32 bytes.
    pub identity: Blob,
    /// Its signed prekey.
    pub signed: SignedPublic,
    /// One-time prekeys not handed out yet, oldest first.
    pub one_time: VecDeque<(u32, Blob)>,
}

/// The public half of a signed prekey.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedPublic {
    /// Key id, 3 bytes on the wire.
    pub id: u32,
    /// The key, 32 bytes.
    pub public: Blob,
    /// The identity key's signature over it.
    pub signature: Blob,
}

impl Account {
    /// The bare phone-number address.
    pub fn pn_jid(&self) -> Jid {
        Jid::pn(self.phone.as_str())
    }

    /// The bare LID address.
    pub fn lid_jid(&self) -> Jid {
        Jid::lid(self.lid.as_str())
    }

    /// A device's address in the LID space.
    pub fn lid_device(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_str(), device)
    }

    /// An account that no client is linked to: its virtual phone answers for it.
    pub fn is_contact(&self) -> bool {
        self.devices.is_empty()
    }

    /// The phone and every linked device.
    pub fn all_devices(&self) -> Vec<Addr> {
        std::iter::once(0).chain(self.devices.keys().copied()).map(|id| Addr::new(&*self.phone, id)).collect()
    }
}
