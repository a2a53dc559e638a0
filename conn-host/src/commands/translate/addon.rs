//! What is encrypted under another message's secret: votes, and what is said in a community's announcement group.
//!
//! The library does the same with a random nonce. Here the nonce follows from the command's own secret, so that every try
//! of a command is the same message; two commands never share one, and a command has one plaintext.

use edgewire_contract::fault::Fault;
use sha2::{Digest as _, Sha256};
use whatsapp_rust::wacore::libsignal::crypto::aes_256_gcm_encrypt;
use whatsapp_rust::wacore::secret_enc_addon::{
    AadMode, AddonContext, ModificationType, derive_use_case_secret,
};

use super::given::{Author, Given};

/// What is encrypted, and its nonce.
pub(super) struct Sealed {
    /// 12 bytes.
    pub iv: Vec<u8>,
    /// With the tag.
    pub payload: Vec<u8>,
}

/// Who did what to which message.
pub(super) struct Addon<'a> {
    /// What is done.
    pub what: ModificationType,
    /// The message that it is done to.
    pub id: &'a str,
    /// Who wrote that.
    pub author: &'a str,
    /// Who does it, by an address of the same kind as the author's.
    pub actor: &'a str,
}

/// Encrypts `plain` under `secret`, the other message's.
pub(super) fn seal(
    given: &Given<'_>,
    addon: &Addon<'_>,
    secret: &[u8],
    plain: &[u8],
) -> Result<Sealed, Fault> {
    let context = AddonContext {
        stanza_id: addon.id,
        parent_msg_original_sender: addon.author,
        modification_sender: addon.actor,
        modification_type: addon.what,
    };
    let key = derive_use_case_secret(secret, &context).map_err(|_| Fault::internal())?;
    let aad = match addon.what.aad_mode() {
        AadMode::Empty => Vec::new(),
        AadMode::StanzaAndSender => [addon.id.as_bytes(), &[0], addon.actor.as_bytes()].concat(),
    };
    let digest =
        Sha256::new().chain_update(b"Edgewire addon nonce").chain_update(given.send.secret.0).finalize();
    let mut iv = [0; 12];
    iv.copy_from_slice(&digest[..12]);
    let mut payload = Vec::with_capacity(plain.len() + 16);
    aes_256_gcm_encrypt(&key, &iv, &aad, plain, &mut payload).map_err(|_| Fault::internal())?;
    Ok(Sealed { iv: iv.to_vec(), payload })
}

/// The author's and our own address, of one kind: one in each would make a key that nobody else derives. `ours` is how
/// we are known in the chat.
pub(super) fn pair(given: &Given<'_>, author: &Author) -> Result<(String, String), Fault> {
    let own = |own: Option<String>| own.ok_or_else(Fault::internal);
    match author {
        Author::Other(jid) => Ok((jid.clone(), own(given.own(jid.ends_with("@lid")))?)),
        Author::Us => {
            let ours = own(given.own_here())?;
            Ok((ours.clone(), ours))
        }
    }
}
