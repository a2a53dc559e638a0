//! What is done to messages on the account's own devices, and messages that are asked for again.

use std::sync::Arc;

use edgewire_contract::command::{DeleteForMe, RequestHistory};
use edgewire_contract::jid::JidKind;
use serde_json::json;
use whatsapp_rust::features::{RetryRequestError, RetryRequestOptions, RetryRequestOutcome};
use whatsapp_rust::wacore::time::now_secs;
use whatsapp_rust::wacore_binary::Node;
use whatsapp_rust::{Client, Jid, NodeBuilder};

use super::errors::{CHAT, MESSAGE};
use super::jids::theirs;
use super::{Told, told};
use crate::wire::{AskError, Missed};

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

/// Asks the phone for the messages of a chat before one that is known: `{request_id}`.
pub(super) async fn request_history(client: &Arc<Client>, it: &RequestHistory) -> Told {
    let chat = theirs(&it.chat)?;
    let count = i32::try_from(it.count).unwrap_or(i32::MAX);
    let asked =
        client.fetch_message_history(&chat, it.message_id.as_str(), it.from_me, it.timestamp, count).await;
    let request_id = asked.map_err(|e| CHAT.chain(e.as_ref()))?;
    told(&json!({"request_id": request_id}))
}

/// Asks the writer of a message to send it once more.
pub(super) async fn request_retry(client: &Arc<Client>, missed: &Missed) -> Result<(), AskError> {
    let jid = |text: &str| -> Result<Jid, AskError> {
        text.parse().map_err(|_| AskError::Invalid("chat_jid", "is not an address that WhatsApp has".into()))
    };
    let node = as_it_came(missed, &jid(&missed.chat)?, &jid(&missed.sender)?.with_device(missed.device));
    let options = RetryRequestOptions::new().with_force_include_keys(true);
    match client.request_message_retry(&node.as_node_ref(), options).await {
        Ok(RetryRequestOutcome::Suppressed { .. }) => {
            Err(AskError::Invalid("chat_jid", "is a chat where nobody is asked to send again".into()))
        }
        Ok(RetryRequestOutcome::LimitReached) => Err(AskError::Exhausted(
            "the writer has been asked for this message as often as WhatsApp allows".into(),
        )),
        Ok(_) => Ok(()),
        Err(RetryRequestError::MissingLocalIdentity) => Err(AskError::NotConnected),
        Err(e) => Err(MESSAGE.chain(&e)),
    }
}

/// The stanza that the message came in, as far as its receipt needs it.
fn as_it_came(missed: &Missed, chat: &Jid, writer: &Jid) -> Node {
    let of_two = chat.is_pn() || chat.is_lid();
    let stanza = NodeBuilder::new("message")
        .attr("id", missed.id.as_str())
        .attr("from", if of_two { writer } else { chat })
        .attr("type", "text")
        .attr("t", (missed.at / 1000).to_string());
    if of_two { stanza.build() } else { stanza.attr("participant", writer).build() }
}

fn is_me(client: &Client, jid: &Jid) -> bool {
    let same = |me: Option<Jid>| me.is_some_and(|me| me.to_non_ad() == jid.to_non_ad());
    same(client.pn()) || same(client.lid())
}
