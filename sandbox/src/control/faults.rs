//! Faults over the control surface: what the server refuses or holds back, and how virtual phones answer.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refusal, parse, phone_number};
use crate::server::Hub;
use crate::state::World;
use crate::state::conduct::{Answering, MediaRetry, Placeholder, Resend};
use crate::state::fault::{CodeRefusal, Faults, IqRefusal, LoginRefusal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRequest {
    phone: Option<String>,
    nack: Option<NackRequest>,
    ack_delay_ms: Option<u64>,
    drop_acks: Option<u32>,
    freeze: Option<bool>,
    login: Option<LoginRequest>,
    media_delay_ms: Option<u64>,
    media_fail: Option<MediaRequest>,
    pair_code: Option<CodeRequest>,
    iq: Option<IqRequest>,
    history: Option<Answering>,
    placeholder: Option<Placeholder>,
    media_retry: Option<MediaRetry>,
    resend: Option<Resend>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MediaRequest {
    status: u16,
    #[serde(default = "one")]
    count: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IqRequest {
    #[serde(default = "one")]
    count: u32,
    xmlns: String,
    tag: Option<String>,
    error: Option<u16>,
    backoff: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRequest {
    #[serde(default = "one")]
    count: u32,
    error: u16,
    backoff: Option<u32>,
}

#[derive(Deserialize)]
struct LoginRequest {
    #[serde(default = "one")]
    count: u32,
    reason: u16,
    code: Option<u16>,
    expire: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NackRequest {
    error: u16,
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

/// `POST /admin/faults`: only what is named changes; without `phone` it is for everybody.
pub fn set_faults(hub: &Hub, body: &Bytes) -> Outcome {
    let request: FaultRequest = parse(body)?;
    let phone = match &request.phone {
        Some(phone) => Some(phone_number(hub, phone)?),
        None => None,
    };
    let mut world = hub.lock();
    let fault = world.faults.of(phone.as_deref());
    if let Some(nack) = request.nack {
        fault.nack = (nack.count > 0).then_some((nack.error, nack.count));
    }
    fault.ack_delay_ms = request.ack_delay_ms.unwrap_or(fault.ack_delay_ms);
    fault.drop_acks = request.drop_acks.unwrap_or(fault.drop_acks);
    fault.freeze = request.freeze.unwrap_or(fault.freeze);
    if let Some(LoginRequest { count, reason, code, expire }) = request.login {
        fault.login = (count > 0).then_some((LoginRefusal { reason, code, expire }, count));
    }
    fault.media_delay_ms = request.media_delay_ms.unwrap_or(fault.media_delay_ms);
    if let Some(MediaRequest { status, count }) = request.media_fail {
        if !(400..=599).contains(&status) {
            return Err(Refusal::bad_request("media_fail.status is 400 to 599"));
        }
        fault.media_fail = (count > 0).then_some((status, count));
    }
    if let Some(CodeRequest { count, error, backoff }) = request.pair_code {
        fault.pair_code = (count > 0).then_some((CodeRefusal { error, backoff }, count));
    }
    if let Some(IqRequest { count, xmlns, tag, error, backoff }) = request.iq {
        fault.iq = (count > 0).then_some((IqRefusal { xmlns, tag, error, backoff }, count));
    }
    let conduct = &mut fault.conduct;
    conduct.history = request.history.unwrap_or(conduct.history);
    conduct.placeholder = request.placeholder.unwrap_or(conduct.placeholder);
    conduct.media_retry = request.media_retry.unwrap_or(conduct.media_retry);
    conduct.resend = request.resend.unwrap_or(conduct.resend);
    apply_freeze(&world);
    serde_json::to_value(&world.faults).map_err(|error| Refusal::bad_request(error.to_string()))
}

/// `POST /admin/faults/clear`: everything works again.
pub fn clear_faults(hub: &Hub) -> Outcome {
    let mut world = hub.lock();
    world.faults = Faults::default();
    apply_freeze(&world);
    Ok(json!({}))
}

/// `GET /admin/faults`: by phone number, the empty key for everybody.
pub fn faults(hub: &Hub) -> Outcome {
    serde_json::to_value(&hub.lock().faults).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn apply_freeze(world: &World) {
    for (addr, conn) in &world.online {
        if let Some(conn) = world.conns.get(conn) {
            conn.freeze.send_replace(world.faults.frozen(&addr.phone));
        }
    }
}
