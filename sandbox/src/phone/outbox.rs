//! What a virtual phone sends to people and groups, and sends again when a device could not read it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use buffa::MessageField;
use wacore::messages::MessageUtils;
use wacore::send::{media_type_from_message, stanza_type_from_message};
use wacore::types::message::EditAttribute;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

use super::cipher::Sealed;
use super::trouble::{self, Trouble};
use crate::areas::{keys, messages, privacy};
use crate::state::conduct::Resend;
use crate::state::{Addr, World};

/// A message to be sent.
#[derive(Default)]
pub struct Outgoing {
    /// A phone number, or any address.
    pub to: String,
    /// What it says.
    pub content: wa::Message,
    /// The message id; made up when there is none.
    pub id: Option<String>,
    /// Whether to write from the account's LID instead of its phone number.
    pub lid: bool,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// Who sees it, when it is a status: phone numbers, everybody with a client when there is none.
    pub audience: Option<Vec<String>>,
}

/// How many sent messages a phone can send again when asked.
const RESENDABLE: usize = 500;

/// A message that may have to be sent again.
#[derive(Clone)]
pub struct Sent {
    /// The stanza id.
    pub id: String,
    /// Where it went.
    pub chat: Jid,
    /// The address space it was written from.
    pub space: Server,
    /// What it said.
    pub content: wa::Message,
    /// When, unix seconds.
    pub timestamp: i64,
    /// What is wrong with it for linked devices; phones get it as it is.
    pub trouble: Option<Trouble>,
    /// Who sees it, when it is a status.
    pub audience: Option<Vec<String>>,
}

/// Sends a message to everybody it concerns; returns its id.
pub fn send_message(world: &mut World, from: &str, outgoing: Outgoing) -> Result<String> {
    let chat = parse_target(&outgoing.to)?;
    let id = outgoing.id.unwrap_or_else(fresh_id);
    let space = if outgoing.lid { Server::Lid } else { Server::Pn };
    let timestamp = world.now();
    let Outgoing { content, trouble, audience, .. } = outgoing;
    send(world, from, Sent { id: id.clone(), chat, space, content, timestamp, trouble, audience })?;
    Ok(id)
}

/// A message id in the shape that clients make.
pub fn fresh_id() -> String {
    format!("3EB0{}", hex::encode_upper(rand::random::<[u8; 9]>()))
}

/// A phone number or any address.
pub fn parse_target(to: &str) -> Result<Jid> {
    if to.contains('@') {
        return to.parse().map_err(|_| anyhow::anyhow!("`to` is not an address"));
    }
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        bail!("`to` is neither a phone number nor an address");
    }
    Ok(Jid::pn(digits.as_str()))
}

fn send(world: &mut World, from: &str, sent: Sent) -> Result<()> {
    let own = Addr::new(from, 0);
    let account = world.accounts.get_mut(from).context("no such account")?;
    account.virtual_phone.sent.push_back(sent.clone());
    while account.virtual_phone.sent.len() > RESENDABLE {
        account.virtual_phone.sent.pop_front();
    }
    let chat = messages::chat_of(world, &sent.chat);
    let (key, _) = world.relay.see(&own, &chat, &sent.id);
    if let Some(entry) = world.relay.entry(&key) {
        entry.acked += 1;
    }
    match sent.chat.server {
        Server::Group | Server::Broadcast => send_to_group(world, &own, &sent, &key),
        _ => send_direct(world, &own, &sent, &key),
    }
}

fn send_direct(world: &mut World, own: &Addr, sent: &Sent, key: &str) -> Result<()> {
    let peer = world.account_of(&sent.chat).context("the recipient is not on WhatsApp")?;
    let chat = if sent.space == Server::Lid { peer.lid_jid() } else { peer.pn_jid() };
    let mut targets = peer.all_devices();
    let siblings = world.accounts.get(&own.phone).map(|a| a.all_devices()).unwrap_or_default();
    targets.extend(siblings);
    let targets: BTreeSet<Addr> = targets.into_iter().filter(|target| target != own).collect();
    for target in targets {
        if privacy::blocks(world, &target.phone, &own.phone) {
            continue;
        }
        let sealed = seal_direct(world, own, &target, &chat, &sent.content)?;
        let Some(sealed) = sealed else { continue };
        let body = trouble::body(world, &target, sent, enc(sealed, &sent.content, None));
        let children = [body].into_iter().chain(trouble::beside(&target, sent)).collect();
        let node = direct_node(world, own, &target, &chat, sent, children);
        messages::deliver(world, &target, node, Some(key.to_owned()));
    }
    Ok(())
}

/// `None` when the device has no keys on the server yet.
fn seal_direct(
    world: &mut World,
    own: &Addr,
    target: &Addr,
    chat: &Jid,
    content: &wa::Message,
) -> Result<Option<Sealed>> {
    let padded = if target.phone == own.phone {
        MessageUtils::encode_and_pad(&wa::Message {
            device_sent_message: MessageField::some(wa::message::DeviceSentMessage {
                destination_jid: Some(chat.to_string()),
                message: MessageField::some(content.clone()),
                ..Default::default()
            }),
            ..Default::default()
        })
    } else {
        MessageUtils::encode_and_pad(content)
    };
    seal(world, own, target, &padded)
}

/// Encrypts for one device, over a new session when there is none; `None` when it has no keys on the server yet.
pub fn seal(world: &mut World, own: &Addr, target: &Addr, padded: &[u8]) -> Result<Option<Sealed>> {
    let needs = world.accounts.get(&own.phone).context("no account")?.virtual_phone.needs_bundle(target);
    let bundle = if needs { keys::take_bundle(world, target) } else { None };
    if needs && bundle.is_none() {
        tracing::warn!(device = target.device, "a device has no keys yet; it misses this message");
        return Ok(None);
    }
    let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
    phone.seal(target, padded, bundle).map(Some)
}

/// The `<enc>` around a ciphertext; a resend has a `count`.
pub fn enc(sealed: Sealed, content: &wa::Message, count: Option<u32>) -> Node {
    let mut enc = NodeBuilder::new("enc").attr("v", 2).attr("type", sealed.kind);
    if let Some(kind) = media_type_from_message(content) {
        enc = enc.attr("mediatype", kind);
    }
    if let Some(count) = count {
        enc = enc.attr("count", count);
    }
    enc.bytes(sealed.bytes).build()
}

fn message_builder(world: &World, own: &Addr, sent: &Sent) -> NodeBuilder {
    let name = world.accounts.get(&own.phone).map(|a| a.push_name.clone()).unwrap_or_default();
    let node = NodeBuilder::new("message")
        .attr("id", sent.id.as_str())
        .attr("type", stanza_type_from_message(&sent.content))
        .attr("t", world.now())
        .attr("notify", name);
    match EditAttribute::infer_from_message(&sent.content) {
        Some(edit) => node.attr("edit", edit.to_string_val()),
        None => node,
    }
}

fn direct_node(
    world: &World,
    own: &Addr,
    target: &Addr,
    chat: &Jid,
    sent: &Sent,
    children: Vec<Node>,
) -> Node {
    let mut node = message_builder(world, own, sent).attr("from", world.jid_like(own, sent.space));
    if target.phone == own.phone {
        if let Some((name, other)) = crate::areas::messages::other_address(world, chat) {
            node = node.attr(name, other);
        }
        node = node.attr("recipient", chat.clone());
    } else {
        let other = if sent.space == Server::Lid { "sender_pn" } else { "sender_lid" };
        node = node.attr(other, world.jid_unlike(own, sent.space));
    }
    node.children(children).build()
}

/// Whose devices get a message to a group or a status, the sender's own included.
fn audience(world: &World, own: &Addr, sent: &Sent) -> Result<Vec<String>> {
    if sent.chat.server == Server::Broadcast {
        let with_clients = || world.accounts.values().filter(|a| !a.is_contact()).map(|a| a.phone.clone());
        let mut phones = sent.audience.clone().unwrap_or_else(|| with_clients().collect());
        phones.push(own.phone.clone());
        phones.sort();
        phones.dedup();
        return Ok(phones);
    }
    let group = world.groups.get(sent.chat.user.as_str()).context("no such group")?;
    if !group.members.contains_key(&own.phone) {
        bail!("the account is not in this group");
    }
    Ok(group.members.keys().cloned().collect())
}

fn send_to_group(world: &mut World, own: &Addr, sent: &Sent, key: &str) -> Result<()> {
    let name = sent.chat.to_non_ad_string();
    let targets: Vec<Addr> = audience(world, own, sent)?
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .flat_map(|account| account.all_devices())
        .filter(|target| target != own)
        .collect();
    let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
    let now_in: BTreeSet<String> = targets.iter().map(Addr::to_string).collect();
    let had = phone.key_holders.get(&name).cloned().unwrap_or_default();
    if !had.is_subset(&now_in) {
        phone.forget_sender_key(&name, own);
    }
    let had = phone.key_holders.get(&name).cloned().unwrap_or_default();
    let distribution = phone.sender_key_distribution(&name, own)?;
    let padded = MessageUtils::encode_and_pad(&sent.content);
    let common = phone.seal_for_group(&name, own, &padded)?;
    for target in &targets {
        let mut children = Vec::new();
        if !had.contains(&target.to_string()) && !trouble::withholds(target, sent) {
            let key_message = distribution_message(&name, &distribution);
            let Some(sealed) = seal(world, own, target, &key_message)? else { continue };
            children.push(enc(sealed, &wa::Message::default(), None));
            if let Some(account) = world.accounts.get_mut(&own.phone) {
                let holders = account.virtual_phone.key_holders.entry(name.clone()).or_default();
                holders.insert(target.to_string());
            }
        }
        let body = enc(Sealed { kind: common.kind, bytes: common.bytes.clone() }, &sent.content, None);
        let body = trouble::body(world, target, sent, body);
        children.push(body);
        children.extend(trouble::beside(target, sent));
        let node = group_node(world, own, sent, children);
        messages::deliver(world, target, node, Some(key.to_owned()));
    }
    world.touch();
    Ok(())
}

fn distribution_message(group: &str, distribution: &[u8]) -> Vec<u8> {
    MessageUtils::encode_and_pad(&wa::Message {
        sender_key_distribution_message: MessageField::some(wa::message::SenderKeyDistributionMessage {
            group_id: Some(group.to_owned()),
            axolotl_sender_key_distribution_message: Some(distribution.to_vec()),
        }),
        ..Default::default()
    })
}

fn group_node(world: &World, own: &Addr, sent: &Sent, children: Vec<Node>) -> Node {
    let mut node = message_builder(world, own, sent)
        .attr("from", sent.chat.clone())
        .attr("participant", world.jid_like(own, Server::Lid))
        .attr("participant_pn", own.pn());
    if sent.chat.server == Server::Group {
        node = node.attr("addressing_mode", "lid");
    }
    node.children(children).build()
}

/// A device could not read a message: encrypt it again, for a new session.
pub fn resend(world: &mut World, own: &Addr, to: &Addr, id: &str) -> Result<()> {
    let conduct = world.faults.conduct(&own.phone).resend;
    if conduct == Resend::Silent {
        return Ok(());
    }
    let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
    let sent = phone.sent.iter().rev().find(|sent| sent.id == id).cloned().context("not sent by us")?;
    phone.forget_session(to);
    let chat = messages::chat_of(world, &sent.chat);
    let key = crate::state::relay::RelayLog::key(&own.phone, &chat, id);
    if sent.chat.server != Server::Pn && sent.chat.server != Server::Lid {
        let name = sent.chat.to_non_ad_string();
        let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
        let distribution = phone.sender_key_distribution(&name, own)?;
        let mut content = sent.content.clone();
        content.sender_key_distribution_message =
            MessageField::some(wa::message::SenderKeyDistributionMessage {
                group_id: Some(name),
                axolotl_sender_key_distribution_message: Some(distribution),
            });
        let sealed = seal(world, own, to, &MessageUtils::encode_and_pad(&content))?;
        let sealed = sealed.context("the device has no keys")?;
        let body = trouble::again(conduct, enc(sealed, &sent.content, Some(1)));
        let node = group_node(world, own, &sent, vec![body]);
        messages::deliver(world, to, node, Some(key));
        return Ok(());
    }
    let chat_jid = world.account_of(&sent.chat).context("the recipient has gone")?.pn_jid();
    let sealed = seal_direct(world, own, to, &chat_jid, &sent.content)?.context("the device has no keys")?;
    let body = trouble::again(conduct, enc(sealed, &sent.content, Some(1)));
    let node = direct_node(world, own, to, &chat_jid, &sent, vec![body]);
    messages::deliver(world, to, node, Some(key));
    Ok(())
}
