//! The relay log: which message went to which device, and how often.
//!
//! It answers "exactly once?" in tests, and it is how a stanza id that comes twice is recognised. Bounded: the oldest
//! entries fall out.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::Serialize;

use super::account::Addr;

/// How many messages are remembered.
const CAPACITY: usize = 20_000;

/// One message as the server saw it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The stanza id.
    pub id: String,
    /// The sending device.
    pub from: String,
    /// Phone number or group of the chat.
    pub to: String,
    /// How often the sender sent this id to this chat (resends on a retry receipt not counted).
    pub times_seen: u32,
    /// Acknowledgements sent to the sender.
    pub acked: u32,
    /// Refusals sent to the sender.
    pub nacked: u32,
    /// Acknowledgements withheld by a fault.
    pub dropped_acks: u32,
    /// Recipient devices.
    pub devices: BTreeMap<String, Delivery>,
}

/// What became of a message for one device.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Delivery {
    /// How often it was put into the device's queue.
    pub queued: u32,
    /// How often it was written to one of the device's sockets (again after a reconnect without an answer).
    pub sent: u32,
    /// Whether the device acked or receipted it.
    pub settled: bool,
    /// Retry receipts: how often the device said it could not read it.
    pub retries: u32,
}

/// The bounded log.
#[derive(Default)]
pub struct RelayLog {
    entries: HashMap<String, Entry>,
    order: VecDeque<String>,
    /// Messages seen again under the same sender, chat and id.
    pub duplicates: u64,
    /// Different messages seen.
    pub messages: u64,
}

impl RelayLog {
    /// The key of a message.
    pub fn key(sender: &str, chat: &str, id: &str) -> String {
        format!("{sender}|{chat}|{id}")
    }

    /// Counts one sending; true when this id was seen before.
    pub fn see(&mut self, from: &Addr, chat: &str, id: &str) -> (String, bool) {
        let key = Self::key(&from.phone, chat, id);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.times_seen += 1;
            self.duplicates += 1;
            return (key, true);
        }
        self.messages += 1;
        self.order.push_back(key.clone());
        while self.order.len() > CAPACITY {
            if let Some(old) = self.order.pop_front() {
                self.entries.remove(&old);
            }
        }
        self.entries.insert(
            key.clone(),
            Entry {
                id: id.to_owned(),
                from: from.to_string(),
                to: chat.to_owned(),
                times_seen: 1,
                acked: 0,
                nacked: 0,
                dropped_acks: 0,
                devices: BTreeMap::new(),
            },
        );
        (key, false)
    }

    /// The entry, to be changed.
    pub fn entry(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.get_mut(key)
    }

    /// One device's part of an entry.
    pub fn delivery(&mut self, key: &str, device: &Addr) -> Option<&mut Delivery> {
        self.entries.get_mut(key).map(|entry| entry.devices.entry(device.to_string()).or_default())
    }

    /// Whether this device has been given the message and has not asked for it again.
    pub fn already_given(&self, key: &str, device: &Addr) -> bool {
        self.entries
            .get(key)
            .and_then(|entry| entry.devices.get(&device.to_string()))
            .is_some_and(|delivery| delivery.queued > delivery.retries)
    }

    /// All entries with this message id, or the newest `limit`.
    pub fn find(&self, id: Option<&str>, limit: usize) -> Vec<Entry> {
        let all = self.order.iter().rev().filter_map(|key| self.entries.get(key));
        match id {
            Some(id) => all.filter(|entry| entry.id == id).cloned().collect(),
            None => all.take(limit).cloned().collect(),
        }
    }
}
