//! The control surface: JSON over HTTP under `/admin`, for tests and for people.
//!
//! - [`phones`] the mock phone: scan a QR code, enter a pair code
//! - [`accounts`] contacts: create, speak, listen, read
//! - [`profiles`] a contact's picture and about text
//! - [`groups`] and [`newsletters`] made and changed by contacts
//! - [`network`] sockets, faults, state, relay log, reset; [`stanzas`] the journal of what clients sent
//!
//! A refusal is a 4xx with `{"error": "…"}`.

pub mod accounts;
pub mod groups;
pub mod network;
pub mod newsletters;
pub mod phones;
pub mod profiles;
pub mod stanzas;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::server::Hub;
use crate::server::router::{Answer, plain};

/// A refusal: status and reason.
#[derive(Debug)]
pub struct Refusal(pub StatusCode, pub String);

impl Refusal {
    /// What was asked for does not exist.
    pub fn not_found(what: impl Into<String>) -> Self {
        Refusal(StatusCode::NOT_FOUND, what.into())
    }

    /// The request makes no sense.
    pub fn bad_request(why: impl Into<String>) -> Self {
        Refusal(StatusCode::BAD_REQUEST, why.into())
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Refusal(StatusCode::UNPROCESSABLE_ENTITY, format!("{error:#}"))
    }
}

/// What a route answers with.
pub type Outcome = Result<serde_json::Value, Refusal>;

/// Answers one control request.
pub async fn route(hub: &Hub, head: &Parts, body: &Bytes) -> Answer {
    let path = head.uri.path().trim_end_matches('/').to_owned();
    let parts: Vec<&str> = path.trim_start_matches("/admin/").split('/').collect();
    let query = Query(head.uri.query().unwrap_or_default());
    let outcome = match (&head.method, parts.as_slice()) {
        (&Method::POST, ["mock-phone", "scan-qr"]) => phones::scan_qr(hub, &query, body),
        (&Method::POST, ["mock-phone", "enter-code"]) => phones::enter_code(hub, body).await,
        (&Method::GET, ["accounts"]) => accounts::list(hub),
        (&Method::POST, ["accounts"]) => accounts::create(hub, body),
        (&Method::GET, ["accounts", phone]) => accounts::get(hub, phone),
        (&Method::POST, ["accounts", phone]) => accounts::change(hub, phone, body),
        (&Method::POST, ["accounts", phone, "send"]) => accounts::send(hub, phone, body),
        (&Method::GET, ["accounts", phone, "received"]) => accounts::received(hub, phone),
        (&Method::POST, ["accounts", phone, "read"]) => accounts::read(hub, phone, body),
        (&Method::POST, ["accounts", phone, "typing"]) => accounts::typing(hub, phone, body),
        (&Method::POST, ["accounts", phone, "devices", id, "unlink"]) => accounts::unlink(hub, phone, id),
        (&Method::POST, ["accounts", phone, "presence"]) => accounts::presence(hub, phone, body),
        (&Method::POST, ["accounts", phone, "picture"]) => profiles::picture(hub, phone, body),
        (&Method::POST, ["accounts", phone, "about"]) => profiles::about(hub, phone, body),
        (&Method::GET, ["newsletters"]) => newsletters::list(hub),
        (&Method::POST, ["newsletters"]) => newsletters::create(hub, body),
        (&Method::GET, ["newsletters", jid]) => newsletters::get(hub, jid),
        (&Method::GET, ["newsletters", jid, "messages"]) => newsletters::messages(hub, jid),
        (&Method::POST, ["newsletters", jid, "messages"]) => newsletters::publish(hub, jid, body),
        (&Method::POST, ["newsletters", jid, "reactions"]) => newsletters::react(hub, jid, body),
        (&Method::POST, ["newsletters", jid, "followers"]) => newsletters::follow(hub, jid, body),
        (&Method::GET, ["groups"]) => groups::list(hub),
        (&Method::POST, ["groups"]) => groups::create(hub, body),
        (&Method::POST, ["groups", jid, "participants"]) => groups::change(hub, jid, body),
        (&Method::POST, ["sockets", "drop"]) => network::drop_sockets(hub, body),
        (&Method::POST, ["sockets", "stream-error"]) => network::stream_error(hub, body),
        (&Method::POST, ["faults"]) => network::set_faults(hub, body),
        (&Method::GET, ["faults"]) => network::faults(hub),
        (&Method::POST, ["faults", "clear"]) => network::clear_faults(hub),
        (&Method::GET, ["certificate"]) => return plain(StatusCode::OK, &hub.certificate),
        (&Method::GET, ["state"]) => network::state(hub),
        (&Method::GET, ["messages"]) => network::messages(hub, &query),
        (&Method::GET, ["stanzas"]) => stanzas::list(hub, &query),
        (&Method::POST, ["reset"]) => network::reset(hub),
        _ => Err(Refusal::not_found("no such control route")),
    };
    hub.changed.notify_waiters();
    match outcome {
        Ok(value) => json(StatusCode::OK, &value),
        Err(Refusal(status, error)) => json(status, &serde_json::json!({ "error": error })),
    }
}

/// Reads a JSON body; an empty one counts as `{}`.
pub fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| Refusal::bad_request(format!("the body: {error}")))
}

fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut answer = plain(status, &serde_json::to_string(value).unwrap_or_default());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The query string of a request.
pub struct Query<'a>(&'a str);

impl Query<'_> {
    /// One parameter; `+` and percent escapes as far as phone numbers and ids need them.
    pub fn get(&self, name: &str) -> Option<String> {
        self.pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All parameters that have a value.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let decode = |text: &str| text.replace("%2B", "+").replace("%40", "@").replace("%3A", ":");
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (decode(key), decode(value)))
            .collect()
    }
}

/// A phone number from `phone`, or from any address of the account.
pub fn phone_number(hub: &Hub, text: &str) -> Result<String, Refusal> {
    let world = hub.lock();
    let phone = match text.parse::<wacore_binary::Jid>() {
        Ok(jid) if text.contains('@') => world.phone_of(&jid),
        _ => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            world.accounts.contains_key(&digits).then_some(digits)
        }
    };
    phone.ok_or_else(|| Refusal::not_found("no such account"))
}
