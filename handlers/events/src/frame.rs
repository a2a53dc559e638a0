//! Server-Sent Events on the wire.

use edgewire_contract::ids::EventId;

/// The first line of a stream: headers and a byte of body make proxies pass it on at once.
pub const CONNECTED: &str = ": connected\n\n";
/// A sign of life on a quiet stream.
pub const PING: &str = ": ping\n\n";

/// One event. `json` is on one line, as everything that we store.
pub fn event(id: EventId, kind: &str, json: &str) -> String {
    format!("id: {id}\nevent: {kind}\ndata: {json}\n\n")
}

/// Word that events before the next one have been dropped, with the time from which they are there (unix ms). It has no id:
/// the client's place stays what it was.
pub fn gap(from: i64) -> String {
    format!("event: gap\ndata: {{\"from\":{from}}}\n\n")
}
