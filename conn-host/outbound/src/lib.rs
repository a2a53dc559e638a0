//! Calls to addresses that are given: webhooks, media by URL, an identity provider's keys. One guard decides, one client obeys it.
//!
//! A user's URL is the classic way into a private network (SSRF), so nothing else in the product may open such a
//! connection. The parts, in the order in which a call passes them:
//!
//! * [`Guard`] (`guard.rs`): reads the text and refuses by scheme, userinfo, port and name;
//! * [`Resolver`], [`Dialer`] (`dial.rs`): DNS and TCP as injected ports, so that tests touch no network;
//! * [`address`]: which IP addresses are public; every DNS answer and every literal goes through it;
//! * `connect.rs`: the hyper connector that dials *the address that was checked*: the name is never looked up again,
//!   so an answer that changes in between (DNS rebinding) changes nothing;
//! * [`GuardedClient`] (`client.rs`): POST and GET with time and size limits, keep-alive, each redirect hop checked
//!   like the first URL (or, for webhooks, not followed).

pub use edgewire_contract::address;
mod client;
mod connect;
mod dial;
mod error;
mod guard;

pub use client::{Answer, Fetched, GuardedClient, Head, Limits};
pub use dial::{Dialer, Resolver, SystemDialer, SystemResolver, Wire};
pub use error::{OutboundError, Refusal};
pub use guard::{Guard, Ports};
