//! Events: written to the session's stream first, then pointed to in the organization's feed.
//!
//! * [`publisher`]: appends, fenced and once each;
//! * [`inbox`]: what the library's durability hook calls before WhatsApp gets its acknowledgement;
//! * [`from_wire`]: a WhatsApp message as the event that integrators read;
//! * [`relay`]: outbox to feed.

pub mod from_wire;
pub mod inbox;
pub mod kept;
pub mod publisher;
pub mod relay;
