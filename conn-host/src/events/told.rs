//! An event on its way into its session's stream.

use edgewire_contract::event::EventBody;

use super::kept::Kept;

/// An event, what makes it the same as an earlier one, and what it does to the message store.
#[derive(Debug, Clone)]
pub struct Told {
    /// When it happened, unix ms.
    pub timestamp: i64,
    /// What happened.
    pub body: EventBody,
    /// Text that is equal for the same happening; `None` if it cannot repeat.
    pub mark: Option<String>,
    /// What becomes of the message that it is about.
    pub kept: Option<Kept>,
}

impl Told {
    /// An event that no message is kept for.
    pub fn new(timestamp: i64, body: EventBody, mark: Option<String>) -> Self {
        Self { timestamp, body, mark, kept: None }
    }
}
