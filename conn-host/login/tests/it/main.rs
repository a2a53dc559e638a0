//! Logins between a real Redis and a provider of the test's own: from a handler's ask to the record that it then finds.
#![expect(clippy::unwrap_used, reason = "a test ends where its world cannot be built")]

mod asks;
mod standing;
mod world;
