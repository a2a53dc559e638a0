//! What can go wrong with a file, and what its sender is told.

use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::media::MediaKind;
use edgewire_media::{FetchFailure, MediaError};
use edgewire_outbound::OutboundError;
use edgewire_store::StoreError;
use tracing::{error, warn};

use crate::wire::{AskError, WireError};

/// Why a file is not ready.
#[derive(Debug)]
pub enum FileError {
    /// It never will be.
    Fault(Fault),
    /// Not now, for a reason of ours: too much to do, no room.
    Later(Fault),
    /// The connection did not carry it.
    Wire(WireError),
    /// Redis did not answer.
    Store(StoreError),
}

/// Why a file could not be got.
#[derive(Debug)]
pub enum GetError {
    /// WhatsApp's servers did not give it.
    Ask(AskError),
    /// It could not be kept.
    File(FileError),
}

impl From<AskError> for GetError {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl From<FileError> for GetError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl FileError {
    /// Of our own disk.
    pub(super) fn io(error: &std::io::Error) -> Self {
        error!(%error, "a file could not be kept on its way");
        Self::Later(Fault::internal())
    }

    /// What the caller of a live action is told.
    pub fn fault(self) -> Fault {
        match self {
            Self::Fault(fault) | Self::Later(fault) => fault,
            Self::Wire(WireError::NotConnected) => {
                Fault::new(FaultCode::SessionNotConnected, "the session is not connected to WhatsApp now")
            }
            Self::Wire(WireError::Refused(why)) => Fault::new(FaultCode::RecipientUnavailable, why),
            Self::Wire(e @ WireError::Rejected(_)) => {
                Fault::new(FaultCode::RecipientUnavailable, e.to_string())
            }
            Self::Wire(WireError::Failed(why)) => {
                warn!(error = %why, "a file was not uploaded");
                Fault::new(FaultCode::MediaFetchFailed, "WhatsApp's media servers did not take the file")
            }
            Self::Store(e) => {
                warn!(error = %e, "a file waits for Redis in vain");
                Fault::unavailable()
            }
        }
    }
}

impl From<WireError> for FileError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<StoreError> for FileError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoBlob => {
                error!("a command's file is gone from Redis");
                Self::Fault(Fault::internal())
            }
            StoreError::Full => Self::Fault(
                Fault::new(FaultCode::RateLimited, "too many files are on their way; try again")
                    .with("retryAfterSeconds", 30),
            ),
            other => Self::Store(other),
        }
    }
}

/// What follows from a file that is not usable.
pub(super) fn unusable(kind: MediaKind, error: MediaError) -> FileError {
    let passes = matches!(error, MediaError::Busy | MediaError::Io(_));
    let fault = fault(kind, error);
    if passes { FileError::Later(fault) } else { FileError::Fault(fault) }
}

/// What the caller is told of a file that cannot be sent.
fn fault(kind: MediaKind, error: MediaError) -> Fault {
    let field =
        |message: String| Fault::invalid(&[FieldFault { field: kind.as_str().into(), message, value: None }]);
    match error {
        MediaError::Unsupported { ref found, taken } => {
            Fault::new(FaultCode::UnsupportedMediaType, error.to_string())
                .with("found", found.as_str())
                .with("supported", taken)
        }
        MediaError::TooLarge { limit } => {
            Fault::new(FaultCode::PayloadTooLarge, format!("the file is over {limit} bytes"))
                .with("limit", limit)
        }
        MediaError::TooLong { most, unit } => {
            Fault::new(FaultCode::PayloadTooLarge, format!("the file is over {most} {unit}"))
                .with("limit", most)
        }
        MediaError::Broken(why) => field(format!("the file cannot be used: {why}")),
        MediaError::Time => field("the file takes too long to be converted".into()),
        MediaError::Fetch(FetchFailure::Outbound(OutboundError::Refused(why))) => {
            field(format!("its URL is not fetched: {why}"))
        }
        MediaError::Fetch(why) => {
            Fault::new(FaultCode::MediaFetchFailed, format!("the file could not be fetched: {why}"))
        }
        MediaError::Busy => {
            Fault::new(FaultCode::GatewayUnavailable, "too many files are being converted; try again")
                .with("retryAfterSeconds", 10)
        }
        MediaError::Io(e) => {
            error!(error = %e, "a file could not be kept while it was prepared");
            Fault::internal()
        }
    }
}
