//! The server in front of the components.
//!
//! - `serve`: accepts connections, and stops in good order;
//! - `handle`: one request: limits, route, component, answer;
//! - `call`: hands a request to a component and tells its failures apart;
//! - `limits`: bounds on bodies, on concurrency, and per client;
//! - `headers`: the request id, and the headers that Spin gives to guests;
//! - `respond`: answers that the host itself gives, in the Sessions API's error shape;
//! - `stream`: a guest's response body on its way to the client;
//! - `wire`: the connection beneath, with bounds on what a client leaves unread.

mod call;
mod handle;
mod headers;
mod limits;
mod respond;
mod serve;
mod stream;
mod wire;

pub(crate) use handle::Front;
pub(crate) use serve::{serve, serve_admin};
