//! The mock phone: what a person does with a phone to link a client.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Query, Refusal, parse};
use crate::areas::{pair_code, pairing};
use crate::server::Hub;

/// `POST /admin/mock-phone/scan-qr[?phone=]`: the body is the QR text.
pub fn scan_qr(hub: &Hub, query: &Query<'_>, body: &Bytes) -> Outcome {
    let qr = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the QR text is not UTF-8"))?;
    let phone = query.get("phone").map(|phone| phone.chars().filter(char::is_ascii_digit).collect());
    let mut world = hub.lock();
    let addr = pairing::scan(&mut world, qr, phone)?;
    let lid = world.accounts.get(&addr.phone).map(|a| a.lid_device(addr.device).to_string());
    Ok(json!({ "phone": addr.phone, "device": addr.device, "jid": addr.pn().to_string(), "lid": lid }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnterCode {
    phone: String,
    code: String,
}

/// `POST /admin/mock-phone/enter-code {"phone", "code"}`: links the client that asked for the code.
pub async fn enter_code(hub: &Hub, body: &Bytes) -> Outcome {
    let EnterCode { phone, code } = parse(body)?;
    let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
    let addr = pair_code::enter(hub, &phone, &code).await?;
    let lid = hub.lock().accounts.get(&addr.phone).map(|a| a.lid_device(addr.device).to_string());
    Ok(json!({ "phone": addr.phone, "device": addr.device, "jid": addr.pn().to_string(), "lid": lid }))
}
