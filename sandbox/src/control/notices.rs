//! What the server tells clients about accounts, over the control surface.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use wacore_binary::Jid;
use wacore_binary::builder::NodeBuilder;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::{notices, privacy};
use crate::server::Hub;
use crate::stanza::empty;
use crate::state::Addr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    kind: String,
    seconds: Option<u32>,
    after: Option<i64>,
    of: Option<String>,
}

/// `POST /admin/accounts/{phone}/notice`: `contact_updated` and `disappearing_mode` go to those who know the account,
/// the others to its own clients.
pub fn send(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Notice { kind, seconds, after, of } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let mut world = hub.lock();
    let (knowers, own) = (notices::knowers(&world, &phone), notices::own(&world, &phone));
    let jid = Jid::pn(phone.as_str());
    let now = world.now();
    let told = match kind.as_str() {
        "contact_updated" => {
            let update = NodeBuilder::new("update").attr("jid", jid).build();
            notices::tell(&mut world, Some(&phone), &knowers, "contacts", &update);
            knowers
        }
        "disappearing_mode" => {
            let mode = NodeBuilder::new("disappearing_mode")
                .attr("duration", seconds.unwrap_or_default())
                .attr("t", now)
                .build();
            notices::tell(&mut world, Some(&phone), &knowers, "disappearing_mode", &mode);
            knowers
        }
        "contacts_sync" => {
            let mut sync = NodeBuilder::new("sync");
            if let Some(after) = after {
                sync = sync.attr("after", after);
            }
            notices::tell(&mut world, None, &own, "contacts", &sync.build());
            own
        }
        "prekeys_low" => {
            let count = NodeBuilder::new("count").attr("value", 0).build();
            notices::tell(&mut world, None, &own, "encrypt", &count);
            own
        }
        "check_keys" => {
            notices::tell(&mut world, None, &own, "encrypt", &empty("digest"));
            own
        }
        "dirty" => {
            notices::dirty(&world, &phone, of.as_deref().unwrap_or("syncd_app_state"));
            own
        }
        _ => return Err(Refusal::bad_request("no such notice")),
    };
    Ok(json!({ "devices": told.len() }))
}

/// `POST /admin/accounts/{phone}/reinstall`: new keys, no linked devices any more; who knows the account is told.
pub fn reinstall(hub: &Hub, phone: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    notices::reinstall(&mut hub.lock(), &phone)?;
    super::accounts::get(hub, &phone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    phone: String,
}

/// `POST /admin/accounts/{phone}/number {"phone"}`: the same person has another number.
pub fn number(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Number { phone: new } = parse(body)?;
    let old = phone_number(hub, phone)?;
    let new: String = new.chars().filter(char::is_ascii_digit).collect();
    notices::change_number(&mut hub.lock(), &old, &new)?;
    super::accounts::get(hub, &new)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    who: String,
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

/// `POST /admin/accounts/{phone}/block {"who", "on"?}`: on the phone; its clients are told.
pub fn block(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Block { who, on } = parse(body)?;
    let (phone, who) = (phone_number(hub, phone)?, phone_number(hub, &who)?);
    privacy::block(&mut hub.lock(), &Addr::new(&*phone, 0), &who, on);
    super::accounts::get(hub, &phone)
}
