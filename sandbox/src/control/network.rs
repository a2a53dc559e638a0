//! Sockets, the state and the relay log over the control surface.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::describe;
use super::{Outcome, Query, Refusal, parse, phone_number};
use crate::areas::{devices, login};
use crate::server::Hub;
use crate::state::Addr;
use crate::state::fault::Faults;
use crate::state::journal::Journal;
use crate::state::relay::RelayLog;
use crate::state::world::{ConnId, Out};

/// How many relay-log entries are listed when no id is given.
const LISTED: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    phone: Option<String>,
    jid: Option<String>,
}

impl Target {
    /// The online devices that are meant: one device when its address names it, else all of the account.
    fn online(&self, hub: &Hub) -> Result<Vec<(Addr, ConnId)>, Refusal> {
        let text = self.jid.as_ref().or(self.phone.as_ref());
        let text = text.ok_or_else(|| Refusal::bad_request("phone or jid is needed"))?;
        let phone = phone_number(hub, text)?;
        let device = text.parse::<wacore_binary::Jid>().map_or(0, |jid| jid.device);
        let world = hub.lock();
        let meant = world.online.iter().filter(|(addr, _)| addr.phone == phone);
        Ok(meant
            .filter(|(addr, _)| device == 0 || addr.device == device)
            .map(|(addr, conn)| (addr.clone(), *conn))
            .collect())
    }
}

/// `POST /admin/sockets/drop {"phone"|"jid"}`: no goodbye.
pub fn drop_sockets(hub: &Hub, body: &Bytes) -> Outcome {
    let sockets = parse::<Target>(body)?.online(hub)?;
    let mut world = hub.lock();
    for (_, conn) in &sockets {
        world.end(*conn, Out::Drop);
        // From now on what is sent to the device is queued, even before the socket's task has noticed.
        login::gone(&mut world, *conn);
    }
    Ok(json!({ "dropped": sockets.len() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamError {
    phone: Option<String>,
    jid: Option<String>,
    code: u16,
    conflict: Option<String>,
}

/// `POST /admin/sockets/stream-error {"phone"|"jid", "code", "conflict"?}`.
///
/// 401 unlinks the device (with or without `device_removed`); the others only end the connection.
pub fn stream_error(hub: &Hub, body: &Bytes) -> Outcome {
    let StreamError { phone, jid, code, conflict } = parse(body)?;
    let sockets = Target { phone, jid }.online(hub)?;
    let mut world = hub.lock();
    for (addr, conn) in &sockets {
        login::kick(&world, *conn, code, conflict.as_deref());
        if code == 401 {
            world.online.remove(addr);
            devices::unlink(&mut world, addr);
        }
    }
    Ok(json!({ "kicked": sockets.len() }))
}

/// `GET /admin/state`.
pub fn state(hub: &Hub) -> Outcome {
    let world = hub.lock();
    let queued: usize = world.accounts.values().flat_map(|a| a.devices.values()).map(|d| d.queue.len()).sum();
    let (files, bytes, partial) = world.media.size();
    let nobody = world.media.traffic.get("").cloned().unwrap_or_default();
    let groups: Vec<Value> = world.groups.values().map(super::groups::describe).collect();
    Ok(json!({
        "accounts": world.accounts.values().map(|account| describe(&world, account)).collect::<Vec<_>>(),
        "groups": groups,
        "online": world.online.len(),
        "connections": world.conns.len(),
        "pairing": world.conns.len().saturating_sub(world.online.len()),
        "pair_codes": world.code_links.keys().collect::<Vec<_>>(),
        "queued": queued,
        "messages": { "seen": world.relay.messages, "duplicates": world.relay.duplicates },
        "newsletters": world.newsletters.values().map(super::newsletters::describe).collect::<Vec<_>>(),
        "media": { "files": files, "bytes": bytes, "partial": partial, "nobody": nobody },
        "handshakes": world.handshakes,
        "unknown_iqs": world.unknown_iqs,
        "faults": world.faults,
    }))
}

/// `GET /admin/messages[?id=]`: the relay log, newest first.
pub fn messages(hub: &Hub, query: &Query<'_>) -> Outcome {
    let id = query.get("id");
    let found = hub.lock().relay.find(id.as_deref(), LISTED);
    serde_json::to_value(found).map_err(|error| Refusal::bad_request(error.to_string()))
}

/// `POST /admin/reset`: an empty network; connections are dropped, the server's key stays.
pub fn reset(hub: &Hub) -> Outcome {
    let mut world = hub.lock();
    let open: Vec<ConnId> = world.conns.keys().copied().collect();
    for conn in open {
        world.end(conn, Out::Drop);
        world.conns.remove(&conn);
    }
    world.online.clear();
    world.refs.clear();
    world.code_links.clear();
    world.presence_subs.clear();
    world.accounts.clear();
    world.lids.clear();
    world.groups.clear();
    world.newsletters.clear();
    world.live_updates.clear();
    world.media.clear();
    world.calls.clear();
    world.passkeys.clear();
    world.chatstates.clear();
    world.relay = RelayLog::default();
    world.journal = Journal::default();
    world.faults = Faults::default();
    world.unknown_iqs.clear();
    world.touch();
    Ok(json!({}))
}
