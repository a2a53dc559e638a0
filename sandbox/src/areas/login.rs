//! Coming and going of connections: who is it, `<success>`, the offline queue, the goodbye.

use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::{pairing, presence};
use crate::stanza::SERVER;
use crate::state::fault::LoginRefusal;
use crate::state::world::{ConnId, Out, Pairing, Peer};
use crate::state::{Addr, World};

/// Tells from the ClientPayload whether a device logs in or a client wants to be linked.
pub fn identify(_world: &World, client_static: [u8; 32], payload: &wa::ClientPayload) -> Peer {
    match payload.username {
        Some(username) => Peer::Device(Addr::new(
            username.to_string(),
            payload.device.and_then(|id| u16::try_from(id).ok()).unwrap_or_default(),
        )),
        None => Peer::Pairing(Box::new(Pairing {
            noise_public: client_static,
            push_name: payload.push_name.clone().unwrap_or_default(),
            refs: Vec::new(),
            pending: None,
        })),
    }
}

/// The server speaks first: QR references to a new client, `<success>` or `<failure>` to a device.
pub fn greet(world: &mut World, conn: ConnId, payload: &wa::ClientPayload, client_static: [u8; 32]) {
    let Some(addr) = world.addr_of_conn(conn) else {
        pairing::offer_refs(world, conn);
        return;
    };
    let known = world.device(&addr).is_some_and(|device| device.noise_public.0 == client_static);
    let unknown = || LoginRefusal { reason: 401, code: None, expire: None };
    let refusal = if known { world.faults.next_login(&addr.phone) } else { Some(unknown()) };
    if let Some(refusal) = refusal {
        refuse(world, conn, &refusal);
        return;
    }
    if let Some(older) = world.online.insert(addr.clone(), conn) {
        world.presence_subs.remove(&addr);
        kick(world, older, 409, Some("replaced"));
    }
    if let Some(name) = payload.push_name.as_deref().filter(|name| !name.is_empty())
        && let Some(account) = world.accounts.get_mut(&addr.phone)
        && account.push_name.is_empty()
    {
        account.push_name = name.to_owned();
    }
    if let Some(device) = world.device_mut(&addr) {
        device.logins += 1;
    }
    if world.faults.frozen(&addr.phone)
        && let Some(connection) = world.conns.get(&conn)
    {
        connection.freeze.send_replace(true);
    }
    let lid = world.accounts.get(&addr.phone).map(|a| a.lid_device(addr.device)).unwrap_or_default();
    let success = NodeBuilder::new("success")
        .attr("t", world.now())
        .attr("props", 27)
        .attr("companion_enc_static", "")
        .attr("location", "frc")
        .attr("abprops", 1)
        .attr("lid", lid)
        .build();
    world.send(conn, success);
    world.touch();
}

fn refuse(world: &World, conn: ConnId, refusal: &LoginRefusal) {
    tracing::info!(reason = refusal.reason, "a login was refused");
    let mut failure = NodeBuilder::new("failure").attr("reason", refusal.reason).attr("location", "frc");
    if let Some(code) = refusal.code {
        failure = failure.attr("code", code);
    }
    if let Some(expire) = refusal.expire {
        failure = failure.attr("expire", expire);
    }
    world.send(conn, failure.build());
    world.end(conn, Out::Close);
}

/// `<active/>`: the device wants its queue; what was kept for it, then how many that were.
pub fn activate(world: &mut World, conn: ConnId, addr: &Addr) {
    if let Some(connection) = world.conns.get_mut(&conn) {
        connection.active = true;
    }
    presence::chatstates_again(world, conn, addr);
    let count = world.replay(conn, addr);
    let offline = NodeBuilder::new("offline").attr("count", count).build();
    world.send(conn, NodeBuilder::new("ib").attr("from", SERVER).children([offline]).build());
}

/// Sends a stream error and closes.
pub fn kick(world: &World, conn: ConnId, code: u16, conflict: Option<&str>) {
    let mut error = NodeBuilder::new("stream:error").attr("code", code);
    if let Some(kind) = conflict {
        error = error.children([NodeBuilder::new("conflict").attr("type", kind).build()]);
    }
    world.send(conn, error.build());
    world.end(conn, Out::Close);
}

/// Takes a closed connection out of the world.
pub fn gone(world: &mut World, conn: ConnId) {
    let Some(connection) = world.conns.remove(&conn) else { return };
    match connection.peer {
        Peer::Pairing(pairing) => {
            for reference in &pairing.refs {
                world.refs.remove(reference);
            }
            world.code_links.retain(|_, link| link.conn != conn);
            world.passkeys.remove(&conn);
        }
        Peer::Device(addr) => {
            if world.online.get(&addr) == Some(&conn) {
                world.online.remove(&addr);
                world.presence_subs.remove(&addr);
                presence::left(world, &addr);
            }
        }
    }
}
