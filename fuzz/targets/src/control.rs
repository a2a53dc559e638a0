//! The sandbox's control surface. An input is a line with method and path, and the body.

use bytes::Bytes;
use edgewire_sandbox::control::route;
use futures::FutureExt as _;
use http::Request;

use crate::{text, world};

/// It is answered, and a refusal is one of the caller's making.
pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, body) = (text(&data[..end]), data.get(end + 1..).unwrap_or_default());
    let Some((method, path)) = line.split_once(' ') else { return };
    let Ok(request) = Request::builder().method(method).uri(path).body(()) else { return };
    let (head, ()) = request.into_parts();
    let (hub, _, _written) = world::hub();
    // What waits for a person is not waited for.
    let body = Bytes::copy_from_slice(body);
    let Some(answer) = route(&hub, &head, &body).now_or_never() else { return };
    assert!(answer.status().is_success() || answer.status().is_client_error(), "{}", answer.status());
    drop(hub.lock());
}
