//! Encrypting for, and decrypting from, one device or one group.
//!
//! The Signal library is asynchronous because stores may be; ours never wait, so each call is driven to its end at once.

use anyhow::{Context, Result, anyhow, bail};
use futures::FutureExt;
use wacore::libsignal::protocol::{
    CiphertextMessage, IdentityKey, PreKeyBundle, PreKeySignalMessage, ProtocolAddress, PublicKey,
    SenderKeyDistributionMessage, SenderKeyName, SignalMessage, UsePQRatchet,
    create_sender_key_distribution_message, group_decrypt, group_encrypt, message_decrypt, message_encrypt,
    process_prekey_bundle, process_sender_key_distribution_message,
};
use wacore::messages::MessageUtils;

use super::Phone;
use crate::state::Addr;

/// A device's public keys as one asks the server for them.
pub struct Bundle {
    /// Its registration id.
    pub registration_id: u32,
    /// Its identity key.
    pub identity: Vec<u8>,
    /// Signed prekey: id, key, signature.
    pub signed: (u32, Vec<u8>, Vec<u8>),
    /// A one-time prekey, if there are any left.
    pub one_time: Option<(u32, Vec<u8>)>,
}

/// One encrypted message: `pkmsg`, `msg` or `skmsg`, and its bytes.
pub struct Sealed {
    /// The `type` of the `<enc>`.
    pub kind: &'static str,
    /// The ciphertext.
    pub bytes: Vec<u8>,
}

fn address(device: &Addr) -> ProtocolAddress {
    ProtocolAddress::new(&device.phone, u32::from(device.device).into())
}

fn now_or_fail<T, E: Into<anyhow::Error>>(
    future: impl Future<Output = std::result::Result<T, E>>,
) -> Result<T> {
    future.now_or_never().context("an in-memory store made a Signal call wait")?.map_err(Into::into)
}

impl Phone {
    /// Whether a bundle is needed before encrypting for this device.
    pub fn needs_bundle(&self, device: &Addr) -> bool {
        !self.sessions.has(&address(device))
    }

    /// Drops the session with a device that could not read us.
    pub fn forget_session(&mut self, device: &Addr) {
        self.sessions.forget(&address(device));
    }

    /// Encrypts an encoded, padded message; `bundle` opens a session when there is none.
    pub fn seal(&mut self, device: &Addr, padded: &[u8], bundle: Option<Bundle>) -> Result<Sealed> {
        let remote = address(device);
        if let Some(bundle) = bundle {
            let key = |bytes: &[u8]| PublicKey::from_djb_public_key_bytes(bytes);
            let one_time = match &bundle.one_time {
                Some((id, public)) => Some(((*id).into(), key(public)?)),
                None => None,
            };
            let bundle = PreKeyBundle::new(
                bundle.registration_id,
                u32::from(device.device).into(),
                one_time,
                bundle.signed.0.into(),
                key(&bundle.signed.1)?,
                bundle.signed.2.clone(),
                IdentityKey::new(key(&bundle.identity)?),
            )?;
            now_or_fail(process_prekey_bundle(
                &remote,
                &mut self.sessions,
                &mut self.identities,
                &bundle,
                &mut rand::rng(),
                UsePQRatchet::No,
            ))?;
        }
        let sealed = now_or_fail(message_encrypt(padded, &remote, &mut self.sessions, &mut self.identities))?;
        match sealed {
            CiphertextMessage::PreKeySignalMessage(m) => {
                Ok(Sealed { kind: "pkmsg", bytes: m.serialized().to_vec() })
            }
            CiphertextMessage::SignalMessage(m) => Ok(Sealed { kind: "msg", bytes: m.serialized().to_vec() }),
            other => bail!("unexpected ciphertext {:?}", other.message_type()),
        }
    }

    /// Decrypts a `pkmsg` or `msg`; the padding is taken off.
    pub fn open(&mut self, device: &Addr, kind: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let message = match kind {
            "pkmsg" => CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(bytes)?),
            "msg" => CiphertextMessage::SignalMessage(SignalMessage::try_from(bytes)?),
            other => bail!("not a message for one device: {other}"),
        };
        let opened = now_or_fail(message_decrypt(
            &message,
            &address(device),
            &mut self.sessions,
            &mut self.identities,
            &mut self.one_time,
            &self.signed,
            &mut rand::rng(),
            UsePQRatchet::No,
        ))?;
        if let CiphertextMessage::PreKeySignalMessage(m) = &message
            && let Some(id) = m.pre_key_id()
        {
            self.one_time.used(id.into());
        }
        unpad(&opened.plaintext)
    }

    /// Encrypts a group message with this phone's own sender key.
    pub fn seal_for_group(&mut self, group: &str, own: &Addr, padded: &[u8]) -> Result<Sealed> {
        let name = sender_key_name(group, own);
        let message = now_or_fail(group_encrypt(&mut self.sender_keys, &name, padded, &mut rand::rng()))?;
        Ok(Sealed { kind: "skmsg", bytes: message.serialized().to_vec() })
    }

    /// The distribution message of this phone's sender key, made when there is none.
    pub fn sender_key_distribution(&mut self, group: &str, own: &Addr) -> Result<Vec<u8>> {
        let name = sender_key_name(group, own);
        let message = now_or_fail(create_sender_key_distribution_message(
            &name,
            &mut self.sender_keys,
            &mut rand::rng(),
        ))?;
        Ok(message.serialized().to_vec())
    }

    /// Starts a new chain at the next group message: someone left, or could not read us.
    pub fn forget_sender_key(&mut self, group: &str, own: &Addr) {
        self.sender_keys.forget(&sender_key_name(group, own));
        self.key_holders.remove(group);
    }

    /// Learns a peer's sender key.
    pub fn learn_sender_key(&mut self, group: &str, sender: &Addr, distribution: &[u8]) -> Result<()> {
        let message = SenderKeyDistributionMessage::try_from(distribution)?;
        let name = sender_key_name(group, sender);
        now_or_fail(process_sender_key_distribution_message(&name, &message, &mut self.sender_keys))
    }

    /// Decrypts a `skmsg`; the padding is taken off.
    pub fn open_group(&mut self, group: &str, sender: &Addr, bytes: &[u8]) -> Result<Vec<u8>> {
        let name = sender_key_name(group, sender);
        unpad(&now_or_fail(group_decrypt(bytes, &mut self.sender_keys, &name))?)
    }
}

fn sender_key_name(group: &str, sender: &Addr) -> SenderKeyName {
    SenderKeyName::new(group.to_owned(), address(sender).as_str().to_owned())
}

fn unpad(plaintext: &[u8]) -> Result<Vec<u8>> {
    MessageUtils::unpad_message_ref(plaintext, 2)
        .map(<[u8]>::to_vec)
        .map_err(|error| anyhow!("the padding is wrong: {error}"))
}
