//! Tokens. [`wish`] is how a body is read, and what its sender may grant; [`told`] how a token is told; [`look`] what is
//! where they are said to be; [`gone`] how they go.

pub mod create;
pub mod delete;
pub mod gone;
pub mod list;
pub mod look;
pub mod told;
pub mod wish;
