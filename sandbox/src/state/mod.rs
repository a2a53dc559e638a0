//! What the sandbox remembers.
//!
//! - [`world`] everything, and the verbs over it
//! - [`account`] accounts and devices, [`group`] groups, [`newsletter`] channels, [`app_state`] synced settings
//! - [`queue`] what a device has still to acknowledge, [`relay`] which message went where
//! - [`journal`] which stanzas clients sent
//! - [`media`] uploads and downloads, [`fault`] scripted refusals
//! - [`file`] the state file, [`blob`] bytes and keys in it

pub mod account;
pub mod app_state;
pub mod blob;
pub mod fault;
pub mod file;
pub mod group;
pub mod journal;
pub mod media;
pub mod newsletter;
pub mod queue;
pub mod relay;
pub mod world;

pub use account::{Account, Addr};
pub use world::World;
