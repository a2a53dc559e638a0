//! What can go wrong with media. Nothing here holds a URL, a path or content, so it may be logged and shown.

use std::io;

use edgewire_outbound::OutboundError;

/// Why bytes did not become media.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The bytes are of a type that this kind does not take. HTTP 415.
    #[error("this is {found}; taken are {taken}")]
    Unsupported {
        /// What the content is: a MIME type, or words.
        found: String,
        /// The MIME types that are taken.
        taken: &'static str,
    },
    /// More bytes than allowed. HTTP 413.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken, in bytes.
        limit: u64,
    },
    /// More seconds or frames than allowed. HTTP 413.
    #[error("longer than {most} {unit}")]
    TooLong {
        /// The most that is taken.
        most: u64,
        /// `seconds` or `frames`.
        unit: &'static str,
    },
    /// The file is damaged, empty or absurd; the words say how. HTTP 400.
    #[error("the file is damaged: {0}")]
    Broken(String),
    /// The URL gave nothing. HTTP 502, or 400 when the guard refused it.
    #[error("the media could not be fetched: {0}")]
    Fetch(#[from] FetchFailure),
    /// Our own disk or memory. HTTP 500.
    #[error("reading or writing a spool failed: {0}")]
    Io(io::Error),
    /// Converting took longer than [`Limits::time`](crate::Limits), or nobody waits for it any more. HTTP 500.
    #[error("converting took too long")]
    Time,
    /// All permits were taken for longer than [`Limits::time`](crate::Limits). HTTP 503.
    #[error("too much is being converted at once")]
    Busy,
}

/// Why a URL gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// The server answered, but not with 200.
    #[error("the server answered {0}")]
    Status(u16),
    /// The answer's body has no bytes.
    #[error("the answer was empty")]
    Empty,
    /// No answer: refused by the guard, not reachable, broken off, too slow.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

impl MediaError {
    pub(crate) fn broken(words: impl Into<String>) -> Self {
        Self::Broken(words.into())
    }
}

/// A writer or reader of ours that stands inside somebody's `io::Write` or `io::Read` hands its error through here.
impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(error) => Self::Io(error),
        }
    }
}

impl From<MediaError> for io::Error {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Io(error) => error,
            other => Self::other(other),
        }
    }
}
