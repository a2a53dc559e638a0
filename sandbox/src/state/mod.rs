//! What the sandbox remembers.
//!
//! - [`world`] everything, and the verbs over it
//! - [`account`] accounts and devices, [`guard`] who may write to them, [`group`] groups, [`newsletter`] channels, [`app_state`] synced settings
//! - [`queue`] what a device has still to acknowledge, [`relay`] which message went where
//! - [`journal`] which stanzas clients sent
//! - [`history`] what was said before, [`call`] who rang whom
//! - [`media`] uploads and downloads, [`fault`] scripted refusals, [`conduct`] how phones answer
//! - [`mod@file`] the state file, [`blob`] bytes and keys in it

pub mod account;
pub mod app_state;
pub mod blob;
pub mod call;
pub mod conduct;
pub mod fault;
pub mod file;
pub mod group;
pub mod guard;
pub mod history;
pub mod journal;
pub mod media;
pub mod newsletter;
pub mod queue;
pub mod relay;
pub mod world;

pub use account::{Account, Addr};
pub use world::World;
