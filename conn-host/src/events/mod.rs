//! Events: written to the session's stream first, then pointed to in the organization's feed.
//!
//! * [`inbox`]: what the library's durability hook calls before WhatsApp gets its acknowledgement, and the gate before
//!   everything else that WhatsApp waits for;
//! * [`people`]: which phone number and which LID are the same person's;
//! * [`read`]: WhatsApp's protobuf as integrators read it; [`tell`]: what came in, as events;
//! * [`names`]: what people call themselves; [`blocked`]: whom the account blocks; [`chats`]: what it has read and archived;
//! * [`history`]: older messages, in pieces;
//! * [`kept`]: what becomes of the message store;
//! * [`publisher`]: appends, fenced and once each;
//! * [`relay`]: outbox to feed; [`retention`]: how long both are kept.

pub mod blocked;
pub mod chats;
pub mod history;
pub mod inbox;
pub mod kept;
pub mod names;
pub mod people;
pub mod publisher;
pub mod read;
pub mod relay;
pub mod retention;
pub mod tell;
pub mod told;
