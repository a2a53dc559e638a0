//! By which addresses a message came. Callers name people by either of theirs, phone number or LID; WhatsApp wants the one
//! that its own stanza had.

use edgewire_contract::jid::Jid;
use edgewire_store::{DeviceStore, KeptRecord, StoreError};

/// A message of another, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// The chat's JID.
    pub chat: String,
    /// The writer's JID, without device.
    pub sender: String,
    /// The number of the writer's device, 0 where it is not known.
    pub device: u16,
    /// When, unix ms.
    pub at: i64,
}

/// How `kept` came, if it is in `chat` and, where that is said, of `sender`; `None` of ours.
///
/// # Errors
/// When Redis does not answer.
pub async fn came(
    store: &DeviceStore,
    kept: Option<KeptRecord>,
    chat: &Jid,
    sender: Option<&Jid>,
) -> Result<Option<Came>, StoreError> {
    let Some(KeptRecord { chat: its_chat, sender: Some(its_sender), device, at, .. }) = kept else {
        return Ok(None);
    };
    let of_sender = match sender {
        Some(sender) => same(store, sender, &its_sender).await?,
        None => true,
    };
    let it_is = of_sender && same(store, chat, &its_chat).await?;
    Ok(it_is.then(|| Came { chat: its_chat, sender: its_sender, device: device.unwrap_or(0), at }))
}

/// Whether `named` and `kept` are addresses of one person, or the same chat.
///
/// # Errors
/// When Redis does not answer.
pub async fn same(store: &DeviceStore, named: &Jid, kept: &str) -> Result<bool, StoreError> {
    if named.as_str() == kept {
        return Ok(true);
    }
    let others = store.other_addresses(&[named.to_string()]).await?;
    Ok(others.into_iter().flatten().any(|other| other == kept))
}
