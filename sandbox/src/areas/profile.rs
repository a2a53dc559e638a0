//! About text and profile picture.

use bytes::Bytes;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::tokens;
use crate::stanza::{StanzaExt, bytes, empty, iq_error, iq_result};
use crate::state::account::Picture;
use crate::state::queue::{Class, Queued};
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// `status`: sets the about text and tells everybody who is linked.
pub fn about(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    if node.text("type").as_deref() == Some("get") {
        return about_of(world, node);
    }
    let text = node.child("status")?.body_text().unwrap_or_default();
    set_about(world, &addr.phone, &text);
    Some(iq_result(node, []))
}

/// Sets an account's about text and tells everybody else who is linked.
pub fn set_about(world: &mut World, phone: &str, text: &str) {
    let Some(account) = world.accounts.get_mut(phone) else { return };
    account.about = text.to_owned();
    let from = account.pn_jid();
    world.touch();
    let others: Vec<Addr> = world
        .accounts
        .values()
        .filter(|other| other.phone != phone)
        .flat_map(|other| other.devices.keys().map(|id| Addr::new(&*other.phone, *id)))
        .collect();
    for target in others {
        let id = world.fresh_id("about");
        let notice = NodeBuilder::new("notification")
            .attr("type", "status")
            .attr("from", from.clone())
            .attr("id", id)
            .attr("t", world.now())
            .children([bytes("set", text.as_bytes())])
            .build();
        world.enqueue(&target, Queued::new(Class::Notification, &notice, None), notice);
    }
}

fn about_of(world: &World, node: &Node) -> Option<Node> {
    let users = node.child("status")?.kids();
    let answers: Vec<Node> = users
        .iter()
        .filter_map(|user| {
            let jid = user.jid("jid")?;
            let account = world.account_of(&jid)?;
            Some(NodeBuilder::new("user").attr("jid", jid).bytes(account.about.as_bytes()).build())
        })
        .collect();
    Some(iq_result(node, [NodeBuilder::new("status").children(answers).build()]))
}

/// `w:profile:picture`: get with a target, set without one or with a group (no child removes it).
pub fn picture(world: &mut World, conn: ConnId, addr: &Addr, node: &Node) -> Option<Node> {
    let target = node.jid("target");
    let group = target.clone().filter(|jid| jid.server == Server::Group).map(|jid| jid.user.to_string());
    if node.text("type").as_deref() == Some("get") {
        let whose = target.as_ref().and_then(|jid| world.phone_of(jid)).unwrap_or_default();
        if !tokens::admits(world, &whose, &addr.phone, node.child("picture")) {
            let error = NodeBuilder::new("error").attr("code", 401).attr("text", "not-authorized").build();
            return Some(iq_result(node, [NodeBuilder::new("picture").children([error]).build()]));
        }
        let found = match &group {
            Some(id) => world.groups.get(id).and_then(|group| group.picture.clone()),
            None => world.account_of(&target?).and_then(|account| account.picture.clone()),
        };
        let known = node.child("picture").and_then(|picture| picture.text("id"));
        let authority = world.authority_for(conn);
        return Some(iq_result(node, [picture_node(&authority, found.as_ref(), known.as_deref())]));
    }
    let content = node.child("picture").and_then(StanzaExt::body);
    let answer = match group {
        Some(id) => {
            if !world.groups.get(&id)?.members.contains_key(&addr.phone) {
                return Some(iq_error(node, 403, "forbidden"));
            }
            set_group_picture(world, addr, &id, content)
        }
        None => set_picture(world, &addr.phone, content),
    };
    let set = answer.map(|id| NodeBuilder::new("picture").attr("id", id).build());
    Some(iq_result(node, set))
}

/// Sets or removes an account's picture; its own devices and the accounts that know it are told. Returns the new id.
pub fn set_picture(world: &mut World, phone: &str, content: Option<Vec<u8>>) -> Option<String> {
    let picture = content.map(|content| keep(world, content));
    let account = world.accounts.get_mut(phone)?;
    account.picture = picture.clone();
    let (own, own_lid) = (account.pn_jid(), account.lid_jid());
    let mut told = account.all_devices();
    let knowers: Vec<String> = account.known_by.iter().filter(|knower| *knower != phone).cloned().collect();
    told.extend(knowers.iter().filter_map(|knower| world.accounts.get(knower)).flat_map(|a| a.all_devices()));
    tell_picture(world, &own, told, picture.as_ref(), own_lid);
    picture.map(|picture| picture.id)
}

/// Sets or removes a group's picture; its members are told. Returns the new id.
pub fn set_group_picture(
    world: &mut World,
    actor: &Addr,
    id: &str,
    content: Option<Vec<u8>>,
) -> Option<String> {
    let picture = content.map(|content| keep(world, content));
    let author = world.accounts.get(&actor.phone)?.lid_jid();
    let group = world.groups.get_mut(id)?;
    group.picture = picture.clone();
    let members: Vec<String> = group.members.keys().cloned().collect();
    let accounts = members.iter().filter_map(|phone| world.accounts.get(phone));
    let told = accounts.flat_map(|account| account.all_devices()).collect();
    tell_picture(world, &Jid::group(id), told, picture.as_ref(), author);
    picture.map(|picture| picture.id)
}

fn keep(world: &mut World, content: Vec<u8>) -> Picture {
    let number = i64::try_from(world.fresh_number() % 1000).unwrap_or_default();
    let id = (world.now() * 1000 + number).to_string();
    let path = format!("/v/picture/{id}");
    world.media.put(path.clone(), Bytes::from(content));
    Picture { id, path }
}

/// `known` is the id that the client has: the same one is not told again.
fn picture_node(authority: &str, picture: Option<&Picture>, known: Option<&str>) -> Node {
    match picture {
        Some(picture) if known == Some(picture.id.as_str()) => empty("picture"),
        Some(picture) => NodeBuilder::new("picture")
            .attr("id", picture.id.as_str())
            .attr("type", "image")
            .attr("url", format!("https://{authority}{}", picture.path))
            .attr("direct_path", picture.path.as_str())
            .build(),
        None => NodeBuilder::new("picture")
            .children([NodeBuilder::new("error").attr("code", 404).attr("text", "item-not-found").build()])
            .build(),
    }
}

/// Tells these devices of a new picture, or that there is none any more. The one that acted is told, too.
fn tell_picture(world: &mut World, of: &Jid, devices: Vec<Addr>, picture: Option<&Picture>, author: Jid) {
    let change = match picture {
        Some(picture) => NodeBuilder::new("set").attr("jid", of.clone()).attr("id", picture.id.as_str()),
        None => NodeBuilder::new("delete").attr("jid", of.clone()),
    };
    let change = change.attr("author", author).build();
    for target in devices.into_iter().filter(|device| device.device != 0) {
        let id = world.fresh_id("pic");
        let notice = NodeBuilder::new("notification")
            .attr("type", "picture")
            .attr("from", of.clone())
            .attr("id", id)
            .attr("t", world.now())
            .children([change.clone()])
            .build();
        world.enqueue(&target, Queued::new(Class::Notification, &notice, None), notice);
    }
    world.touch();
}
