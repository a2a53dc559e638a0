//! Commands: from the stream to their outcome.
//!
//! * [`intake`]: reads a shard's stream;
//! * [`schedule`]: what is due enters the stream; [`pace`]: how fast a session sends;
//! * [`send`]: one message's life on the wire;
//! * [`gather`], [`files`]: what a message needs before it can be translated ([`material`]); [`addressed`]: by which
//!   addresses it came;
//! * [`received`], [`flight`]: the files of messages that came in, each got by one at a time;
//! * [`ask`], [`live`]: live actions; [`missed`], [`watch`]: those that need what is kept, or leave something behind;
//! * [`translate`]: a command's content as WhatsApp's protobuf, one file a kind;
//! * [`complete`]: outcome, event and acknowledgement, in one step; [`dead`]: what is no command.

pub mod addressed;
pub mod ask;
pub mod complete;
pub mod dead;
pub mod files;
pub mod flight;
pub mod gather;
pub mod intake;
pub mod live;
pub mod material;
pub mod missed;
pub mod pace;
pub mod received;
pub mod schedule;
pub mod send;
pub mod translate;
pub mod watch;
