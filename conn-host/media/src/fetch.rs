//! Bytes from a user's URL. Nothing but the guarded client of `edgewire-outbound` opens the connection.

use std::path::Path;
use std::time::{Duration, Instant};

use edgewire_outbound::{GuardedClient, OutboundError};

use crate::error::{FetchFailure, MediaError};
use crate::name;
use crate::spool::{Spool, SpoolWriter};

/// Bounds of one fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// The most bytes, whatever `Content-Length` says.
    pub bytes: u64,
    /// From the start to the last byte, redirects included.
    pub total: Duration,
    /// How many redirects are followed, each judged like the first URL.
    pub redirects: u8,
}

impl FetchLimits {
    /// `bytes` within 60 s over at most 5 redirects.
    pub const fn of(bytes: u64) -> Self {
        Self { bytes, total: Duration::from_secs(60), redirects: 5 }
    }
}

/// What a URL brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The bytes: at least one.
    pub spool: Spool,
    /// The server's `Content-Type`. Only a hint: the content decides.
    pub content_type: Option<String>,
    /// What `Content-Disposition` calls it, else the last segment of the URL; made harmless.
    pub file_name: Option<String>,
    /// From the start to the last byte.
    pub took: Duration,
}

/// Fetches `url` into a spool (its file, past 1 MiB, is made in `dir`).
///
/// Fails with [`MediaError::TooLarge`] past `limits.bytes`, with [`MediaError::Fetch`] when the guard refuses the URL,
/// nothing answers, the answer is not a 200 or is empty, and with [`MediaError::Io`] when the disk fails.
pub async fn fetch(
    client: &GuardedClient,
    url: &str,
    limits: FetchLimits,
    dir: &Path,
) -> Result<Fetched, MediaError> {
    let started = Instant::now();
    let bounds = edgewire_outbound::Limits {
        total: limits.total,
        body: usize::try_from(limits.bytes).unwrap_or(usize::MAX),
        redirects: limits.redirects,
    };
    let mut writer = Ok(SpoolWriter::new(limits.bytes, dir));
    let head = client
        .stream(url, bounds, |piece| {
            // The page cache takes a piece faster than the network brings the next. An error ends the writing.
            if let Ok(open) = &mut writer
                && let Err(error) = open.push(piece)
            {
                writer = Err(error);
            }
        })
        .await
        .map_err(|error| match error {
            OutboundError::TooLarge => MediaError::TooLarge { limit: limits.bytes },
            other => FetchFailure::Outbound(other).into(),
        })?;
    if head.status != 200 {
        return Err(FetchFailure::Status(head.status).into());
    }
    let spool = writer?.finish();
    if spool.is_empty() {
        return Err(FetchFailure::Empty.into());
    }
    let took = started.elapsed();
    let file_name = name::name_from_disposition(head.disposition.as_deref()).or_else(|| name::from_url(url));
    Ok(Fetched { spool, content_type: head.content_type, file_name, took })
}
