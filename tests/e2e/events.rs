//! What happens, as integrators read it: every kind of event, from the gesture of a person to the payload on the stream.
//!
//! * [`scene`]: a session, people and groups around it, and what payloads say of them;
//! * [`said`], [`parts`], [`done`], [`elsewhere`]: messages and what is done to them, by others and by the account on its
//!   phone; [`order`]: what comes twice, and what waited;
//! * [`groups`], [`members`], [`communities`], [`contacts`], [`calls`], [`newsletters`], [`labels`], [`sessions`];
//! * [`proofs`]: which story proves which kind.

pub mod calls;
pub mod communities;
pub mod contacts;
pub mod done;
pub mod elsewhere;
pub mod groups;
pub mod labels;
pub mod members;
pub mod newsletters;
pub mod order;
pub mod parts;
pub mod proofs;
pub mod said;
mod scene;
pub mod sessions;
