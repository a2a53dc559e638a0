//! The mock phone: what a person does with a phone to link a client.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Query, Refusal, parse};
use crate::areas::{pair_code, pairing, passkey};
use crate::server::Hub;
use crate::state::Addr;

/// `POST /admin/mock-phone/scan-qr[?phone=&forged=true]`: the body is the QR text.
pub fn scan_qr(hub: &Hub, query: &Query<'_>, body: &Bytes) -> Outcome {
    let qr = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the QR text is not UTF-8"))?;
    let phone = query.get("phone").map(|phone| phone.chars().filter(char::is_ascii_digit).collect());
    let mut world = hub.lock();
    let forged = query.get("forged").as_deref() == Some("true");
    let addr = pairing::scan(&mut world, qr, phone, forged)?;
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
    Ok(linked(hub, &addr))
}

fn linked(hub: &Hub, addr: &Addr) -> Value {
    let lid = hub.lock().accounts.get(&addr.phone).map(|a| a.lid_device(addr.device).to_string());
    json!({ "phone": addr.phone, "device": addr.device, "jid": addr.pn().to_string(), "lid": lid })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passkey {
    phone: String,
    qr: String,
    trouble: Option<passkey::Trouble>,
}

/// `POST /admin/mock-phone/passkey {"phone", "qr", "trouble"?}`: the client that shows this code is asked for a passkey.
pub fn passkey(hub: &Hub, body: &Bytes) -> Outcome {
    let Passkey { phone, qr, trouble } = parse(body)?;
    let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
    passkey::ask(&mut hub.lock(), &qr, phone, trouble)?;
    Ok(json!({}))
}

/// `GET /admin/mock-phone/passkey`: how far each client has come, and what the phone shows.
pub fn passkeys(hub: &Hub) -> Outcome {
    Ok(Value::Array(passkey::list(&hub.lock())))
}

/// `POST /admin/mock-phone/passkey/confirm {"phone", "code"}`: both sides show the same.
pub async fn confirm_passkey(hub: &Hub, body: &Bytes) -> Outcome {
    let EnterCode { phone, code } = parse(body)?;
    let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
    let addr = passkey::confirm(hub, &phone, &code).await?;
    Ok(linked(hub, &addr))
}

/// `POST /admin/mock-phone/rotate-qr`: the body is the QR text; the client has to show others.
pub fn rotate_qr(hub: &Hub, body: &Bytes) -> Outcome {
    let qr = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the QR text is not UTF-8"))?;
    pairing::rotate(&mut hub.lock(), qr)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refresh {
    phone: String,
    #[serde(default)]
    by_hand: bool,
}

/// `POST /admin/mock-phone/refresh-code {"phone", "by_hand"?}`: the client has to show another code.
pub fn refresh_code(hub: &Hub, body: &Bytes) -> Outcome {
    let Refresh { phone, by_hand } = parse(body)?;
    let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
    pair_code::refresh(&mut hub.lock(), &phone, by_hand)?;
    Ok(json!({}))
}
