//! How a virtual phone behaves when something is asked of it: obliging, unless a test wants otherwise.

use serde::{Deserialize, Serialize};

/// What the phone does about requests; part of a fault record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Conduct {
    /// A companion asks for older messages of a chat.
    pub history: Answering,
    /// A companion asks for a message that it could not read.
    pub placeholder: Placeholder,
    /// A companion asks for a file that is not on the media servers any more.
    pub media_retry: MediaRetry,
    /// A device says that it could not read a message.
    pub resend: Resend,
}

/// Answer or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// With what there is.
    #[default]
    Answer,
    /// Not at all.
    Silent,
}

/// Which messages a companion is given again by its own phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placeholder {
    /// Those that companions were not given; what they could not decrypt comes again from its sender.
    #[default]
    Unavailable,
    /// All that the phone has.
    Always,
    /// None.
    Never,
}

/// What becomes of a request to upload a file again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRetry {
    /// It is uploaded under a new path.
    #[default]
    Reupload,
    /// The phone does not have it any more.
    NotFound,
    /// The phone could not do it.
    GeneralError,
    /// The phone could not read the request.
    DecryptionError,
    /// No answer at all.
    Silent,
}

/// What becomes of a retry receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resend {
    /// The message is encrypted anew, over a new session.
    #[default]
    Works,
    /// It is sent again, and cannot be read again.
    Broken,
    /// No answer at all.
    Silent,
}

/// One's own where it was set, everybody's otherwise.
fn either<T: Default + PartialEq>(own: T, common: T) -> T {
    if own == T::default() { common } else { own }
}

impl Conduct {
    /// This account's conduct, and everybody's where it has none of its own.
    pub fn or(self, common: Conduct) -> Conduct {
        Conduct {
            history: either(self.history, common.history),
            placeholder: either(self.placeholder, common.placeholder),
            media_retry: either(self.media_retry, common.media_retry),
            resend: either(self.resend, common.resend),
        }
    }
}
