//! What happens when something reaches a virtual phone.
//!
//! It decrypts, remembers, and - when the account is a contact, that is when no client is linked to it - answers as a
//! person's phone would: delivery at once, read and a reply if the account is set so.

use anyhow::{Context, Result};
use buffa::Message;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

use super::Received;
use super::{compose, outbox, peer, receipts};
use crate::areas::messages;
use crate::stanza::StanzaExt;
use crate::state::blob::Blob;
use crate::state::{Addr, World};

/// Everything an answer needs to know about a message that was read.
struct Opened {
    sender: Addr,
    sender_jid: Jid,
    content: wa::Message,
    from_me: bool,
}

/// A message for this phone. True when it could be read.
pub fn message(world: &mut World, own: &Addr, node: &Node) -> bool {
    match open(world, own, node) {
        Ok(Some(opened)) => {
            react(world, own, node, opened);
            true
        }
        Ok(None) => true,
        Err(error) => {
            tracing::warn!("a virtual phone could not read a message: {error:#}");
            receipts::ask_again(world, own, node);
            false
        }
    }
}

fn open(world: &mut World, own: &Addr, node: &Node) -> Result<Option<Opened>> {
    let chat = node.jid("from").context("no from")?;
    let in_group = matches!(chat.server, Server::Group | Server::Broadcast);
    let sender_jid = if in_group { node.jid("participant").context("no participant")? } else { chat.clone() };
    let sender = world.addr_of(&sender_jid).context("an unknown sender")?;
    let account = world.accounts.get_mut(&own.phone).context("no account")?;
    let phone = &mut account.virtual_phone;
    let group = chat.to_non_ad_string();
    let mut content = None;
    for enc in node.get_children_by_tag("enc") {
        let bytes = enc.body().context("an empty enc")?;
        let kind = enc.text("type").unwrap_or_default();
        let plain = match kind.as_str() {
            "skmsg" => phone.open_group(&group, &sender, &bytes)?,
            kind => phone.open(&sender, kind, &bytes)?,
        };
        let decoded = wa::Message::decode_from_slice(plain.as_slice())?;
        if let Some(key) = decoded.sender_key_distribution_message.as_option()
            && let Some(distribution) = &key.axolotl_sender_key_distribution_message
        {
            phone.learn_sender_key(&group, &sender, distribution)?;
        }
        if kind == "skmsg" || !in_group || content.is_none() {
            content = Some(decoded);
        }
    }
    world.touch();
    let Some(content) = content else { return Ok(None) };
    Ok(Some(Opened { from_me: sender.phone == own.phone, sender, sender_jid, content }))
}

fn react(world: &mut World, own: &Addr, node: &Node, opened: Opened) {
    let Opened { sender, sender_jid, content, from_me } = opened;
    if from_me && peer::asked(world, own, node, &sender_jid, &content) {
        return;
    }
    if node.text("category").as_deref() == Some("peer") {
        return;
    }
    let from = node.jid("from").unwrap_or_default();
    let in_group = matches!(from.server, Server::Group | Server::Broadcast);
    let (chat_jid, content) = match content.device_sent_message.as_option() {
        Some(sent) => {
            let destination = sent.destination_jid.as_deref().and_then(|jid| jid.parse::<Jid>().ok());
            let inner = sent.message.as_option().cloned().unwrap_or_default();
            (destination.or_else(|| node.jid("recipient")).unwrap_or(from.clone()), inner)
        }
        None => (from.clone(), content),
    };
    let text = text_of(&content);
    let received = Received {
        id: node.text("id").unwrap_or_default(),
        from: sender.phone.clone(),
        device: sender.device,
        chat: messages::chat_of(world, &chat_jid),
        text: text.clone(),
        timestamp: node.text("t").and_then(|t| t.parse().ok()).unwrap_or_default(),
        from_me,
        message: serde_json::to_value(&content).unwrap_or_default(),
        content: Blob(content.encode_to_vec()),
        addressing: if sender_jid.server == Server::Lid { "lid" } else { "pn" },
    };
    let Some(account) = world.accounts.get_mut(&own.phone) else { return };
    let is_key_only = content.sender_key_distribution_message.is_set() && text.is_none() && in_group;
    if !is_key_only {
        account.virtual_phone.remember(received.clone());
    }
    if from_me || !account.is_contact() {
        return;
    }
    let auto_delivery = account.auto_delivery;
    let (auto_read, echo) = (account.auto_read, account.auto_reply.as_deref() == Some("echo"));
    if auto_delivery {
        receipts::answer(world, own, node, None);
    }
    if auto_read {
        receipts::answer(world, own, node, Some("read"));
    }
    // Only clients are answered: two contacts would talk for ever.
    let by_client = world.accounts.get(&sender.phone).is_some_and(|a| !a.is_contact());
    if let Some(text) = text.filter(|_| echo && by_client) {
        let to = if in_group { from.to_non_ad_string() } else { sender.phone.clone() };
        let reply = outbox::Outgoing {
            to,
            content: compose::text(format!("echo: {text}")),
            id: None,
            lid: sender_jid.server == Server::Lid,
            ..Default::default()
        };
        if let Err(error) = outbox::send_message(world, &own.phone, reply) {
            tracing::warn!("an automatic reply: {error:#}");
        }
    }
}

/// A receipt that reached this phone: only a retry has a consequence.
pub fn receipt(world: &mut World, own: &Addr, from: &Addr, node: &Node) {
    if node.text("type").as_deref() != Some("retry") {
        return;
    }
    let Some(id) = node.text("id") else { return };
    if let Err(error) = outbox::resend(world, own, from, &id) {
        tracing::warn!("a resend: {error:#}");
    }
}

fn text_of(content: &wa::Message) -> Option<String> {
    content
        .conversation
        .clone()
        .or_else(|| content.extended_text_message.as_option().and_then(|m| m.text.clone()))
        .filter(|text| !text.is_empty())
}
