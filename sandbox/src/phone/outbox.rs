//! What a virtual phone sends: texts to people and groups, and the app-state key to its companions.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use buffa::MessageField;
use wacore::messages::MessageUtils;
use wacore::send::{media_type_from_message, stanza_type_from_message};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

use crate::areas::{keys, messages, privacy};
use crate::phone::cipher::Sealed;
use crate::state::{Addr, World};

/// A message to be sent.
pub struct Outgoing {
    /// A phone number, or any address.
    pub to: String,
    /// What it says.
    pub content: wa::Message,
    /// The message id; made up when there is none.
    pub id: Option<String>,
    /// Whether to write from the account's LID instead of its phone number.
    pub lid: bool,
}

/// How many sent messages a phone can send again when asked.
const RESENDABLE: usize = 500;

/// A message that may have to be sent again.
#[derive(Clone)]
pub struct Sent {
    id: String,
    chat: Jid,
    space: Server,
    content: wa::Message,
}

/// Sends a message to everybody it concerns; returns its id.
pub fn send_message(world: &mut World, from: &str, outgoing: Outgoing) -> Result<String> {
    let chat = parse_target(&outgoing.to)?;
    let id = outgoing.id.unwrap_or_else(|| format!("3EB0{}", hex::encode_upper(rand::random::<[u8; 9]>())));
    let space = if outgoing.lid { Server::Lid } else { Server::Pn };
    send(world, from, Sent { id: id.clone(), chat, space, content: outgoing.content })?;
    Ok(id)
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
        Server::Group => send_to_group(world, &own, &sent, &key),
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
        let node = direct_node(world, own, &target, &chat, sent, sealed, None);
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

fn seal(world: &mut World, own: &Addr, target: &Addr, padded: &[u8]) -> Result<Option<Sealed>> {
    let needs = world.accounts.get(&own.phone).context("no account")?.virtual_phone.needs_bundle(target);
    let bundle = if needs { keys::take_bundle(world, target) } else { None };
    if needs && bundle.is_none() {
        tracing::warn!(device = target.device, "a device has no keys yet; it misses this message");
        return Ok(None);
    }
    let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
    phone.seal(target, padded, bundle).map(Some)
}

fn enc(sealed: Sealed, content: &wa::Message, count: Option<u32>) -> Node {
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
    NodeBuilder::new("message")
        .attr("id", sent.id.as_str())
        .attr("type", stanza_type_from_message(&sent.content))
        .attr("t", world.now())
        .attr("notify", name)
}

fn direct_node(
    world: &World,
    own: &Addr,
    target: &Addr,
    chat: &Jid,
    sent: &Sent,
    sealed: Sealed,
    count: Option<u32>,
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
    node.children([enc(sealed, &sent.content, count)]).build()
}

fn send_to_group(world: &mut World, own: &Addr, sent: &Sent, key: &str) -> Result<()> {
    let group = world.groups.get(sent.chat.user.as_str()).context("no such group")?;
    if !group.members.contains_key(&own.phone) {
        bail!("the account is not in this group");
    }
    let name = sent.chat.to_non_ad_string();
    let targets: Vec<Addr> = group
        .members
        .keys()
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
        if !had.contains(&target.to_string()) {
            let key_message = distribution_message(&name, &distribution);
            let Some(sealed) = seal(world, own, target, &key_message)? else { continue };
            children.push(enc(sealed, &wa::Message::default(), None));
            if let Some(account) = world.accounts.get_mut(&own.phone) {
                let holders = account.virtual_phone.key_holders.entry(name.clone()).or_default();
                holders.insert(target.to_string());
            }
        }
        children.push(enc(Sealed { kind: common.kind, bytes: common.bytes.clone() }, &sent.content, None));
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
    message_builder(world, own, sent)
        .attr("from", sent.chat.clone())
        .attr("participant", world.jid_like(own, Server::Lid))
        .attr("participant_pn", own.pn())
        .attr("addressing_mode", "lid")
        .children(children)
        .build()
}

/// A device could not read a message: encrypt it again, for a new session.
pub fn resend(world: &mut World, own: &Addr, to: &Addr, id: &str) -> Result<()> {
    let phone = &mut world.accounts.get_mut(&own.phone).context("no account")?.virtual_phone;
    let sent = phone.sent.iter().rev().find(|sent| sent.id == id).cloned().context("not sent by us")?;
    phone.forget_session(to);
    let chat = messages::chat_of(world, &sent.chat);
    let key = crate::state::relay::RelayLog::key(&own.phone, &chat, id);
    if sent.chat.server == Server::Group {
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
        let node = group_node(world, own, &sent, vec![enc(sealed, &sent.content, Some(1))]);
        messages::deliver(world, to, node, Some(key));
        return Ok(());
    }
    let chat_jid = world.account_of(&sent.chat).context("the recipient has gone")?.pn_jid();
    let sealed = seal_direct(world, own, to, &chat_jid, &sent.content)?.context("the device has no keys")?;
    let node = direct_node(world, own, to, &chat_jid, &sent, sealed, Some(1));
    messages::deliver(world, to, node, Some(key));
    Ok(())
}

/// Gives a new companion the key to the account's app state.
pub fn share_app_state_key(world: &mut World, companion: &Addr) -> Result<()> {
    let own = Addr::new(&*companion.phone, 0);
    let from = own.pn();
    send_peer(world, &own, companion, from, None)
}

/// A companion asks for app-state keys by id.
pub fn answer_key_request(
    world: &mut World,
    own: &Addr,
    requester: &Jid,
    request: &wa::message::AppStateSyncKeyRequest,
) -> Result<()> {
    let companion = world.addr_of(requester).context("an unknown requester")?;
    let from = world.jid_like(own, requester.server);
    let wanted = request.key_ids.iter().filter_map(|id| id.key_id.clone()).collect();
    send_peer(world, own, &companion, from, Some(wanted))
}

fn send_peer(
    world: &mut World,
    own: &Addr,
    companion: &Addr,
    from: Jid,
    wanted: Option<Vec<Vec<u8>>>,
) -> Result<()> {
    let account = world.accounts.get(&own.phone).context("no account")?;
    let state = &account.app_state;
    let key = wa::message::AppStateSyncKey {
        key_id: MessageField::some(wa::message::AppStateSyncKeyId { key_id: Some(state.key_id.0.clone()) }),
        key_data: MessageField::some(wa::message::AppStateSyncKeyData {
            key_data: Some(state.key.0.clone()),
            fingerprint: MessageField::some(wa::message::AppStateSyncKeyFingerprint {
                raw_id: Some(account.raw_id),
                current_index: Some(u32::from(account.next_device.saturating_sub(1))),
                device_indexes: std::iter::once(0)
                    .chain(account.devices.values().map(|device| device.key_index))
                    .collect(),
            }),
            timestamp: Some(state.key_time),
        }),
    };
    let known = wanted.as_ref().is_none_or(|ids| ids.contains(&state.key_id.0));
    let content = wa::Message {
        protocol_message: MessageField::some(wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::APP_STATE_SYNC_KEY_SHARE),
            app_state_sync_key_share: MessageField::some(wa::message::AppStateSyncKeyShare {
                keys: if known { vec![key] } else { Vec::new() },
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let sealed = seal(world, own, companion, &MessageUtils::encode_and_pad(&content))?;
    let sealed = sealed.context("the companion has no keys")?;
    let id = format!("3EB0{}", hex::encode_upper(rand::random::<[u8; 9]>()));
    let node = NodeBuilder::new("message")
        .attr("from", from)
        .attr("id", id)
        .attr("type", "text")
        .attr("category", "peer")
        .attr("t", world.now())
        .children([enc(sealed, &content, None)])
        .build();
    messages::deliver(world, companion, node, None);
    Ok(())
}
