//! A contact's profile over the control surface: its picture and its about text.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::profile;
use crate::server::Hub;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    base64: Option<String>,
}

/// `POST /admin/accounts/{phone}/picture {"base64": "..."|null}`: sets or removes it; who knows the account is told.
pub fn picture(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Picture { base64 } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let content = base64.map(|text| BASE64_STANDARD.decode(text)).transpose();
    let content = content.map_err(|_| Refusal::bad_request("base64 is not base64"))?;
    let mut world = hub.lock();
    let id = profile::set_picture(&mut world, &phone, content);
    let path = world.accounts.get(&phone).and_then(|a| a.picture.as_ref()).map(|p| p.path.clone());
    Ok(json!({ "id": id, "direct_path": path }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    text: String,
}

/// `POST /admin/accounts/{phone}/about {"text"}`: everybody who is linked is told.
pub fn about(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let About { text } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    profile::set_about(&mut hub.lock(), &phone, &text);
    Ok(json!({ "about": text }))
}
