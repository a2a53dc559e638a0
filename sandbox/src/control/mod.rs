//! The control surface: JSON over HTTP under `/admin`, for tests and for people.
//!
//! - [`phones`] the mock phone: scan a QR code, enter a pair code
//! - [`accounts`] contacts: create, speak, listen, read
//! - [`profiles`] a contact's picture and about text, [`notices`] other keys, another number, other settings
//! - [`groups`] and [`newsletters`] made and changed by contacts
//! - [`verbs`] contacts react, vote, edit, take back; [`receipts`] they read and play; [`calls`] they ring
//! - [`app_state`] what is done on a phone and shared with its clients
//! - [`history`] what a phone has from before, [`media`] files that are gone or damaged
//! - [`faults`] what is to go wrong; [`network`] sockets, state, relay log, reset; [`stanzas`] what clients sent,
//!   [`inject`] what they are to be sent
//!
//! A refusal is a 4xx with `{"error": "…"}`.

pub mod accounts;
pub mod app_state;
pub mod calls;
pub mod faults;
pub mod groups;
pub mod history;
pub mod inject;
pub mod media;
pub mod network;
pub mod newsletters;
pub mod notices;
pub mod phones;
pub mod profiles;
pub mod receipts;
pub mod stanzas;
pub mod verbs;

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
        (&Method::GET, ["mock-phone", "passkey"]) => phones::passkeys(hub),
        (&Method::POST, ["mock-phone", "passkey"]) => phones::passkey(hub, body),
        (&Method::POST, ["mock-phone", "passkey", "confirm"]) => phones::confirm_passkey(hub, body).await,
        (&Method::POST, ["mock-phone", "rotate-qr"]) => phones::rotate_qr(hub, body),
        (&Method::POST, ["mock-phone", "refresh-code"]) => phones::refresh_code(hub, body),
        (&Method::GET, ["accounts"]) => accounts::list(hub),
        (&Method::POST, ["accounts"]) => accounts::create(hub, body),
        (&Method::GET, ["accounts", phone]) => accounts::get(hub, phone),
        (&Method::POST, ["accounts", phone]) => accounts::change(hub, phone, body),
        (&Method::POST, ["accounts", phone, "send"]) => accounts::send(hub, phone, body),
        (&Method::GET, ["accounts", phone, "received"]) => accounts::received(hub, phone),
        (&Method::POST, ["accounts", phone, "read"]) => receipts::read(hub, phone, body),
        (&Method::POST, ["accounts", phone, "typing"]) => accounts::typing(hub, phone, body),
        (&Method::POST, ["accounts", phone, "devices", id, "unlink"]) => accounts::unlink(hub, phone, id),
        (&Method::POST, ["accounts", phone, "presence"]) => accounts::presence(hub, phone, body),
        (&Method::POST, ["accounts", phone, "picture"]) => profiles::picture(hub, phone, body),
        (&Method::POST, ["accounts", phone, "about"]) => profiles::about(hub, phone, body),
        (&Method::GET, ["accounts", phone, "history"]) => history::list(hub, phone),
        (&Method::POST, ["accounts", phone, "history"]) => history::seed(hub, phone, body),
        (&Method::POST, ["accounts", phone, "call"]) => calls::ring(hub, phone, body),
        (&Method::POST, ["accounts", phone, "receipts"]) => receipts::send(hub, phone, body),
        (&Method::POST, ["accounts", phone, "poll"]) => verbs::poll(hub, phone, body),
        (&Method::GET, ["accounts", phone, "votes"]) => verbs::votes(hub, phone, &query),
        (&Method::POST, ["accounts", phone, "disappear"]) => verbs::disappear(hub, phone, body),
        (
            &Method::POST,
            [
                "accounts",
                phone,
                verb @ ("react" | "vote" | "respond" | "edit" | "revoke" | "pin" | "keep" | "comment"),
            ],
        ) => verbs::act(hub, phone, verb, body),
        (&Method::GET, ["accounts", phone, "app-state"]) => app_state::read(hub, phone),
        (&Method::POST, ["accounts", phone, "app-state"]) => app_state::act(hub, phone, body),
        (&Method::POST, ["groups", jid, "settings"]) => groups::settings(hub, jid, body),
        (&Method::POST, ["groups", jid, "join"]) => groups::join(hub, jid, body),
        (&Method::POST, ["groups", jid, "leave"]) => groups::leave(hub, jid, body),
        (&Method::POST, ["groups", jid, "requests"]) => groups::decide(hub, jid, body),
        (&Method::POST, ["groups", jid, "link"]) => groups::link(hub, jid, body),
        (&Method::POST, ["groups", jid, "dissolve"]) => groups::dissolve(hub, jid, body),
        (&Method::POST, ["groups", jid, "invite"]) => groups::invite(hub, jid, body),
        (&Method::POST, ["accounts", phone, "trust"]) => accounts::trust(hub, phone, body),
        (&Method::POST, ["accounts", phone, "notice"]) => notices::send(hub, phone, body),
        (&Method::POST, ["accounts", phone, "reinstall"]) => notices::reinstall(hub, phone),
        (&Method::POST, ["accounts", phone, "number"]) => notices::number(hub, phone, body),
        (&Method::POST, ["accounts", phone, "block"]) => notices::block(hub, phone, body),
        (&Method::GET, ["calls"]) => calls::list(hub),
        (&Method::GET, ["calls", id]) => calls::get(hub, id),
        (&Method::POST, ["calls", id]) => calls::signal(hub, id, body),
        (&Method::POST, ["accounts", phone, "history", "sync"]) => history::sync(hub, phone, body),
        (&Method::POST, ["media", what]) => media::change(hub, what, body),
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
        (&Method::POST, ["faults"]) => faults::set_faults(hub, body),
        (&Method::GET, ["faults"]) => faults::faults(hub),
        (&Method::POST, ["faults", "clear"]) => faults::clear_faults(hub),
        (&Method::GET, ["certificate"]) => return plain(StatusCode::OK, &hub.certificate),
        (&Method::GET, ["state"]) => network::state(hub),
        (&Method::GET, ["messages"]) => network::messages(hub, &query),
        (&Method::POST, ["stanzas"]) => inject::send(hub, body),
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

/// Whether an `addressing` means the LID.
pub fn lid(addressing: Option<&str>) -> Result<bool, Refusal> {
    match addressing {
        None | Some("pn") => Ok(false),
        Some("lid") => Ok(true),
        Some(_) => Err(Refusal::bad_request("addressing is \"pn\" or \"lid\"")),
    }
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
