//! The sandbox, tried with real clients: unmodified whatsapp-rust 0.7.0 over real sockets.
//!
//! One binary, so that it is linked once. [`harness`] has the client and the control calls; each module tells the
//! stories of one area.

mod contacts;
mod daily;
mod groups;
mod harness;
mod inside;
mod invites;
mod journal;
mod media;
mod newsletter_trouble;
mod newsletters;
mod pairing;
mod process;
mod retries;
mod talking;
mod trouble;
mod uploads;
