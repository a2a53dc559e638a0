//! What others see of the account.

use edgewire_contract::command::{SetPresence, Typing, TypingState, WatchPresence};
use whatsapp_rust::{ChatStateType, Client, PresenceStatus};

use super::Told;
use super::errors::{CHAT, about};
use super::jids::theirs;

/// Shows the account as online, or not.
pub(super) async fn set(client: &Client, it: &SetPresence) -> Told {
    let status = if it.available { PresenceStatus::Available } else { PresenceStatus::Unavailable };
    client.presence().set(status).await.map_err(|e| about("presence", "presence").presence(e))?;
    Ok(None)
}

/// Shows a chat's others that the account writes, records, or neither.
pub(super) async fn typing(client: &Client, it: &Typing) -> Told {
    let state = match it.state {
        TypingState::Composing => ChatStateType::Composing,
        TypingState::Recording => ChatStateType::Recording,
        TypingState::Paused => ChatStateType::Paused,
    };
    let chat = theirs(&it.chat)?;
    client.chatstate().send(&chat, state).await.map_err(|e| CHAT.typing(e))?;
    Ok(None)
}

/// Has somebody's presence told, or no longer. WhatsApp tells it only while the account itself is shown as online.
pub(super) async fn watch(client: &Client, it: &WatchPresence) -> Told {
    let jid = theirs(&it.jid)?;
    let presence = client.presence();
    let done = if it.watch { presence.subscribe(jid).await } else { presence.unsubscribe(&jid).await };
    done.map_err(|e| about("presence", "jid").presence(e))?;
    Ok(None)
}
