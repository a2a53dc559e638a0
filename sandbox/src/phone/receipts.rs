//! What a phone says about the messages it got: there, read, played, unreadable.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::Received;
use crate::areas::{keys, receipts};
use crate::stanza::{StanzaExt, bytes};
use crate::state::{Addr, World};

/// How often a phone asks for one message; then it is lost.
const MOST_TRIES: u32 = 5;

/// From this try on the keys for a new session come along.
const WITH_KEYS: u32 = 2;

/// The kinds of receipts a phone sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is on the phone.
    Delivery,
    /// It is on a device that is not in use.
    Inactive,
    /// It was read.
    Read,
    /// A voice message was listened to, a picture for one look was looked at.
    Played,
    /// Read, and only the account's own devices are told.
    ReadSelf,
    /// Played, and only the account's own devices are told.
    PlayedSelf,
    /// The file that came with it cannot be loaded.
    ServerError,
    /// It cannot be read; the sender is to send it again.
    Retry,
}

impl Kind {
    /// The `type` of the receipt; a delivery has none.
    fn wire(self) -> Option<&'static str> {
        match self {
            Kind::Delivery => None,
            Kind::Inactive => Some("inactive"),
            Kind::Read => Some("read"),
            Kind::Played => Some("played"),
            Kind::ReadSelf => Some("read-self"),
            Kind::PlayedSelf => Some("played-self"),
            Kind::ServerError => Some("server-error"),
            Kind::Retry => Some("retry"),
        }
    }
}

/// Sends one receipt for these messages: they are of one chat and, in a group, of one author.
pub fn send(world: &mut World, own: &Addr, ids: &[String], kind: Kind, count: u32) -> Result<()> {
    let account = world.accounts.get(&own.phone).context("no such account")?;
    let find = |id: &String| {
        let found = account.virtual_phone.received.iter().rev().find(|m| m.id == *id && !m.from_me);
        found.cloned().with_context(|| format!("this account has received no message {id}"))
    };
    let messages: Vec<Received> = ids.iter().map(find).collect::<Result<_>>()?;
    let (first, rest) = messages.split_first().context("no message is named")?;
    if rest.iter().any(|other| (&other.chat, &other.from) != (&first.chat, &first.from)) {
        bail!("one receipt is for messages of one chat and one author");
    }
    let node = as_received(world, first);
    if kind == Kind::Retry {
        for message in &messages {
            let node = as_received(world, message);
            if let Some(account) = world.accounts.get_mut(&own.phone) {
                account.virtual_phone.asked_again.insert(message.id.clone(), count.saturating_sub(1));
            }
            ask_again(world, own, &node);
        }
        return Ok(());
    }
    let listed: Vec<&str> = rest.iter().map(|message| message.id.as_str()).collect();
    tell(world, own, &node, kind.wire(), &listed);
    Ok(())
}

/// The envelope of a message, as its receipt needs it.
fn as_received(world: &World, message: &Received) -> Node {
    let sender = Addr::new(&*message.from, message.device);
    let space = if message.addressing == "lid" { Server::Lid } else { Server::Pn };
    let sender = world.jid_like(&sender, space);
    let node = NodeBuilder::new("message").attr("id", message.id.as_str()).attr("t", message.timestamp);
    match message
        .chat
        .parse::<Jid>()
        .ok()
        .filter(|chat| matches!(chat.server, Server::Group | Server::Broadcast))
    {
        Some(chat) => node.attr("from", chat).attr("participant", sender),
        None => node.attr("from", sender),
    }
    .build()
}

/// Sends a receipt for a message as it was received: to its sender, in its address space.
pub fn answer(world: &mut World, own: &Addr, message: &Node, kind: Option<&'static str>) {
    tell(world, own, message, kind, &[]);
}

fn tell(world: &mut World, own: &Addr, message: &Node, kind: Option<&'static str>, listed: &[&str]) {
    let (Some(from), Some(id)) = (message.jid("from"), message.text("id")) else { return };
    let mut receipt = NodeBuilder::new("receipt").attr("id", id.as_str()).attr("to", from.clone());
    if let Some(kind) = kind {
        receipt = receipt.attr("type", kind);
    }
    if let Some(participant) = message.jid("participant") {
        receipt = receipt.attr("participant", participant);
    }
    if !listed.is_empty() {
        let items = listed.iter().map(|id| NodeBuilder::new("item").attr("id", *id).build());
        receipt = receipt.children([NodeBuilder::new("list").children(items).build()]);
    }
    let ids: Vec<String> = listed.iter().map(|id| (*id).to_owned()).chain([id]).collect();
    let receipt = receipt.build();
    match kind {
        Some("read-self" | "played-self") => receipts::tell_own(world, own, &receipt),
        _ => receipts::route(world, own, &from, &receipt, &ids),
    }
}

/// The phone could not read a message: it drops the session and asks the sender to encrypt it anew. Only contacts do:
/// what a phone with clients cannot read is its clients' business.
pub fn ask_again(world: &mut World, own: &Addr, node: &Node) {
    let (Some(from), Some(id)) = (node.jid("from"), node.text("id")) else { return };
    let author = node.jid("participant").unwrap_or_else(|| from.clone());
    let Some(sender) = world.addr_of(&author) else { return };
    let Some(account) = world.accounts.get_mut(&own.phone) else { return };
    if !account.is_contact() {
        return;
    }
    let asked = account.virtual_phone.asked_again.entry(id.clone()).or_default();
    *asked += 1;
    let count = *asked;
    if count > MOST_TRIES {
        return;
    }
    account.virtual_phone.forget_session(&sender);
    let registration = account.virtual_phone.identities.registration_id.to_be_bytes();
    let retry = NodeBuilder::new("retry")
        .attr("count", count)
        .attr("id", id.as_str())
        .attr("t", node.text("t").unwrap_or_default())
        .attr("v", 1)
        .build();
    let keys = (count >= WITH_KEYS).then(|| keys::keys_node(world, own)).flatten();
    let mut receipt = NodeBuilder::new("receipt")
        .attr("id", id.as_str())
        .attr("to", from.clone())
        .attr("type", "retry")
        .children([retry, bytes("registration", registration)].into_iter().chain(keys));
    if let Some(participant) = node.jid("participant") {
        receipt = receipt.attr("participant", participant);
    }
    receipts::route(world, own, &from, &receipt.build(), &[]);
}
