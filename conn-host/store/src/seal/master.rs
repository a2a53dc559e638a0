//! The deployment's master key, which wraps the key of every session, and its rotation.
//!
//! To rotate: give the new key as the current one and the old one among the previous ones. Each session's key is
//! wrapped anew when the session's store is next opened; when all have been, the old key can go.

use aes_gcm::Aes256Gcm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::ids::SessionId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{KEY_FIELD, KEY_TABLE, WRAPPED, cipher, corrupt, open, seal};
use crate::error::StoreError;

const ID: usize = 8;

/// A master key (`EDGEWIRE_MASTER_KEY`). Wiped when dropped; Debug shows its id only.
#[derive(Clone)]
pub struct MasterKey {
    key: Zeroizing<[u8; 32]>,
    /// The first bytes of the key's SHA-256.
    id: [u8; ID],
}

impl MasterKey {
    /// Reads 32 bytes in standard base64, as `openssl rand -base64 32` prints them. The error says what is wrong and
    /// repeats nothing of the text.
    pub fn from_base64(text: &str) -> Result<Self, StoreError> {
        let bad = |what: String| {
            StoreError::Setting(format!(
                "the master key must be 32 bytes in base64 (openssl rand -base64 32): {what}"
            ))
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(bad("it is empty".into()));
        }
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| bad("it is no base64".into()))?);
        let key: &[u8; 32] =
            bytes.as_slice().try_into().map_err(|_| bad(format!("it holds {} bytes", bytes.len())))?;
        if key.iter().all(|byte| byte == &key[0]) {
            return Err(bad("all its bytes are the same".into()));
        }
        Ok(Self::from_bytes(*key))
    }

    /// A key of known bytes.
    pub fn from_bytes(key: [u8; 32]) -> Self {
        let key = Zeroizing::new(key);
        let digest = Sha256::digest(key.as_slice());
        let mut id = [0; ID];
        id.copy_from_slice(&digest[..ID]);
        Self { key, id }
    }

    /// Names the key without telling it: the first 8 bytes of its SHA-256, hex.
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    fn cipher(&self) -> Aes256Gcm {
        cipher(&self.key)
    }

    /// Wraps a session's key.
    pub(super) fn wrap(&self, session: &SessionId, key: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let mut header = vec![WRAPPED];
        header.extend_from_slice(&self.id);
        seal(&self.cipher(), header, &bind(session), key)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The master key that wraps, and the older ones that may still open.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// Wraps everything from now on.
    pub current: MasterKey,
    /// Open what they wrapped, which is then wrapped anew.
    pub previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// One key, never rotated.
    pub fn new(current: MasterKey) -> Self {
        Self { current, previous: Vec::new() }
    }

    /// Opens a wrapped key, and says whether the current master key had wrapped it.
    pub(super) fn unwrap(
        &self,
        session: &SessionId,
        wrapped: &[u8],
    ) -> Result<(Zeroizing<[u8; 32]>, bool), StoreError> {
        let bad = || corrupt(KEY_TABLE, KEY_FIELD);
        let (id, rest) = wrapped
            .strip_prefix(&[WRAPPED])
            .and_then(|rest| rest.split_first_chunk::<ID>())
            .ok_or_else(bad)?;
        let master =
            std::iter::once(&self.current).chain(&self.previous).find(|key| &key.id == id).ok_or_else(|| {
                StoreError::Sealed(format!(
                    "the keys of session {session} are sealed under master key {}, but EDGEWIRE_MASTER_KEY is {} \
                     (and {} older keys were given): give the key that they were sealed under as a previous one",
                    hex(id),
                    self.current.id(),
                    self.previous.len(),
                ))
            })?;
        let plain = Zeroizing::new(open(&master.cipher(), &bind(session), rest).ok_or_else(bad)?);
        let key: &[u8; 32] = plain.as_slice().try_into().map_err(|_| bad())?;
        Ok((Zeroizing::new(*key), master.id == self.current.id))
    }
}

/// What a wrapped key is bound to.
fn bind(session: &SessionId) -> Vec<u8> {
    [&[WRAPPED], session.as_str().as_bytes(), &[0], KEY_TABLE.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SessionId {
        SessionId::parse("main").unwrap()
    }

    #[test]
    fn a_bad_key_is_explained_and_not_repeated() {
        for (text, what) in [
            ("", "empty"),
            ("s3cret!", "no base64"),
            ("c2hvcnQ=", "5 bytes"),
            (&"A".repeat(44)[..43], "base64"),
        ] {
            let error = MasterKey::from_base64(text).unwrap_err().to_string();
            assert!(error.contains(what) && !error.contains("s3cret"), "{error}");
        }
        assert!(MasterKey::from_base64(&STANDARD.encode([0; 32])).is_err());
        let mut key = [0; 32];
        key[0] = 1;
        let text = STANDARD.encode(key);
        let key = MasterKey::from_base64(&format!(" {text}\n")).unwrap();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert_eq!(key.id().len(), 16);
    }

    #[test]
    fn an_older_key_still_opens() {
        let (old, new) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
        let wrapped = old.wrap(&session(), &[9; 32]).unwrap();
        let both = MasterKeys { current: new.clone(), previous: vec![old.clone()] };
        let (key, is_current) = both.unwrap(&session(), &wrapped).unwrap();
        assert_eq!((*key, is_current), ([9; 32], false));
        let error = MasterKeys::new(new).unwrap(&session(), &wrapped).unwrap_err();
        assert!(matches!(&error, StoreError::Sealed(text) if text.contains(&old.id())), "{error}");
        let other = SessionId::parse("other").unwrap();
        assert!(matches!(both.unwrap(&other, &wrapped), Err(StoreError::Corrupt { .. })));
    }
}
