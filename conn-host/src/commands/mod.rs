//! Commands: from the stream to their outcome.
//!
//! * [`intake`]: reads a shard's stream;
//! * [`send`]: one message's life on the wire;
//! * [`translate`]: a command's content as WhatsApp's protobuf, one file a kind;
//! * [`complete`]: outcome, event and acknowledgement, in one step.

pub mod complete;
pub mod intake;
pub mod send;
pub mod translate;
