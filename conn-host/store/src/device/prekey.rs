//! Pre-keys, compactly: a fresh device has 812 of them, which would be most of what it takes in Redis.
//!
//! The library's record is 70 bytes: id, public key, private key. The id is the field and the public key follows from
//! the private one, so 32 bytes are stored, 62 when sealed. That is below the 64 up to which Redis packs a hash
//! (`hash-max-listpack-value`), and four tables keep each below the 512 fields up to which it does
//! (`hash-max-listpack-entries`). A record of any other form is stored as it is.
//!
//! Deriving a public key takes some 20 µs, so batches of them are worked off the executor's threads.

use bytes::Bytes;
use wacore::libsignal::protocol::{KeyPair, PrivateKey};
use wacore::libsignal::store::record_helpers::encode_pre_key_record_to;
use zeroize::Zeroizing;

use super::table;

/// The stored form is the record itself.
const WHOLE: u8 = 0;
/// The stored form is the private key.
const PRIVATE: u8 = 1;
/// From so many on, a batch goes to a thread of its own.
const LARGE: usize = 32;
/// Where the private key stands in a record, from its end: the last field.
const PRIVATE_KEY: usize = 32;

/// The table that holds a pre-key.
pub(super) fn table_of(id: u32) -> &'static str {
    let [first, ..] = table::PREKEYS;
    table::PREKEYS.get(id as usize % table::PREKEYS.len()).copied().unwrap_or(first)
}

/// The field of a pre-key: its number, which Redis packs.
pub(super) fn field(id: u32) -> Vec<u8> {
    id.to_string().into_bytes()
}

/// The stored form of a record.
pub(super) fn shorten(id: u32, record: &[u8]) -> Zeroizing<Vec<u8>> {
    let stored = match record.split_last_chunk::<PRIVATE_KEY>() {
        Some((_, private)) if rebuild(id, private).is_some_and(|rebuilt| rebuilt == record) => {
            [&[PRIVATE], private.as_slice()].concat()
        }
        _ => [&[WHOLE], record].concat(),
    };
    Zeroizing::new(stored)
}

/// The record of a stored form; `None` when it is none.
pub(super) fn restore(id: u32, stored: &[u8]) -> Option<Bytes> {
    match stored.split_first()? {
        (&WHOLE, record) => Some(Bytes::copy_from_slice(record)),
        (&PRIVATE, private) => rebuild(id, private).map(Bytes::from),
        _ => None,
    }
}

/// The record that the library writes for a private key.
fn rebuild(id: u32, private: &[u8]) -> Option<Vec<u8>> {
    let private = PrivateKey::deserialize(private).ok()?;
    let public = private.public_key().ok()?;
    let mut record = Vec::with_capacity(80);
    encode_pre_key_record_to(id, &KeyPair::new(public, private), &mut record);
    Some(record)
}

/// Does the work here, or on a thread of its own when there is much of it.
pub(super) async fn work<I, O>(items: Vec<I>, each: fn(&I) -> O) -> Vec<O>
where
    I: Send + Sync + Clone + 'static,
    O: Send + 'static,
{
    if items.len() < LARGE {
        return items.iter().map(each).collect();
    }
    let there = items.clone();
    match tokio::task::spawn_blocking(move || there.iter().map(each).collect()).await {
        Ok(done) => done,
        // The runtime is shutting down: do it here.
        Err(_) => items.iter().map(each).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_record_is_read_back(id in any::<u32>(), record in prop::collection::vec(any::<u8>(), 0..120)) {
            let stored = shorten(id, &record);
            let restored = restore(id, &stored);
            prop_assert_eq!(restored.as_deref(), Some(&record[..]));
        }

        #[test]
        fn the_librarys_record_is_short(id in 0_u32..(1 << 24), private in any::<[u8; 32]>()) {
            let record = rebuild(id, &private).unwrap();
            let stored = shorten(id, &record);
            prop_assert_eq!(stored.len(), 33);
            let restored = restore(id, &stored);
            prop_assert_eq!(restored.as_deref(), Some(&record[..]));
            let wrong = shorten(id + 1, &record);
            prop_assert_eq!(wrong[0], WHOLE, "of another id");
        }

        #[test]
        fn no_bytes_make_it_panic(stored in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = restore(1, &stored);
        }
    }
}
