//! About text and profile picture.

use bytes::Bytes;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use crate::stanza::{StanzaExt, bytes, iq_result};
use crate::state::account::Picture;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// `status`: sets the about text and tells everybody who is linked.
pub fn about(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    if node.text("type").as_deref() == Some("get") {
        return about_of(world, node);
    }
    let text = node.child("status")?.body_text().unwrap_or_default();
    let account = world.accounts.get_mut(&addr.phone)?;
    account.about = text.clone();
    let from = account.pn_jid();
    world.touch();
    let others: Vec<Addr> = world
        .accounts
        .values()
        .filter(|other| other.phone != addr.phone)
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
    Some(iq_result(node, []))
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
pub fn picture(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let target = node.jid("target");
    let group = target.clone().filter(|jid| jid.server == Server::Group).map(|jid| jid.user.to_string());
    if node.text("type").as_deref() == Some("get") {
        let found = match &group {
            Some(id) => world.groups.get(id).and_then(|group| group.picture.clone()),
            None => world.account_of(&target?).and_then(|account| account.picture.clone()),
        };
        return Some(iq_result(node, [picture_node(world, found.as_ref())]));
    }
    let content = node.child("picture").and_then(StanzaExt::body);
    let id =
        format!("{}", world.now() * 1000 + i64::try_from(world.fresh_number() % 1000).unwrap_or_default());
    let path = format!("/v/picture/{id}");
    let picture = content.as_ref().map(|_| Picture { id: id.clone(), path: path.clone() });
    let account = world.accounts.get_mut(&addr.phone)?;
    let (own, own_lid) = (account.pn_jid(), account.lid_jid());
    let (of, told) = match &group {
        Some(id) => {
            let group = world.groups.get_mut(id)?;
            group.picture = picture;
            let phones: Vec<String> = group.members.keys().cloned().collect();
            let accounts = phones.iter().filter_map(|phone| world.accounts.get(phone));
            (Jid::group(id.as_str()), accounts.flat_map(|account| account.all_devices()).collect())
        }
        None => {
            account.picture = picture;
            (own, account.all_devices())
        }
    };
    let (change, answer) = match content {
        Some(content) => {
            world.media.put(path, Bytes::from(content));
            let set = NodeBuilder::new("set").attr("jid", of.clone()).attr("id", id.as_str());
            (set, iq_result(node, [NodeBuilder::new("picture").attr("id", id.as_str()).build()]))
        }
        None => (NodeBuilder::new("delete").attr("jid", of.clone()), iq_result(node, [])),
    };
    tell_picture(world, &of, told, change.attr("author", own_lid).build());
    world.touch();
    Some(answer)
}

fn picture_node(world: &World, picture: Option<&Picture>) -> Node {
    match picture {
        Some(picture) => NodeBuilder::new("picture")
            .attr("id", picture.id.as_str())
            .attr("type", "image")
            .attr("url", format!("https://{}{}", world.authority, picture.path))
            .attr("direct_path", picture.path.as_str())
            .build(),
        None => NodeBuilder::new("picture")
            .children([NodeBuilder::new("error").attr("code", 404).attr("text", "item-not-found").build()])
            .build(),
    }
}

/// The own devices are told too, even the one that acted.
fn tell_picture(world: &mut World, of: &Jid, devices: Vec<Addr>, change: Node) {
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
}
