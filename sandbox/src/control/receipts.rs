//! Receipts over the control surface: what a phone says about messages it has.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refusal, parse, phone_number};
use crate::phone::receipts::{self, Kind};
use crate::server::Hub;
use crate::state::Addr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    ids: Vec<String>,
    kind: Kind,
    #[serde(default = "first")]
    count: u32,
}

fn first() -> u32 {
    1
}

/// `POST /admin/accounts/{phone}/receipts`: one receipt for one or more messages of a chat.
pub fn send(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Receipt { ids, kind, count } = parse(body)?;
    let own = Addr::new(phone_number(hub, phone)?, 0);
    if ids.is_empty() {
        return Err(Refusal::bad_request("ids is needed"));
    }
    receipts::send(&mut hub.lock(), &own, &ids, kind, count)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: String,
}

/// `POST /admin/accounts/{phone}/read`: a read receipt for a received message.
pub fn read(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Read { id } = parse(body)?;
    let own = Addr::new(phone_number(hub, phone)?, 0);
    match receipts::send(&mut hub.lock(), &own, &[id], Kind::Read, 1) {
        Ok(()) => Ok(json!({})),
        Err(_) => Err(Refusal::not_found("this account has received no such message")),
    }
}
