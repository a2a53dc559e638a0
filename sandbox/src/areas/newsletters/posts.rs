//! Messages to a newsletter: publish, edit, revoke, react.
//!
//! An edit and a revoke come under the id of the message they change, with `edit` 3 and 8. A reaction names its message
//! by server id. A message id that comes twice is acknowledged again, with the same server id, and not published again.

use wacore_binary::Node;

use super::describe;
use crate::areas::messages;
use crate::stanza::{StanzaExt, ack};
use crate::state::blob::Blob;
use crate::state::newsletter::Post;
use crate::state::queue::{Class, Queued};
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// The `edit` attribute of an edit.
const EDIT: &str = "3";

/// The `edit` attribute of a revoke.
const REVOKE: &str = "8";

/// A `<message to=…@newsletter>` from a device.
pub fn handle(world: &mut World, conn: ConnId, sender: &Addr, newsletter: &str, node: &Node) {
    let reaction = node.text("type").as_deref() == Some("reaction");
    let outcome = match (reaction, node.text("edit").as_deref()) {
        (true, _) => react_stanza(world, conn, sender, newsletter, node),
        (false, Some(EDIT | REVOKE)) => change_stanza(world, conn, sender, newsletter, node),
        (false, Some(_)) => Err(501),
        (false, None) => publish_stanza(world, conn, sender, newsletter, node),
    };
    if let Err(code) = outcome {
        world.send(conn, messages::nack(world, node, code));
    }
}

fn publish_stanza(
    world: &mut World,
    conn: ConnId,
    sender: &Addr,
    newsletter: &str,
    node: &Node,
) -> Result<(), u16> {
    let (id, plaintext) = (node.text("id").ok_or(400u16)?, node.child("plaintext").ok_or(501u16)?);
    let kept = world.newsletters.get(newsletter).ok_or(404u16)?;
    if !kept.may_publish(&sender.phone) {
        return Err(403);
    }
    let jid = kept.jid().to_string();
    let server_id = kept.post(&id).map_or(kept.next_server_id, |post| post.server_id);
    let (key, _) = world.relay.see(sender, &jid, &id);
    let mut acknowledged = ack("message", node, world.now());
    acknowledged.attrs.insert("server_id", server_id.to_string());
    if !messages::acknowledge(world, conn, sender, node, &key, acknowledged) {
        return Ok(());
    }
    let post = Post {
        id,
        server_id,
        time: world.now(),
        author: sender.phone.clone(),
        kind: node.text("type").unwrap_or_else(|| "text".to_owned()),
        media_type: plaintext.text("mediatype"),
        content: Blob(plaintext.body().unwrap_or_default()),
        edited: None,
        revoked: false,
        reactions: Default::default(),
    };
    publish(world, sender, newsletter, post);
    Ok(())
}

/// Publishes a message, unless its id is known, and gives it to the followers' connected devices.
pub fn publish(world: &mut World, sender: &Addr, newsletter: &str, post: Post) -> Option<u64> {
    let kept = world.newsletters.get_mut(newsletter)?;
    let id = post.id.clone();
    if let Some(known) = kept.post(&id) {
        return Some(known.server_id);
    }
    let server_id = kept.publish(post);
    world.touch();
    relay(world, sender, newsletter, &id, None);
    Some(server_id)
}

fn change_stanza(
    world: &mut World,
    conn: ConnId,
    sender: &Addr,
    newsletter: &str,
    node: &Node,
) -> Result<(), u16> {
    let (id, edit) = (node.text("id").ok_or(400u16)?, node.text("edit").ok_or(400u16)?);
    let now = world.now();
    let kept = world.newsletters.get_mut(newsletter).ok_or(404u16)?;
    if !kept.may_publish(&sender.phone) {
        return Err(403);
    }
    let post = kept.post_mut(&id).filter(|post| !post.revoked).ok_or(404u16)?;
    let plaintext = node.child("plaintext");
    if edit == REVOKE {
        post.revoked = true;
        post.content = Blob(Vec::new());
        post.media_type = None;
    } else {
        let plaintext = plaintext.ok_or(400u16)?;
        post.content = Blob(plaintext.body().unwrap_or_default());
        post.media_type = plaintext.text("mediatype");
        post.kind = node.text("type").unwrap_or_else(|| post.kind.clone());
        post.edited = Some(now);
    }
    world.touch();
    world.send(conn, ack("message", node, now));
    relay(world, sender, newsletter, &id, Some(&edit));
    Ok(())
}

/// Gives a message to every connected device of every follower, except to the one that sent it.
fn relay(world: &mut World, sender: &Addr, newsletter: &str, id: &str, edit: Option<&str>) {
    let Some(kept) = world.newsletters.get(newsletter) else { return };
    let Some(post) = kept.post(id) else { return };
    let key = crate::state::relay::RelayLog::key(&post.author, &kept.jid().to_string(), id);
    let followers = kept.roles.keys().filter_map(|phone| world.accounts.get(phone));
    let targets: Vec<(Addr, Node)> = followers
        .flat_map(|account| account.devices.keys().map(|device| Addr::new(&*account.phone, *device)))
        .filter(|target| target != sender && world.online.contains_key(target))
        .map(|target| {
            let node = describe::live_message(kept, post, &target.phone, edit);
            (target, node)
        })
        .collect();
    for (target, node) in targets {
        let relay = edit.is_none().then(|| key.clone());
        world.enqueue(&target, Queued::new(Class::Message, &node, relay), node);
    }
}

fn react_stanza(
    world: &mut World,
    conn: ConnId,
    sender: &Addr,
    newsletter: &str,
    node: &Node,
) -> Result<(), u16> {
    let server_id = node.text("server_id").and_then(|id| id.parse().ok()).ok_or(400u16)?;
    let code = node.child("reaction").ok_or(400u16)?.text("code").unwrap_or_default();
    set_reaction(world, &sender.phone, newsletter, server_id, &code)?;
    world.send(conn, ack("message", node, world.now()));
    describe::tell_reactions(world, newsletter, server_id);
    Ok(())
}

/// Sets an account's reaction to a message (an empty one takes it away) and tells who watches.
pub fn react(
    world: &mut World,
    phone: &str,
    newsletter: &str,
    server_id: u64,
    code: &str,
) -> Result<(), u16> {
    set_reaction(world, phone, newsletter, server_id, code)?;
    describe::tell_reactions(world, newsletter, server_id);
    Ok(())
}

fn set_reaction(
    world: &mut World,
    phone: &str,
    newsletter: &str,
    server_id: u64,
    code: &str,
) -> Result<(), u16> {
    let kept = world.newsletters.get_mut(newsletter).ok_or(404u16)?;
    if !kept.roles.contains_key(phone) {
        return Err(403);
    }
    let post = kept.messages.iter_mut().find(|post| post.server_id == server_id && !post.revoked);
    let post = post.ok_or(404u16)?;
    if code.is_empty() {
        post.reactions.remove(phone);
    } else {
        post.reactions.insert(phone.to_owned(), code.to_owned());
    }
    world.touch();
    Ok(())
}
