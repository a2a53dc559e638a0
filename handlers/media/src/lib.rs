//! The component `media`: files to and from WhatsApp's media servers, without a message around them.
//!
//! * [`upload`]: a file that comes in, as it is or in a form, and the uploaded format that goes out; [`incoming`] writes
//!   it into Redis piece by piece, [`multipart`] reads forms;
//! * [`download`]: the uploaded format comes in, the file goes out;
//! * [`received`]: the file of a message that was sent or received; [`device`]: so too, as the Device API has it.
//!
//! Neither ever holds a file in memory. `describe` tells of them for `openapi.json`.

#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod device;
pub mod download;
pub mod incoming;
pub mod multipart;
pub mod received;
pub mod upload;

use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::render::Family;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::Route;
use edgewire_edge::{Gateway, Reply, answer_in};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`upload`]
    Upload,
    /// [`download`]
    Download,
    /// [`received`]
    Received,
    /// [`device`]
    Device,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    Route { method: "POST", path: "/api/v1/sessions/{session}/media/upload", op: Op::Upload },
    Route { method: "POST", path: "/api/v1/sessions/{session}/media/download", op: Op::Download },
    Route { method: "GET", path: "/api/v1/sessions/{session}/messages/{mid}/media", op: Op::Received },
    Route { method: "GET", path: "/messages/{id}/media", op: Op::Device },
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Upload => upload::upload(&gateway, call).await,
        Op::Download => download::download(&gateway, call).await,
        Op::Received => received::received(&gateway, call).await,
        Op::Device => device::media(&gateway, call).await,
    };
    let family = if request.head.path.starts_with("/messages/") { Family::Device } else { Family::Sessions };
    answer_in(family, &gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
