//! What is done to messages on the account's own devices.

use edgewire_contract::command::DeleteForMe;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::wacore::time::now_secs;
use whatsapp_rust::{Client, Jid};

use super::Told;
use super::errors::CHAT;
use super::jids::theirs;

/// Deletes a message on the account's own devices; files that a phone has saved stay.
///
/// The time of the message is told, too. Nobody here knows it, and the devices find the message by its key: now will do.
pub(super) async fn delete_for_me(client: &Client, it: &DeleteForMe) -> Told {
    let chat = theirs(&it.chat)?;
    let sender = it.sender.as_ref().map(theirs).transpose()?;
    let from_me = sender.as_ref().is_none_or(|sender| is_me(client, sender));
    // Only in a group does the key name who wrote it.
    let participant = sender.filter(|_| !from_me && it.chat.kind() == JidKind::Group);
    client
        .chat_actions()
        .delete_message_for_me(
            &chat,
            participant.as_ref(),
            it.message_id.as_str(),
            from_me,
            false,
            Some(now_secs()),
        )
        .await
        .map_err(|e| CHAT.at("messageId").app_state(e))?;
    Ok(None)
}

fn is_me(client: &Client, jid: &Jid) -> bool {
    let same = |me: Option<Jid>| me.is_some_and(|me| me.to_non_ad() == jid.to_non_ad());
    same(client.pn()) || same(client.lid())
}
