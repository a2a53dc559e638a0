//! One file per area of the protocol; each is functions over the locked world.
//!
//! - coming in: [`login`], [`pairing`] (QR), [`pair_code`] (phone number), [`passkey`]
//! - keys and devices: [`keys`] (prekeys), [`devices`] (usync, device notifications)
//! - talking: [`messages`], [`receipts`], [`groups`], [`newsletters`], [`media`], [`presence`], [`calls`]
//! - account: [`app_state`], [`profile`], [`privacy`], [`tokens`], [`notices`]
//!
//! An IQ that no area knows is answered with 501 at once and counted, so that no client waits for it.

pub mod app_state;
pub mod calls;
pub mod devices;
pub mod groups;
pub mod keys;
pub mod login;
pub mod media;
pub mod messages;
pub mod newsletters;
pub mod notices;
pub mod pair_code;
pub mod pairing;
pub mod passkey;
pub mod presence;
pub mod privacy;
pub mod profile;
pub mod receipts;
pub mod tokens;

use std::time::Duration;

use wacore_binary::Node;

use crate::stanza::{StanzaExt, ack, iq_error, iq_error_later, iq_result};
use crate::state::world::{ConnId, Peer};
use crate::state::{Addr, World};

/// Handles one stanza of a connection.
pub fn dispatch(world: &mut World, conn: ConnId, node: &Node) {
    let addr = match world.conns.get(&conn).map(|c| &c.peer) {
        None => return,
        Some(Peer::Pairing(_)) => None,
        Some(Peer::Device(addr)) => Some(addr.clone()),
    };
    match (&*node.tag, addr) {
        ("iq", None) => pairing::iq(world, conn, node),
        ("ack" | "presence" | "ib", None) => {}
        (_, None) => tracing::debug!(tag = %node.tag, "ignored on a pairing connection"),
        ("iq", Some(addr)) => iq(world, conn, &addr, node),
        ("message", Some(addr)) => messages::handle(world, conn, &addr, node),
        ("receipt", Some(addr)) => receipts::handle(world, conn, &addr, node),
        ("ack", Some(addr)) => receipts::acked(world, &addr, node),
        ("presence", Some(addr)) => presence::handle(world, conn, &addr, node),
        ("chatstate", Some(addr)) => presence::chatstate(world, &addr, node, Duration::ZERO),
        ("notification", Some(_)) => world.send(conn, ack("notification", node, world.now())),
        ("call", Some(addr)) => calls::handle(world, conn, &addr, node),
        ("ib", Some(_)) => {}
        (tag, Some(_)) => tracing::debug!(tag, "unknown stanza"),
    }
}

fn iq(world: &mut World, conn: ConnId, addr: &Addr, node: &Node) {
    if matches!(node.text("type").as_deref(), Some("result" | "error")) {
        return;
    }
    let xmlns = node.text("xmlns").unwrap_or_default();
    let tag = node.kids().first().map(|child| child.tag.to_string()).unwrap_or_default();
    if let Some(refusal) = world.faults.next_iq(&addr.phone, &xmlns, &tag) {
        if let Some(code) = refusal.error {
            world.send(conn, iq_error_later(node, code, "refused", refusal.backoff));
        }
        return;
    }
    let answer = match xmlns.as_str() {
        "passive" => {
            world.send(conn, iq_result(node, []));
            if node.child("active").is_some() {
                login::activate(world, conn, addr);
            }
            return;
        }
        "w:p" | "urn:xmpp:ping" => Some(iq_result(node, [])),
        "abt" => Some(privacy::ab_props(world, addr, node)),
        "urn:xmpp:whatsapp:dirty" => Some(iq_result(node, [])),
        "blocklist" => privacy::blocklist(world, addr, node),
        "privacy" => privacy::privacy(world, addr, node),
        "usync" => devices::usync(world, addr, node),
        "encrypt" => keys::iq(world, addr, node),
        "w:sync:app:state" => app_state::sync(world, addr, node),
        "w:g2" => groups::iq(world, addr, node),
        "w:mex" => newsletters::mex(world, addr, node),
        "newsletter" => newsletters::history::iq(world, addr, node),
        "w:m" => media::media_conn(world, conn, addr, node),
        "w:profile:picture" => profile::picture(world, conn, addr, node),
        "status" => profile::about(world, addr, node),
        "md" if node.child("remove-companion-device").is_some() => {
            world.send(conn, iq_result(node, []));
            devices::remove(world, addr, node);
            return;
        }
        _ => None,
    };
    let answer = answer.unwrap_or_else(|| {
        let child = node.kids().first();
        let what = child.and_then(|child| child.text("query_id")).or_else(|| Some(child?.tag.to_string()));
        let what = format!("{xmlns}/{}", what.unwrap_or_default());
        tracing::info!(iq = what, "unknown IQ, answered with 501");
        *world.unknown_iqs.entry(what).or_default() += 1;
        iq_error(node, 501, "feature-not-implemented")
    });
    world.send(conn, answer);
    keys::after_answer(world, addr);
}
