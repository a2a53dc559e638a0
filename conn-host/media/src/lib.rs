//! Turns bytes that somebody gave us into media that WhatsApp shows properly. It knows neither whatsapp-rust nor Redis.
//!
//! In the order in which a message's bytes pass:
//!
//! * [`Spool`] (`spool.rs`): bytes with their length and SHA-256, in memory when few, else in an unlinked file;
//! * [`fetch`](fetch()) (`fetch.rs`): bytes from a user's URL, through the guard of `edgewire-outbound`;
//! * [`sniff`](sniff()) (`sniff.rs`): what they are, by content; [`Format`] (`format.rs`) names it;
//! * [`prepare`](prepare()) (`prepare.rs`): checks them for their [`Kind`], converts what must be converted and collects
//!   the [`Facts`] a message carries. A module per kind: `picture/` (images, stickers), `video/`, `audio/`, `document/`;
//! * [`Workshop`] (`workshop.rs`): the same for async callers, so many at a time.
//!
//! **Everything in here is hostile until it is shown.** Each kind has [`Limits`] on bytes, pixels, frames and seconds;
//! a [`Budget`] ends what takes too long, in the midst of a decoder's reading; decoders are written in safe Rust (C is
//! only ever used to *encode*, what we drew ourselves); a panic in one of them is a [`MediaError::Broken`]. What is
//! declared by a file (sizes, counts) is compared with what is there before anything is allocated for it.
//!
//! **ffmpeg** is used when it is on the PATH, for two things nothing else here does: video thumbnails, and sound in
//! codecs beyond the usual (HE-AAC, AMR, the sound of a 3GP file). Nothing depends on it.

mod audio;
mod budget;
mod document;
mod error;
mod facts;
mod fetch;
mod ffmpeg;
mod format;
mod limits;
mod name;
mod picture;
mod prepare;
mod sniff;
mod spool;
mod video;
mod workshop;

pub use budget::{Budget, CancelOnDrop};
pub use error::{FetchFailure, MediaError};
pub use facts::{Facts, Prepared};
pub use fetch::{FetchLimits, Fetched, fetch};
pub use ffmpeg::Ffmpeg;
pub use format::Format;
pub use limits::Limits;
pub use name::{clean_file_name, name_from_disposition};
pub use prepare::{Hints, Kind, Settings, prepare};
pub use sniff::sniff;
pub use spool::{Spool, SpoolReader, SpoolWriter};
pub use workshop::Workshop;
