//! Why a request was not carried out: what its caller is told, and what only the log is.

use edgewire_contract::fault::Fault;

use crate::bus::BusError;

/// A fault and, where it is ours, its cause.
#[derive(Debug)]
pub struct Problem {
    /// What the caller is told.
    pub fault: Fault,
    /// What the log is told, under the request's id.
    pub cause: Option<String>,
}

impl Problem {
    /// A fault of ours.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self { fault: Fault::internal(), cause: Some(cause.into()) }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { fault, cause: None }
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Unavailable(cause) => Self { fault: Fault::unavailable(), cause: Some(cause) },
            BusError::Broken(cause) => Self::internal(cause),
        }
    }
}
