//! The Device API's form: one webhook for each device, set by `POST /webhook`. It is a webhook like any other, bound to the
//! device's session: the oldest that is, so that the one that a session was made with is found here, too.
//!
//! * [`set`], [`get`], [`delete`], [`events`]: the routes;
//! * [`which`]: the device that is meant, and its webhook; [`told`]: how it is told.

pub mod delete;
pub mod events;
pub mod get;
pub mod set;
pub mod told;
pub mod which;
