//! Calls: signalling only. An offer rings every device of who is called; what one of them says goes to the caller, and
//! the others stop ringing.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use crate::stanza::{StanzaExt, ack};
use crate::state::call::{Call, Signal, Standing};
use crate::state::queue::{Class, Queued};
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// The sample rates an offer names.
const RATES: [u32; 2] = [16_000, 8_000];

/// A contact calls: everybody's linked devices ring.
///
/// With `notice` they only hear that a call is going on, as members of a group do.
pub fn ring(world: &mut World, call: Call, notice: bool) {
    let id = call.call_id.clone();
    let mut children: Vec<Node> = RATES
        .iter()
        .map(|rate| NodeBuilder::new("audio").attr("enc", "opus").attr("rate", *rate).build())
        .collect();
    if call.video {
        children.push(NodeBuilder::new("video").attr("enc", "vp8").attr("dec", "vp8").build());
    }
    let mut offer = action(world, &call, "offer").attr("caller_pn", Jid::pn(call.from.as_str()));
    if call.to.ends_with("@g.us") {
        offer = offer.attr("group-jid", call.to.as_str()).attr("joinable", "1");
    }
    let mut offer = offer.children(children).build();
    if notice {
        let kind = if call.to.ends_with("@g.us") { "group" } else { "direct" };
        let media = if call.video { "video" } else { "audio" };
        offer = action(world, &call, "offer_notice").attr("media", media).attr("type", kind).build();
    }
    world.calls.insert(id.clone(), call);
    let caller = world.calls[&id].from.clone();
    signalled(world, &id, &Addr::new(caller, 0), "offer", None);
    tell(world, &id, None, &offer);
}

fn action(world: &World, call: &Call, tag: &'static str) -> NodeBuilder {
    NodeBuilder::new(tag)
        .attr("call-id", call.call_id.as_str())
        .attr("call-creator", world.jid_like(&Addr::new(&*call.from, 0), space(call)))
}

fn space(call: &Call) -> Server {
    if call.lid { Server::Lid } else { Server::Pn }
}

/// The phones of those who are called.
fn called(world: &World, call: &Call) -> Vec<String> {
    match call.to.strip_suffix("@g.us").and_then(|id| world.groups.get(id)) {
        Some(group) => group.members.keys().filter(|phone| **phone != call.from).cloned().collect(),
        None => vec![call.to.clone()],
    }
}

/// Gives a signal from the caller to the linked devices of those who are called, but not to `except`.
fn tell(world: &mut World, id: &str, except: Option<&Addr>, what: &Node) {
    let Some(call) = world.calls.get(id).cloned() else { return };
    let phones = called(world, &call);
    let targets: Vec<Addr> = phones
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .flat_map(|account| account.devices.keys().map(|id| Addr::new(&*account.phone, *id)))
        .filter(|target| Some(target) != except)
        .collect();
    let from = Addr::new(&*call.from, 0);
    for target in targets {
        let node = wrap(world, &from, space(&call), what.clone());
        world.enqueue(&target, Queued::new(Class::Call, &node, None), node);
    }
}

fn wrap(world: &mut World, from: &Addr, space: Server, what: Node) -> Node {
    let id = world.fresh_id("call");
    let name = world.accounts.get(&from.phone).map(|a| a.push_name.clone()).unwrap_or_default();
    NodeBuilder::new("call")
        .attr("from", world.jid_like(from, space))
        .attr("id", id)
        .attr("t", world.now())
        .attr("notify", name)
        .attr("platform", "android")
        .attr("version", "2.24.1.1")
        .children([what])
        .build()
}

fn signalled(world: &mut World, id: &str, by: &Addr, action: &str, reason: Option<String>) {
    if let Some(call) = world.calls.get_mut(id) {
        call.signals.push(Signal { by: by.to_string(), action: action.to_owned(), reason });
    }
}

/// The call is over for these devices: `reason` says why, and the caller hung up when there is none.
pub fn end(world: &mut World, id: &str, by: &Addr, standing: Standing, reason: Option<&str>) {
    let Some(call) = world.calls.get_mut(id) else { return };
    call.standing = standing;
    let call = call.clone();
    let mut terminate = action(world, &call, "terminate");
    if let Some(reason) = reason {
        terminate = terminate.attr("reason", reason);
    }
    let terminate = terminate.build();
    signalled(world, id, by, "terminate", reason.map(str::to_owned));
    tell(world, id, Some(by), &terminate);
}

/// Who is called answers on its phone, or does not want to: its other devices stop ringing.
pub fn answered(world: &mut World, id: &str, by: &Addr, accepted: bool, reason: Option<String>) {
    signalled(world, id, by, if accepted { "accept" } else { "reject" }, reason);
    let (standing, elsewhere) = match accepted {
        true => (Standing::Accepted, "accepted_elsewhere"),
        false => (Standing::Rejected, "rejected_elsewhere"),
    };
    end(world, id, by, standing, Some(elsewhere));
}

/// `<call>` from a device: acknowledged, noted, and passed on to the one it names.
pub fn handle(world: &mut World, conn: ConnId, from: &Addr, node: &Node) {
    world.send(conn, ack("call", node, world.now()));
    let (Some(to), Some(what)) = (node.jid("to"), node.kids().first().cloned()) else { return };
    let Some(id) = what.text("call-id") else { return };
    let Some(target) = world.addr_of(&to) else { return };
    let tag = what.tag.to_string();
    if tag == "offer" && !world.calls.contains_key(&id) {
        let video = what.child("video").is_some();
        let (from, to) = (from.phone.clone(), target.phone.clone());
        let (call_id, standing, signals) = (id.clone(), Standing::Ringing, Vec::new());
        world.calls.insert(call_id.clone(), Call { call_id, from, to, video, standing, signals, lid: true });
    }
    let callee = world.calls.get(&id).is_some_and(|call| call.from != from.phone);
    match tag.as_str() {
        "reject" | "accept" if callee => {
            answered(world, &id, from, tag == "accept", what.text("reason"));
        }
        _ => signalled(world, &id, from, &tag, what.text("reason")),
    }
    let devices = world.accounts.get(&target.phone).map(|a| a.devices.keys().copied().collect::<Vec<_>>());
    for device in devices.unwrap_or_default() {
        if to.device == 0 || to.device == device {
            let node = wrap(world, from, to.server, what.clone());
            world.enqueue(&Addr::new(&*target.phone, device), Queued::new(Class::Call, &node, None), node);
        }
    }
}

/// A device's receipt for an offer. True when it was one.
pub fn received(world: &mut World, from: &Addr, receipt: &Node) -> bool {
    let Some(id) = receipt.child("offer").and_then(|offer| offer.text("call-id")) else { return false };
    signalled(world, &id, from, "receipt", None);
    true
}
