//! Users of an organization. [`wish`] is how bodies are read, [`told`] how one is told, [`which`] the one that a path names.

pub mod change;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod told;
pub mod which;
pub mod wish;
