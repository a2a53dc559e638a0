//! Tokens. [`wish`] is how a body is read, and what its sender may grant; [`told`] how a token is told; [`gone`] how many go
//! at once.

pub mod create;
pub mod delete;
pub mod gone;
pub mod list;
pub mod told;
pub mod wish;
