//! WhatsApp's protobuf as integrators read it: pure functions over a message without its wrappers
//! (`get_base_message`).
//!
//! * [`kind`]: what it is; [`file`]: its file; [`parts`]: text, place, cards, poll, choice; [`quoted`]: what it answers.

pub mod file;
pub mod kind;
pub mod parts;
pub mod quoted;
