//! App-state sync: hand out patches, take patches, tell the siblings.

use buffa::{Message, MessageField};
use wacore_appstate::schemas::Schema;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use crate::stanza::{StanzaExt, bytes, iq_result};
use crate::state::blob::Blob;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// A `<sync>` of one or more collections.
pub fn sync(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let wanted = node.child("sync")?;
    let mut answers = Vec::new();
    for collection in wanted.kids() {
        answers.push(one(world, addr, collection)?);
    }
    Some(iq_result(node, [NodeBuilder::new("sync").children(answers).build()]))
}

fn one(world: &mut World, addr: &Addr, asked: &Node) -> Option<Node> {
    let name = asked.text("name")?;
    let base: u64 = asked.text("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    let state = &mut world.accounts.get_mut(&addr.phone)?.app_state;
    let collection = state.collections.entry(name.clone()).or_default();
    let mut answer = NodeBuilder::new("collection").attr("name", name.as_str());
    let uploaded = asked.child("patch").and_then(StanzaExt::body);
    if let Some(patch) = uploaded {
        if base != collection.version() {
            let conflict = NodeBuilder::new("error").attr("code", 409).attr("text", "conflict").build();
            let missing = patches_after(&collection.patches, base);
            return Some(
                answer
                    .attr("type", "error")
                    .attr("version", collection.version())
                    .children([conflict, missing])
                    .build(),
            );
        }
        collection.patches.push(Blob(with_version(&patch, base + 1)));
        let version = collection.version();
        world.touch();
        tell_siblings(world, addr, &name, version);
        return Some(answer.attr("version", version).build());
    }
    answer = answer.attr("version", collection.version());
    let patches = patches_after(&collection.patches, base);
    Some(if patches.kids().is_empty() { answer.build() } else { answer.children([patches]).build() })
}

fn patches_after(patches: &[Blob], base: u64) -> Node {
    let start = usize::try_from(base).unwrap_or(usize::MAX).min(patches.len());
    let newer = patches[start..].iter().map(|patch| bytes("patch", patch.0.clone()));
    NodeBuilder::new("patches").children(newer).build()
}

/// The server stamps the version; everything else in a patch is opaque to it.
fn with_version(patch: &[u8], version: u64) -> Vec<u8> {
    match wa::SyncdPatch::decode_from_slice(patch) {
        Ok(mut decoded) => {
            decoded.version = MessageField::some(wa::SyncdVersion { version: Some(version) });
            decoded.encode_to_vec()
        }
        Err(_) => patch.to_vec(),
    }
}

/// The phone changes a setting, and its companions are told where to look.
pub fn write(
    world: &mut World,
    own: &Addr,
    action: &Schema,
    index: &[&str],
    value: &wa::SyncActionValue,
) -> Option<(&'static str, u64)> {
    let (name, version) = world.accounts.get_mut(&own.phone)?.app_state.append(action, index, value);
    world.touch();
    tell_siblings(world, own, name, version);
    Some((name, version))
}

fn tell_siblings(world: &mut World, addr: &Addr, name: &str, version: u64) {
    let Some(account) = world.accounts.get(&addr.phone) else { return };
    let from = account.pn_jid();
    let siblings: Vec<u16> = account.devices.keys().copied().filter(|id| *id != addr.device).collect();
    for sibling in siblings {
        let id = world.fresh_id("sync");
        let collection = NodeBuilder::new("collection").attr("name", name).attr("version", version).build();
        let node = NodeBuilder::new("notification")
            .attr("type", "server_sync")
            .attr("from", from.clone())
            .attr("id", id)
            .attr("t", world.now())
            .children([collection])
            .build();
        let target = Addr::new(&*addr.phone, sibling);
        world.enqueue(&target, Queued::new(Class::Notification, &node, None), node);
    }
}
