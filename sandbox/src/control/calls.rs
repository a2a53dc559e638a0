//! Calls over the control surface: contacts ring, and what becomes of it.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::Server;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::{calls, messages};
use crate::phone::outbox;
use crate::server::Hub;
use crate::state::Addr;
use crate::state::call::{Call, Standing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    to: String,
    id: Option<String>,
    #[serde(default)]
    video: bool,
    #[serde(default)]
    notice: bool,
    addressing: Option<String>,
}

/// `POST /admin/accounts/{phone}/call`: rings the linked devices of a phone number, or of a group's members.
pub fn ring(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Ring { to, id, video, notice, addressing } = parse(body)?;
    let from = phone_number(hub, phone)?;
    let lid = super::lid(addressing.as_deref())?;
    let to = outbox::parse_target(&to)?;
    let mut world = hub.lock();
    let known = match to.server {
        Server::Group => world.groups.contains_key(to.user.as_str()),
        _ => world.account_of(&to).is_some(),
    };
    if !known {
        return Err(Refusal::not_found("nobody is there to be called"));
    }
    let to = messages::chat_of(&world, &to);
    let call_id = id.unwrap_or_else(|| hex::encode_upper(rand::random::<[u8; 16]>()));
    let (standing, signals) = (Standing::Ringing, Vec::new());
    let call = Call { call_id: call_id.clone(), from, to, video, standing, signals, lid };
    calls::ring(&mut world, call, notice);
    Ok(json!({ "call_id": call_id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    action: String,
    by: Option<String>,
}

/// `POST /admin/calls/{id}`: hangup and timeout by the caller, accept and reject on the phone of who is called.
pub fn signal(hub: &Hub, id: &str, body: &Bytes) -> Outcome {
    let Signal { action, by } = parse(body)?;
    let by = by.map(|by| phone_number(hub, &by)).transpose()?;
    let mut world = hub.lock();
    let call = world.calls.get(id).cloned().ok_or_else(|| Refusal::not_found("no such call"))?;
    let caller = Addr::new(&*call.from, 0);
    let callee = Addr::new(by.unwrap_or_else(|| call.to.clone()), 0);
    match action.as_str() {
        "hangup" => calls::end(&mut world, id, &caller, Standing::Ended, None),
        "timeout" => calls::end(&mut world, id, &caller, Standing::Ended, Some("timeout")),
        "accept" => calls::answered(&mut world, id, &callee, true, None),
        "reject" => calls::answered(&mut world, id, &callee, false, None),
        _ => return Err(Refusal::bad_request("action is hangup, timeout, accept or reject")),
    }
    describe(world.calls.get(id))
}

/// `GET /admin/calls/{id}`.
pub fn get(hub: &Hub, id: &str) -> Outcome {
    describe(hub.lock().calls.get(id))
}

/// `GET /admin/calls`.
pub fn list(hub: &Hub) -> Outcome {
    let world = hub.lock();
    world.calls.values().map(|call| describe(Some(call))).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn describe(call: Option<&Call>) -> Outcome {
    let call = call.ok_or_else(|| Refusal::not_found("no such call"))?;
    serde_json::to_value(call).map_err(|error| Refusal::bad_request(error.to_string()))
}
