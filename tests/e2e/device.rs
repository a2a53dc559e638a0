//! The Device API, whose token names the device: as its caller sees it, and what the recipient's client makes of it.
//!
//! * this file: how it is asked; `sends`: each route of a send; `jobs`: sends that are not waited for; `changes`: edits and
//!   deletions; `life`: the devices themselves; `errors`: what is refused.

mod changes;
mod errors;
mod jobs;
mod life;
mod sends;

use edgewire_contract::fault::FaultCode;
use harness::{Organization, Reply, Request};
use http::Method;
use serde_json::Value;

pub use self::changes::{a_sent_text_is_edited_and_deleted, what_is_deleted_for_me_is_only_gone_here};
pub use self::errors::{each_refusal_has_the_familys_form, what_belongs_to_others_is_no_device};
pub use self::jobs::{
    a_clip_that_turns_out_to_be_long_is_a_job, a_long_clip_is_a_job_and_the_same_key_the_same_job,
    a_pause_comes_before_the_message,
};
pub use self::life::{a_device_is_paired_stopped_and_connected, one_of_several_devices_is_named};
pub use self::sends::{a_text_quotes_and_mentions, every_kind_is_sent_and_measured};

/// A request with the organization's user token: what this family is made for.
fn ask(us: &Organization, method: Method, path: &str) -> Request {
    us.request(method, path).bearer(&us.user_token)
}

async fn get(us: &Organization, path: &str) -> Reply {
    ask(us, Method::GET, path).send().await
}

async fn post(us: &Organization, path: &str, body: &Value) -> Reply {
    ask(us, Method::POST, path).json(body).send().await
}

/// Asserts an error in the family's form, and gives it.
#[track_caller]
fn refused(reply: &Reply, code: FaultCode) -> Value {
    let told = reply.expect(code.status());
    assert_eq!((&told["success"], &told["error_code"]), (&false.into(), &code.device_api().into()), "{told}");
    assert!(told["error"].as_str().is_some_and(|error| !error.is_empty()), "{told}");
    is_time(&told["timestamp"]);
    let described = ["success", "error", "error_code", "timestamp", "validation"];
    let fields = told.as_object().expect("an object");
    assert!(fields.keys().all(|name| described.contains(&name.as_str())), "{told}");
    assert!(reply.headers.contains_key("x-request-id"), "{:?}", reply.headers);
    told
}

/// Asserts a 400 that names exactly these fields.
#[track_caller]
fn bad_fields(reply: &Reply, fields: &[&str]) -> Value {
    let told = refused(reply, FaultCode::ValidationError);
    let bad = told["validation"].as_array().expect("what is wrong");
    let named: Vec<&str> = bad.iter().filter_map(|fault| fault["field"].as_str()).collect();
    assert_eq!(named, fields, "{told}");
    assert!(bad.iter().all(|fault| fault["message"].is_string()), "{told}");
    told
}

/// Asserts that it is a time as RFC 3339 has it, in UTC, to the second.
#[track_caller]
fn is_time(time: &Value) {
    let text = time.as_str().unwrap_or_default();
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(form, "0000-00-00T00:00:00Z", "{time}");
}

/// The address of a phone number.
fn jid(phone: &str) -> String {
    format!("{phone}@s.whatsapp.net")
}

/// A field that is a text.
#[track_caller]
fn text<'a>(told: &'a Value, field: &str) -> &'a str {
    told[field].as_str().unwrap_or_else(|| panic!("no {field} in {told}"))
}
