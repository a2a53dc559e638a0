//! Accounts over the control surface.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::builder::NodeBuilder;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::{devices, presence, tokens};
use crate::phone::compose::Content;
use crate::phone::outbox;
use crate::phone::trouble::Trouble;
use crate::server::Hub;
use crate::state::{Account, Addr, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    phone: Option<String>,
    push_name: Option<String>,
    auto_delivery: Option<bool>,
    #[serde(default)]
    auto_read: bool,
    auto_reply: Option<String>,
}

/// `GET /admin/accounts`.
pub fn list(hub: &Hub) -> Outcome {
    let world = hub.lock();
    Ok(Value::Array(world.accounts.values().map(|account| describe(&world, account)).collect()))
}

/// `POST /admin/accounts`: a contact, until a client is linked to it. An existing number is changed, not refused.
pub fn create(hub: &Hub, body: &Bytes) -> Outcome {
    let Create { phone, push_name, auto_delivery, auto_read, auto_reply } = parse(body)?;
    check_reply(auto_reply.as_deref())?;
    let phone: Option<String> = phone.map(|phone| phone.chars().filter(char::is_ascii_digit).collect());
    let mut world = hub.lock();
    let phone = match phone {
        Some(phone) if world.accounts.contains_key(&phone) => phone,
        phone => world.create_account(phone, push_name.as_deref().unwrap_or_default())?.phone.clone(),
    };
    if let Some(account) = world.accounts.get_mut(&phone) {
        account.push_name = push_name.unwrap_or_else(|| account.push_name.clone());
        account.auto_delivery = auto_delivery.unwrap_or(account.auto_delivery);
        account.auto_read = auto_read;
        account.auto_reply = auto_reply;
    }
    world.touch();
    world
        .accounts
        .get(&phone)
        .map(|a| describe(&world, a))
        .ok_or_else(|| Refusal::not_found("no such account"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    push_name: Option<String>,
    auto_delivery: Option<bool>,
    auto_read: Option<bool>,
    auto_reply: Option<Value>,
    restricted: Option<bool>,
    tc_enabled: Option<bool>,
    cs_enabled: Option<bool>,
    nct_send_ab: Option<bool>,
    nct_history_delivery: Option<bool>,
    nct_syncd_delivery: Option<bool>,
    #[serde(default)]
    privacy: BTreeMap<String, String>,
}

/// `POST /admin/accounts/{phone}`: only what is named changes; `auto_reply: null` turns replies off.
pub fn change(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let change: Change = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let reply = change.auto_reply.as_ref().map(|value| value.as_str().map(str::to_owned));
    check_reply(reply.as_ref().and_then(Option::as_deref))?;
    let mut world = hub.lock();
    if let Some(account) = world.accounts.get_mut(&phone) {
        account.push_name = change.push_name.unwrap_or_else(|| account.push_name.clone());
        account.auto_delivery = change.auto_delivery.unwrap_or(account.auto_delivery);
        account.auto_read = change.auto_read.unwrap_or(account.auto_read);
        account.auto_reply = reply.unwrap_or_else(|| account.auto_reply.clone());
        account.privacy.extend(change.privacy);
        let guard = &mut account.guard;
        guard.restricted = change.restricted.unwrap_or(guard.restricted);
        guard.tc_enabled = change.tc_enabled.unwrap_or(guard.tc_enabled);
        guard.cs_enabled = change.cs_enabled.unwrap_or(guard.cs_enabled);
        guard.nct_send_ab = change.nct_send_ab.unwrap_or(guard.nct_send_ab);
        guard.nct_history_delivery = change.nct_history_delivery.unwrap_or(guard.nct_history_delivery);
        guard.nct_syncd_delivery = change.nct_syncd_delivery.unwrap_or(guard.nct_syncd_delivery);
    }
    world.touch();
    drop(world);
    get(hub, &phone)
}

fn check_reply(reply: Option<&str>) -> Result<(), Refusal> {
    match reply {
        None | Some("echo") => Ok(()),
        Some(_) => Err(Refusal::bad_request("auto_reply is \"echo\" or absent")),
    }
}

/// `GET /admin/accounts/{phone}`.
pub fn get(hub: &Hub, phone: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let world = hub.lock();
    world
        .accounts
        .get(&phone)
        .map(|a| describe(&world, a))
        .ok_or_else(|| Refusal::not_found("no such account"))
}

/// An account as the control surface shows it.
pub fn describe(world: &World, account: &Account) -> Value {
    let devices: Vec<Value> = account
        .devices
        .values()
        .map(|device| {
            let addr = Addr::new(&*account.phone, device.id);
            json!({
                "id": device.id,
                "jid": addr.pn().to_string(),
                "lid": account.lid_device(device.id).to_string(),
                "online": world.online.contains_key(&addr),
                "queued": device.queue.len(),
                "logins": device.logins,
                "prekeys": device.keys.as_ref().map_or(0, |keys| keys.one_time.len()),
            })
        })
        .collect();
    json!({
        "phone": account.phone,
        "jid": account.pn_jid().to_string(),
        "lid": account.lid_jid().to_string(),
        "push_name": account.push_name,
        "auto_delivery": account.auto_delivery,
        "auto_read": account.auto_read,
        "auto_reply": account.auto_reply,
        "contact": account.is_contact(),
        "available": account.available,
        "about": account.about,
        "picture": account.picture.as_ref().map(|picture| &picture.id),
        "blocked": account.blocked,
        "restricted": account.guard.restricted,
        "media": world.media.traffic.get(&account.phone).cloned().unwrap_or_default(),
        "devices": devices,
    })
}

#[derive(Deserialize)]
struct Send {
    to: String,
    id: Option<String>,
    addressing: Option<String>,
    trouble: Option<Trouble>,
    audience: Option<Vec<String>>,
    #[serde(flatten)]
    content: Content,
}

/// `POST /admin/accounts/{phone}/send`.
pub fn send(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Send { to, id, addressing, trouble, audience, content } = parse(body)?;
    let audience = audience
        .map(|phones| phones.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    let lid = super::lid(addressing.as_deref())?;
    let phone = phone_number(hub, phone)?;
    let mut world = hub.lock();
    let content = content.compose(&mut world)?;
    let id = outbox::send_message(
        &mut world,
        &phone,
        outbox::Outgoing { to, content, id, lid, trouble, audience },
    )?;
    Ok(json!({ "message_id": id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typing {
    to: String,
    state: String,
    #[serde(default)]
    age_seconds: u64,
}

/// `POST /admin/accounts/{phone}/typing`: composing, recording or paused; `age_seconds` ago.
pub fn typing(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Typing { to, state, age_seconds } = parse(body)?;
    let child = match state.as_str() {
        "composing" => NodeBuilder::new("composing").build(),
        "recording" => NodeBuilder::new("composing").attr("media", "audio").build(),
        "paused" => NodeBuilder::new("paused").build(),
        _ => return Err(Refusal::bad_request("state is composing, recording or paused")),
    };
    let phone = phone_number(hub, phone)?;
    let to = outbox::parse_target(&to)?;
    let node = NodeBuilder::new("chatstate").attr("to", to).children([child]).build();
    presence::chatstate(&mut hub.lock(), &Addr::new(phone, 0), &node, Duration::from_secs(age_seconds));
    Ok(json!({}))
}

/// `POST /admin/accounts/{phone}/devices/{id}/unlink`: unlinked on the phone, whether online or not.
pub fn unlink(hub: &Hub, phone: &str, device: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let device = device.parse().map_err(|_| Refusal::bad_request("not a device id"))?;
    let addr = Addr::new(phone, device);
    let mut world = hub.lock();
    if world.device(&addr).is_none() {
        return Err(Refusal::not_found("no such device"));
    }
    devices::unlink(&mut world, &addr);
    Ok(json!({}))
}

/// `GET /admin/accounts/{phone}/received`: oldest first.
pub fn received(hub: &Hub, phone: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let world = hub.lock();
    let received = world.accounts.get(&phone).map(|account| &account.virtual_phone.received);
    serde_json::to_value(received)
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presence {
    available: bool,
}

/// `POST /admin/accounts/{phone}/presence`.
pub fn presence(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Presence { available } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    presence::set_available(&mut hub.lock(), &phone, available);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    to: String,
}

/// `POST /admin/accounts/{phone}/trust`: it gives somebody a token, which opens it when it is restricted.
pub fn trust(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Trust { to } = parse(body)?;
    let (phone, to) = (phone_number(hub, phone)?, phone_number(hub, &to)?);
    tokens::issue(&mut hub.lock(), &phone, &to, None);
    Ok(json!({}))
}
