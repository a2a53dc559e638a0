//! Media as a message needs it: what goes in, what comes out, and what hostile files do (nothing).

#![expect(clippy::unwrap_used, reason = "a test ends where its world cannot be built")]

mod audio;
mod documents;
mod fetching;
mod hostile;
mod images;
mod sound;
mod stickers;
mod videos;
mod workshop;
mod world;
