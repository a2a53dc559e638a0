//! The sandbox, tried with real clients: unmodified whatsapp-rust 0.7.0 over real sockets.
//!
//! One binary, so that it is linked once. [`harness`] has the client and the control calls; each module tells the
//! stories of one area.

mod calls;
mod communities;
mod contacts;
mod daily;
mod group_changes;
mod groups;
mod harness;
mod history;
mod inside;
mod invites;
mod journal;
mod media;
mod media_retry;
mod moments;
mod newsletter_trouble;
mod newsletters;
mod notices;
mod pairing;
mod pairing_trouble;
mod passkeys;
mod phone_actions;
mod process;
mod recovery;
mod retries;
mod strangers;
mod talking;
mod trouble;
mod unreadable;
mod uploads;
mod verbs;
