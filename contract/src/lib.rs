//! What both halves of Edgewire must agree on.
//!
//! The handlers (WebAssembly, stateless) and conn-host (native, owns the WhatsApp sockets) never speak to one
//! another: they meet in Redis. Everything that crosses there is in this crate, and nothing here does IO:
//!
//! * [`ids`], [`jid`], [`shard`]: names of things, and which part of Redis a session lives in;
//! * [`command`], [`outcome`], [`event`]: the three kinds of record that travel, pinned by golden files;
//! * [`content`], [`media`], [`data_uri`]: what a message says, by kind, and the files it carries;
//! * [`answer`]: what live actions give;
//! * [`session`], [`token`], [`access`], [`webhook`]: the records that stay; [`login`]: what is asked about a JWT;
//! * [`address`]: which IP addresses are on the public internet;
//! * [`moment`]: points in time as text;
//! * [`fault`]: every error of the product, once, with its status and both spellings;
//! * [`fields`], [`shape`]: reading a request body so that *all* its bad fields are named, and describing it;
//! * [`keys`], [`script`]: the table of Redis keys, and the Lua scripts, one per atomic step;
//! * [`servers`]: the URL of Redis, and who of a cluster has which key.
//!
//! **To change what crosses**: add a variant or an optional field, add a golden file (a released one is never
//! edited), release the readers first and the writers second.

pub mod access;
pub mod address;
pub mod answer;
pub mod command;
pub mod content;
pub mod data_uri;
pub mod event;
pub mod fault;
pub mod fields;
pub mod ids;
pub mod jid;
pub mod keys;
pub mod login;
pub mod media;
pub mod moment;
pub mod outcome;
pub mod script;
pub mod servers;
pub mod session;
pub mod shape;
pub mod shard;
pub mod token;
pub mod webhook;

/// The version that commands, outcomes and stored records carry in their `v` field.
pub const CONTRACT_VERSION: u8 = 1;
