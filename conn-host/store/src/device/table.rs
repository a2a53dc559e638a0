//! The tables of a device: one Redis hash each, `ew1:{s17}:dev:<session>:<table>`, and what keeps each from growing.
//!
//! | table | field | sealed value | bounded by |
//! |---|---|---|---|
//! | `key` | `session` | the session's key, wrapped by the master key | one |
//! | `device` | `device` | the device, JSON (self-describing: the library adds fields) | one |
//! | `identity` | Signal address | identity key | devices ever talked to |
//! | `session` | Signal address | ratchet, opaque | devices ever talked to |
//! | `prekey0` … `prekey3` | pre-key's id | the private key ([`super::prekey`]) | 812 and what is not yet used up |
//! | `signed_prekey` | its id | record, opaque | the library removes old ones |
//! | `sender_key` | group and sender | record, opaque | senders seen in the groups |
//! | `sync_key` | `k` and its id, `latest` | key; the id of the latest | one a month or so, by the phone |
//! | `app_state` | collection | [`super::record::AppState`] | five collections |
//! | `mac` | collection and index MAC | value MAC | entries of the account's app state |
//! | `sender_key_device` | group | which devices have our sender key | groups written to |
//! | `lid`, `pn` | LID, phone number | [`super::record::LidRow`] | people met |
//! | `base_key` | hash of address and message | base key, stamped | a day after it was written |
//! | `device_list` | user | [`super::record::DeviceList`] | people met |
//! | `group` | group | metadata, opaque | groups joined |
//! | `tc_token` | JID | [`super::record::TcToken`] | the library's sweep (28 days) |
//! | `sent` | hash of chat and message | payload, stamped | the library's sweep (2 h), and a cap |
//! | `pending` | hash of chat, sender, message | message, stamped | its commit; the library's sweep (7 days) |
//! | `msg_secret` | hash of chat, sender, message | [`super::record::MsgSecret`], stamped | the library's sweep (30 to 90 days) |
//!
//! Hashed fields are 16 bytes of SHA-256: shorter, and nobody needs their names back.

use sha2::{Digest, Sha256};

pub(crate) use crate::seal::KEY_TABLE as KEY;

pub(crate) const DEVICE: &str = "device";
pub(crate) const IDENTITY: &str = "identity";
pub(crate) const SESSION: &str = "session";
pub(crate) const PREKEYS: [&str; 4] = ["prekey0", "prekey1", "prekey2", "prekey3"];
pub(crate) const SIGNED_PREKEY: &str = "signed_prekey";
pub(crate) const SENDER_KEY: &str = "sender_key";
pub(crate) const SYNC_KEY: &str = "sync_key";
pub(crate) const APP_STATE: &str = "app_state";
pub(crate) const MAC: &str = "mac";
pub(crate) const SENDER_KEY_DEVICE: &str = "sender_key_device";
pub(crate) const LID: &str = "lid";
pub(crate) const PN: &str = "pn";
pub(crate) const BASE_KEY: &str = "base_key";
pub(crate) const DEVICE_LIST: &str = "device_list";
pub(crate) const GROUP: &str = "group";
pub(crate) const TC_TOKEN: &str = "tc_token";
pub(crate) const SENT: &str = "sent";
pub(crate) const PENDING: &str = "pending";
pub(crate) const MSG_SECRET: &str = "msg_secret";

/// Every table there is: what a device is made of when it is forgotten or set aside.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    [
        KEY,
        DEVICE,
        IDENTITY,
        SESSION,
        SIGNED_PREKEY,
        SENDER_KEY,
        SYNC_KEY,
        APP_STATE,
        MAC,
        SENDER_KEY_DEVICE,
        LID,
        PN,
        BASE_KEY,
        DEVICE_LIST,
        GROUP,
        TC_TOKEN,
        SENT,
        PENDING,
        MSG_SECRET,
    ]
    .into_iter()
    .chain(PREKEYS)
}

/// A short field for a name of several parts.
pub(crate) fn hashed(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        // The lengths keep ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_several_parts_are_kept_apart() {
        assert_ne!(hashed(&["ab", "c"]), hashed(&["a", "bc"]));
        assert_ne!(hashed(&["a"]), hashed(&["a", ""]));
        assert_eq!(hashed(&["a", "b"]).len(), 16);
    }

    #[test]
    fn no_table_is_named_twice() {
        let mut names: Vec<_> = all().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), count), (23, 23));
    }
}
