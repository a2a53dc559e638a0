//! The guard and its client on a network that the tests own: names, addresses and receivers are all ours.

#![expect(clippy::unwrap_used, reason = "a test ends where its world cannot be built")]

mod client;
mod hostile;
mod network;
mod tls;
