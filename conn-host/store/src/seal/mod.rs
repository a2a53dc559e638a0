//! Sealing: everything that is stored for a device is encrypted before it leaves the process.
//!
//! Each session has a random key of its own, stored in its table `key`, wrapped by the deployment's master key
//! ([`MasterKey`]). Records are sealed with AES-256-GCM under the session's key, bound to the session, the table and the
//! field: a record that is copied to another place does not open there. Field names stay readable, since Redis
//! has to find them.
//!
//! A sealed record, by its first byte:
//! * `1`: nonce (12), ciphertext, tag (16);
//! * `2`: a time in the clear (5 bytes, seconds, big endian; 0: none), by which Redis can drop what is over, then as
//!   `1`. The time is authenticated with the rest.
//! * `3`: a wrapped session key: the master key's id (8), nonce, ciphertext, tag.
//!
//! Nonces are random; 96 bits are good for 2³² records under one key (NIST SP 800-38D), which is 13 years of ten a
//! second, and each pairing begins with a new key.

mod master;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use rand::TryRng;
use rand::rngs::SysRng;
use redis::{Cmd, Pipeline};
use zeroize::Zeroizing;

pub use master::{MasterKey, MasterKeys};

use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::write::Writes;

/// The device table that holds the session's wrapped key.
pub(crate) const KEY_TABLE: &str = "key";
/// Its one field.
pub(crate) const KEY_FIELD: &str = "session";

const PLAIN: u8 = 1;
const STAMPED: u8 = 2;
const WRAPPED: u8 = 3;
const STAMP: usize = 5;
const NONCE: usize = 12;
const TAG: usize = 16;
/// The longest time that a stamp holds.
const MAX_STAMP: u64 = (1 << 40) - 1;

/// A session's key, ready to seal and open its records. Debug shows the session only.
pub struct SessionKey {
    session: SessionId,
    // Boxed: the expanded key is a kilobyte, and it is wiped when dropped.
    cipher: Box<Aes256Gcm>,
}

/// An opened record.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    /// The time it was stamped with, seconds; 0 when without one.
    pub stamp: u64,
    /// What was sealed.
    pub plain: Vec<u8>,
}

impl SessionKey {
    /// The stored key of `session`, or a new one, which is stored first. A key that an older master key wrapped is
    /// wrapped anew by the current one. One round trip when it is there, three when it is made.
    ///
    /// Errors: [`StoreError::Sealed`] when the master key that wrapped it was not given; [`StoreError::Corrupt`];
    /// [`StoreError::Fenced`].
    pub async fn load_or_create(
        redis: &Redis,
        fence: Fence,
        session: &SessionId,
        masters: &MasterKeys,
    ) -> Result<Self, StoreError> {
        let table = keys::device(fence.shard, session, KEY_TABLE);
        let mut look = Pipeline::new();
        look.hget(&table, KEY_FIELD).exists(keys::device(fence.shard, session, "device"));
        let (stored, is_device): (Option<Vec<u8>>, bool) = redis.pipeline(&look).await?;
        let stored = match stored {
            Some(stored) => stored,
            // What is there was sealed under a key that is lost; a new one beside it would only hide that.
            None if is_device => return Err(corrupt(KEY_TABLE, KEY_FIELD)),
            None => {
                // Unless it exists: of two that open the store at once, the second takes the first one's key.
                let key = random_key()?;
                let wrapped = masters.current.wrap(session, &key)?;
                Writes::new(fence).hset_nx(&table, KEY_FIELD, wrapped).commit_durable(redis).await?;
                let stored: Option<Vec<u8>> = redis.query(&Cmd::hget(&table, KEY_FIELD)).await?;
                stored.ok_or_else(|| corrupt(KEY_TABLE, KEY_FIELD))?
            }
        };
        let (key, is_current) = masters.unwrap(session, &stored)?;
        if !is_current {
            let wrapped = masters.current.wrap(session, &key)?;
            Writes::new(fence).hset(&table, &[(KEY_FIELD, wrapped)]).commit_durable(redis).await?;
            tracing::info!(%session, master_key = masters.current.id(), "wrapped the session's key anew");
        }
        Ok(Self::new(session.clone(), &key))
    }

    /// A key of known bytes.
    pub fn new(session: SessionId, key: &[u8; 32]) -> Self {
        Self { session, cipher: Box::new(cipher(key)) }
    }

    /// Seals `plain` for one field of one table: 29 bytes longer.
    pub fn seal(&self, table: &str, field: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let aad = self.bind(PLAIN, &[], table, field);
        seal(&self.cipher, vec![PLAIN], &aad, plain)
    }

    /// As [`Self::seal`], with a time in the clear (seconds): 34 bytes longer.
    pub fn seal_stamped(
        &self,
        table: &str,
        field: &[u8],
        stamp: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let stamp = stamp.min(MAX_STAMP).to_be_bytes();
        let stamp = &stamp[8 - STAMP..];
        let mut header = vec![STAMPED];
        header.extend_from_slice(stamp);
        let aad = self.bind(STAMPED, stamp, table, field);
        seal(&self.cipher, header, &aad, plain)
    }

    /// Opens what was sealed for this field; [`StoreError::Corrupt`] for anything else.
    pub fn open(&self, table: &'static str, field: &[u8], sealed: &[u8]) -> Result<Opened, StoreError> {
        let opened = || -> Option<Opened> {
            let (version, rest) = sealed.split_first()?;
            let (stamp, rest) = match *version {
                PLAIN => rest.split_at_checked(0)?,
                STAMPED => rest.split_at_checked(STAMP)?,
                _ => return None,
            };
            let aad = self.bind(*version, stamp, table, field);
            let plain = open(&self.cipher, &aad, rest)?;
            Some(Opened { stamp: stamp.iter().fold(0, |n, byte| (n << 8) | u64::from(*byte)), plain })
        };
        opened().ok_or_else(|| corrupt(table, field))
    }

    /// What a record is bound to. No part but the last can hold the byte that ends it.
    fn bind(&self, version: u8, stamp: &[u8], table: &str, field: &[u8]) -> Vec<u8> {
        let mut aad = Vec::with_capacity(80);
        aad.push(version);
        aad.extend_from_slice(stamp);
        for part in [self.session.as_str(), table] {
            aad.extend_from_slice(part.as_bytes());
            aad.push(0);
        }
        aad.extend_from_slice(field);
        aad
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKey").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The error for a record that does not open.
pub(crate) fn corrupt(table: &'static str, field: impl AsRef<[u8]>) -> StoreError {
    let field = String::from_utf8_lossy(field.as_ref()).escape_debug().to_string();
    StoreError::Corrupt { table, field }
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
}

fn random_key() -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    SysRng.try_fill_bytes(key.as_mut_slice()).map_err(no_randomness)?;
    Ok(key)
}

fn no_randomness(error: rand::rngs::SysError) -> StoreError {
    StoreError::Unavailable(format!("the system gives no random bytes: {error}"))
}

/// Appends nonce, ciphertext and tag to `out`.
fn seal(cipher: &Aes256Gcm, mut out: Vec<u8>, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0; NONCE];
    SysRng.try_fill_bytes(&mut nonce).map_err(no_randomness)?;
    out.reserve_exact(NONCE + plain.len() + TAG);
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.extend_from_slice(plain);
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(nonce), aad, (&mut out[start..]).into())
        .map_err(|_| StoreError::Refused("a record of 64 GiB cannot be sealed".into()))?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens nonce, ciphertext and tag.
fn open(cipher: &Aes256Gcm, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let (body, tag) = rest.split_last_chunk::<TAG>()?;
    let mut plain = body.to_vec();
    let nonce = Nonce::from(*nonce);
    cipher.decrypt_inout_detached(&nonce, aad, plain.as_mut_slice().into(), &Tag::from(*tag)).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SessionKey {
        SessionKey::new(SessionId::parse(name).unwrap(), &[7; 32])
    }

    #[test]
    fn a_record_opens_in_its_place_only() {
        let sealed = key("a").seal("session", b"x@y", b"ratchet").unwrap();
        assert_eq!(sealed.len(), 7 + 29);
        assert_eq!(key("a").open("session", b"x@y", &sealed).unwrap().plain, b"ratchet");
        for (session, table, field) in
            [("b", "session", "x@y"), ("a", "identity", "x@y"), ("a", "session", "x@z"), ("a", "session", "")]
        {
            assert!(key(session).open(Box::leak(table.into()), field.as_bytes(), &sealed).is_err());
        }
        let other = SessionKey::new(SessionId::parse("a").unwrap(), &[8; 32]);
        assert!(matches!(other.open("session", b"x@y", &sealed), Err(StoreError::Corrupt { .. })));
    }

    #[test]
    fn a_stamp_is_read_and_cannot_be_changed() {
        let mut sealed = key("a").seal_stamped("sent", b"f", 1_700_000_000, b"").unwrap();
        assert_eq!(key("a").open("sent", b"f", &sealed).unwrap().stamp, 1_700_000_000);
        sealed[5] ^= 1;
        assert!(key("a").open("sent", b"f", &sealed).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let sealed = key("a").seal("t", b"f", b"plain").unwrap();
        for end in 0..sealed.len() {
            assert!(key("a").open("t", b"f", &sealed[..end]).is_err());
        }
        for version in 0..=255 {
            assert!(key("a").open("t", b"f", &[version]).is_err());
        }
    }
}
