//! What can go wrong between conn-host and Redis, sorted by what the caller can do about it.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// An error of the store. None of its texts holds a key, a secret or a password.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The shard's lease has moved on: this host owns it no more and wrote nothing. Stop the shard's sessions.
    #[error("the shard's lease has moved on: nothing was written")]
    Fenced,
    /// Redis could not be asked, or could not do it yet: it is away, loads its data, is full, or cannot save. Try again later. A write may or may not have happened.
    #[error("redis is unavailable: {0}")]
    Unavailable(String),
    /// Redis refused: wrong type, no permission, or a mistake of ours. Trying again will not help.
    #[error("redis refused the command: {0}")]
    Refused(String),
    /// Redis answered something of another shape than asked for.
    #[error("redis answered with something unexpected: {0}")]
    Answer(String),
    /// A record's key is sealed under a master key that was not given.
    #[error("{0}")]
    Sealed(String),
    /// A stored record cannot be opened or read: it was altered, moved, or written by something else.
    #[error("the record {field:?} of table {table:?} is corrupt")]
    Corrupt {
        /// The device table.
        table: &'static str,
        /// The field's name; bytes that are no text are shown escaped.
        field: String,
    },
    /// The device was forgotten or set aside through this store: open another one.
    #[error("the device is gone: it was forgotten or set aside")]
    Gone,
    /// A blob is not there, or not whole: its time was over, or Redis lost it.
    #[error("the blob is gone")]
    NoBlob,
    /// The shard holds as many bytes of blobs as it may.
    #[error("the shard's budget for blobs is used up")]
    Full,
    /// A setting that cannot be used: a URL, a master key.
    #[error("{0}")]
    Setting(String),
}

impl StoreError {
    /// Whether the same call may succeed later without anyone mending anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Sorts an error of the redis crate.
    pub fn from_redis(error: RedisError) -> Self {
        let (code, detail) = parts(&error);
        let text = match (&code, detail) {
            (Some(code), Some(detail)) => format!("{code}: {detail}"),
            _ => error.to_string(),
        };
        match code.as_deref() {
            Some(edgewire_contract::script::FENCED) => return Self::Fenced,
            Some(
                "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "READONLY" | "UNBLOCKED"
                | "OOM" | "MISCONF" | "NOREPLICAS" | "MOVED" | "ASK",
            ) => {
                return Self::Unavailable(text);
            }
            Some(_) => return Self::Refused(text),
            None => {}
        }
        match error.kind() {
            // An answer that cannot be parsed means that the stream is out of step; the connection is dropped.
            ErrorKind::Io | ErrorKind::Parse => Self::Unavailable(text),
            ErrorKind::UnexpectedReturnType => Self::Answer(text),
            ErrorKind::InvalidClientConfig => Self::Setting(text),
            _ => Self::Refused(text),
        }
    }
}

/// The code and the text of what a server answered. A pipeline's error keeps those of its parts to itself: the first part
/// says it for all.
pub(crate) fn parts(error: &RedisError) -> (Option<String>, Option<String>) {
    match error.clone().into_server_errors().as_deref() {
        Some([(_, part), ..]) => (Some(part.code().to_owned()), part.details().map(str::to_owned)),
        _ => (error.code().map(str::to_owned), error.detail().map(str::to_owned)),
    }
}

/// Whether the script is unknown to the server, so that it has to be sent as text.
pub(crate) fn is_no_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

impl From<StoreError> for wacore::store::error::StoreError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) => Self::Connection(Box::new(error)),
            StoreError::Corrupt { .. } | StoreError::Sealed(_) => Self::Serialization(Box::new(error)),
            StoreError::Setting(text) => Self::InvalidConfig(text.clone()),
            StoreError::Fenced
            | StoreError::Gone
            | StoreError::Refused(_)
            | StoreError::Answer(_)
            | StoreError::NoBlob
            | StoreError::Full => Self::Database(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sorted_by_their_code() {
        let server = |code: &str| {
            StoreError::from_redis(redis::make_extension_error(code.into(), Some("detail".into())))
        };
        assert!(matches!(server("FENCED"), StoreError::Fenced));
        assert!(server("BUSY").is_retryable());
        assert!(server("OOM").is_retryable(), "memory is made, or freed");
        assert!(server("READONLY").is_retryable() && server("MOVED").is_retryable());
        assert!(matches!(server("WRONGTYPE"), StoreError::Refused(_)));
        let io = RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(StoreError::from_redis(io).is_retryable());
    }

    #[test]
    fn the_library_is_told_the_cause() {
        let error = wacore::store::error::StoreError::from(StoreError::Fenced);
        let source = std::error::Error::source(&error).unwrap();
        assert!(matches!(source.downcast_ref(), Some(StoreError::Fenced)));
    }
}
