//! The component `device-api`: the Device API, whose paths have no prefix and name no session. The token names the
//! organization, and so its devices; `device_id` names one where there are several. A device is a session.
//!
//! * [`send`]: messages, by kind; [`edit`], [`delete`]: what becomes of them later;
//! * [`message_status`]: how far a message has come; [`receipts`]: what the writers of messages are told of them;
//!   [`history`]: older messages, asked of the phone;
//! * [`job`]: what became of a send that was not waited for;
//! * [`devices`], [`status`], [`qr`], [`pair`], [`lifecycle`]: the devices and their life;
//! * [`device`]: which one is meant; [`held`], [`finder`]: what it takes to learn that from a body that goes on;
//! * [`wording`]: how the bodies are read; [`sent`], [`metadata`]: how a send is told; [`told`]: all answers.
//!
//! Errors come in the family's own envelope ([`Family::Device`]). The file of a message is given by the
//! media component.

pub mod delete;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod device;
pub mod devices;
pub mod edit;
pub mod finder;
pub mod held;
pub mod history;
pub mod job;
pub mod lifecycle;
pub mod message_status;
pub mod metadata;
pub mod pair;
pub mod qr;
pub mod receipts;
pub mod send;
pub mod sent;
pub mod status;
pub mod told;
pub mod wording;

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::media::MediaKind;
use edgewire_edge::asking::is_no_session;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::render::Family;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Problem, Reply, answer_in};

use self::lifecycle::Change;
use self::receipts::Told;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`send::text`]
    SendText,
    /// [`send::file`]
    SendFile(MediaKind),
    /// [`edit`]
    Edit,
    /// [`delete`]
    Delete,
    /// [`message_status`]
    MessageStatus,
    /// [`receipts`]
    Receipt(Told),
    /// [`history`]
    History,
    /// [`job::job`]
    Job,
    /// [`job::cancel`]
    CancelJob,
    /// [`devices`]
    Devices,
    /// [`status`]
    Status,
    /// [`qr`]
    Qr,
    /// [`pair`]
    Pair,
    /// [`lifecycle`]
    Change(Change),
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/send/text", Op::SendText),
    route("POST", "/send/image", Op::SendFile(MediaKind::Image)),
    route("POST", "/send/video", Op::SendFile(MediaKind::Video)),
    route("POST", "/send/audio", Op::SendFile(MediaKind::Audio)),
    route("POST", "/send/document", Op::SendFile(MediaKind::Document)),
    route("POST", "/send/sticker", Op::SendFile(MediaKind::Sticker)),
    route("PUT", "/messages/{id}", Op::Edit),
    route("DELETE", "/messages/{id}", Op::Delete),
    route("GET", "/messages/{id}/status", Op::MessageStatus),
    route("POST", "/messages/{id}/read", Op::Receipt(Told::Read)),
    route("POST", "/messages/{id}/delivered", Op::Receipt(Told::Delivered)),
    route("POST", "/messages/{id}/retry", Op::Receipt(Told::Retry)),
    route("POST", "/messages/history/request", Op::History),
    route("GET", "/jobs/{job_id}", Op::Job),
    route("DELETE", "/jobs/{job_id}", Op::CancelJob),
    route("GET", "/devices", Op::Devices),
    route("GET", "/status", Op::Status),
    route("GET", "/qr", Op::Qr),
    route("POST", "/paircode", Op::Pair),
    route("POST", "/connect", Op::Change(Change::Connect)),
    route("POST", "/disconnect", Op::Change(Change::Disconnect)),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| {
        let reply = match op {
            Op::SendText => send::text(&gateway, call).await,
            Op::SendFile(kind) => send::file(&gateway, call, kind).await,
            Op::Edit => edit::edit(&gateway, call).await,
            Op::Delete => delete::delete(&gateway, call).await,
            Op::MessageStatus => message_status::message_status(&gateway, call).await,
            Op::Receipt(what) => receipts::receipt(&gateway, call, what).await,
            Op::History => history::request(&gateway, call).await,
            Op::Job => job::job(&gateway, call).await,
            Op::CancelJob => job::cancel(&gateway, call).await,
            Op::Devices => devices::devices(&gateway, call).await,
            Op::Status => status::status(&gateway, call).await,
            Op::Qr => qr::qr(&gateway, call).await,
            Op::Pair => pair::pair(&gateway, call).await,
            Op::Change(change) => lifecycle::change(&gateway, call, change).await,
        };
        reply.map_err(in_own_words)
    };
    answer_in(Family::Device, &gateway, ROUTES, request, run).await
}

/// A fault of what all families share, as this one's callers know things: a session is a device, an outbox entry a job, and
/// the path's message has another name.
fn in_own_words(mut problem: Problem) -> Problem {
    let fault = &mut problem.fault;
    if is_no_session(fault) {
        *fault = Fault::not_found("device");
    }
    if fault.code == FaultCode::Timeout
        && let Some(job) = fault.details.get("outboxId").and_then(|id| id.as_str())
    {
        // The envelope has no place for details.
        fault.message = format!("no result in time; it is still on its way: ask GET /jobs/{job}");
    }
    for field in
        fault.details.get_mut("fields").and_then(|fields| fields.as_array_mut()).into_iter().flatten()
    {
        if field["field"] == "mid" {
            field["field"] = "id".into();
        }
    }
    problem
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
