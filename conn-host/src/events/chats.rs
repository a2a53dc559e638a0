//! What the account does to its chats: reading, marking as unread, archiving; on its phone, another device, or over us.

use edgewire_contract::event::Party;
use edgewire_store::{DeviceStore, StoreError};

use super::people::{Hint, People};

/// Something that the account did to a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatDeed {
    /// Which chat.
    pub chat: Hint,
    /// What it did.
    pub deed: Deed,
}

/// What the account did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It read the chat.
    Read {
        /// Up to the newest of these messages, where they are kept.
        ids: Vec<String>,
        /// Else up to this time, unix ms; `None` where nobody knows.
        at: Option<i64>,
    },
    /// It marked the chat as unread.
    MarkUnread,
    /// It put the chat into its archive, or took it out.
    Archive(bool),
}

/// Keeps what the account did, in `store`, for `ttl_seconds` as messages.
///
/// # Errors
/// When Redis does not answer; `Fenced` when the shard is another's.
pub async fn keep(
    store: &DeviceStore,
    people: &People,
    did: ChatDeed,
    ttl_seconds: u64,
) -> Result<(), StoreError> {
    let (mut chat, mut up_to) = (did.chat, None);
    if let Deed::Read { ids, at } = &did.deed {
        let mut newest = None;
        for id in ids {
            let kept = store.kept_message(id).await?;
            newest = newest.max(kept.map(|kept| (kept.at, kept.chat)));
        }
        match newest {
            Some((at, of)) => (up_to, chat) = (Some(at), (of, None)),
            None => up_to = *at,
        }
        if up_to.is_none() {
            return Ok(());
        }
    }
    let known = people.know([chat.clone()]).await?;
    let chat = known.party(&chat.0);
    let addresses = addresses(&chat);
    if let Deed::Archive(archived) = did.deed {
        return store.archive_chat(&addresses, archived).await;
    }
    // What came before its number was known stands under its LID until the next message.
    for address in addresses {
        store.read_chat(address, up_to, ttl_seconds).await?;
    }
    Ok(())
}

/// The addresses that `chat` goes by, or may have gone by; the one that it does first.
fn addresses(chat: &Party) -> Vec<&str> {
    let lid = chat.lid.as_deref().filter(|lid| *lid != chat.jid);
    std::iter::once(chat.jid.as_str()).chain(lid).collect()
}
