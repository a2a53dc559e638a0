//! Calls: who rang whom, and what became of it.

use serde::Serialize;

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has said anything yet.
    Ringing,
    /// The one who was called took it.
    Accepted,
    /// The one who was called did not want it.
    Rejected,
    /// The caller gave up, or it rang too long.
    Ended,
}

/// One call. Only signalling: nobody hears anything.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// The call id.
    pub call_id: String,
    /// Who calls: a phone number.
    pub from: String,
    /// Who is called: a phone number, or a group's address.
    pub to: String,
    /// With a picture.
    pub video: bool,
    /// Where it stands.
    pub standing: Standing,
    /// What was signalled, oldest first.
    pub signals: Vec<Signal>,
    /// Whether the caller's LID is told, instead of its phone number.
    #[serde(skip)]
    pub lid: bool,
}

/// One thing that was signalled.
#[derive(Clone, Debug, Serialize)]
pub struct Signal {
    /// The device: `phone:device`, 0 = the phone.
    pub by: String,
    /// `offer`, `receipt`, `reject`, `accept`, `terminate`, ...
    pub action: String,
    /// Why, if it was said.
    pub reason: Option<String>,
}
