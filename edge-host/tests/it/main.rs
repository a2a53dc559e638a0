//! edge-host over real TCP, with a real component and a real Redis.
//!
//! The component is tests/guest, built once by `support::guest`. Nothing leaves the loopback; nothing
//! waits by sleeping: `support::eventually` asks until a deadline.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, and says where")]

mod binary;
mod limits;
mod manifest;
mod outbound;
mod redis;
mod routes;
mod streams;
mod support;
