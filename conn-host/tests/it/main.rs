//! conn-host on a real Redis, with a scripted wire in place of WhatsApp: what a command comes to when the wire
//! acknowledges, refuses, drops or says nothing, and who may write when a lease moves on.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod actions;
mod blocked;
mod chats;
mod commands;
mod files;
mod host;
mod inbox;
mod leases;
mod missed;
mod notices;
mod pace;
mod pairing;
mod poison;
mod retention;
