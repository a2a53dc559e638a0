//! What is answered when something cannot be kept.

use edgewire_contract::fault::{Fault, FaultCode};

/// How often a change is tried that others come before.
pub const TRIES: u32 = 5;

/// 409: there are as many of `what` as there may be.
pub fn full(what: &str, most: usize) -> Fault {
    Fault::new(FaultCode::Conflict, format!("there may be {most} {what}")).with("limit", most)
}

/// 409: the id of something new is taken.
pub fn taken(what: &str, id: &str) -> Fault {
    Fault::new(FaultCode::Conflict, format!("{what} of this id exists")).with("id", id)
}

/// 409: others change it all the time.
pub fn contended(what: &str) -> Fault {
    Fault::new(FaultCode::Conflict, format!("somebody else is changing the {what}"))
}
