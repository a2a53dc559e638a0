//! Organizations: for tokens of the deployment only. [`wish`] is how bodies are read, [`told`] how one is told, [`keep`] how
//! one is changed.

pub mod change;
pub mod create;
pub mod delete;
pub mod get;
pub mod keep;
pub mod list;
pub mod told;
pub mod wish;
