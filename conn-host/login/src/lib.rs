//! Logins: JWTs of an identity provider (EdDSA, ES256, RS256), verified against its keys for the handlers, which have no room
//! for that. Who presents one is then known as the holder of any other token is.
//!
//! A handler puts an ask into Redis ([`edgewire_contract::login`]); any host that is set up for logins takes it, verifies the
//! JWT, looks whether its organization and its user may, writes what it may do into the record that every request reads, for
//! half a minute at most, and answers. So a login costs a request nothing but for one ask in half a minute, and that long it
//! takes to notice that a key was withdrawn or somebody disabled.
//!
//! From the outside in:
//! * `host.rs`: the task: says that this host takes logins, takes asks, answers them side by side; `desk.rs`: all of its
//!   traffic with Redis;
//! * `verifier.rs`: one JWT: its header, the key, the signature (`crypto.rs`: by ring), and then `claims.rs`: what it says;
//! * `keyring.rs`: the provider's keys, when they are fetched again, and for how long they are good; `jwks.rs`: reading them;
//! * `grant.rs`: what a verified login may do, by the organization and the user that are kept;
//! * `error.rs`: every reason for which a login is refused, and what is no refusal;
//! * [`Settings`], [`Outside`] (clock, fetch, counters): what a test replaces.
//!
//! **Nothing of the token is believed before its signature is good**, but for which key and algorithm it names. The algorithm
//! is the key's: a token that names another is refused, whatever its signature.

mod claims;
mod crypto;
mod desk;
mod error;
mod grant;
mod host;
mod jwks;
mod keyring;
mod outside;
mod settings;
#[cfg(test)]
mod testing;
mod verifier;

pub use error::FetchError;
pub use host::run;
pub use outside::{Clock, Counters, Document, Fetch, Outside, Snapshot, SystemClock};
pub use settings::{Settings, SettingsError};
