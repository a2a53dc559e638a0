//! Reading a request's body, up to a limit.
//!
//! * [`read`]: a whole body, for requests without files;
//! * [`read_document`]: a JSON body with files in it, which are taken out as they come in ([`scan`] finds them, [`long`]
//!   writes them into Redis), so that a request never holds more of them than a chunk;
//! * [`keep_inline`]: a file so small that it was left in the body.

pub mod long;
pub mod scan;

use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::fields::{Kept, LongText};
use edgewire_contract::ids::{BlobId, SessionId};
use edgewire_contract::media::{Inline, MAX_DOCUMENT_BYTES, Source};

use self::long::Keeper;
use self::scan::{Refused, Scanner, Step};
use crate::auth::Caller;
use crate::blob::{self, BlobWriter};
use crate::bus::Bus;
use crate::draft::Draft;
use crate::env::Env;
use crate::request::{Headers, Incoming};
use crate::{Gateway, Problem};

/// The largest JSON body without its files, bytes: ten times what the longest text with the most mentions takes. Less
/// than the 32 MiB that a body may have at all, because an instance has 64 MiB of memory for sixteen requests side by
/// side, and a parsed body takes as much again.
pub const MAX_JSON: usize = 1 << 20;

/// Strings of more bytes are taken out of a body. A little more than the longest that a field takes as it is (64 KiB in
/// base64).
pub const LONG_TEXT: usize = 96 << 10;

fn too_large(limit: u64) -> Fault {
    Fault::new(FaultCode::PayloadTooLarge, format!("the body is over {limit} bytes")).with("limit", limit)
}

fn cut_short<T>(_: T) -> Fault {
    Fault::new(FaultCode::ValidationError, "the body ended early")
}

/// Whether the body is, by what its head says, at most `limit` bytes.
///
/// # Errors
/// 413.
pub fn check_length(headers: &Headers, limit: u64) -> Result<(), Fault> {
    let said = headers.get("content-length").and_then(|v| v.parse::<u64>().ok());
    if said.is_some_and(|length| length > limit) { Err(too_large(limit)) } else { Ok(()) }
}

/// Reads the whole body.
///
/// # Errors
/// 413 when it is, or says that it is, over `limit`; 400 when it ends early.
pub async fn read<I: Incoming>(headers: &Headers, mut body: I, limit: usize) -> Result<Vec<u8>, Fault> {
    check_length(headers, limit as u64)?;
    let mut whole: Vec<u8> = Vec::new();
    while let Some(piece) = body.piece().await {
        let piece = piece.map_err(cut_short)?;
        if whole.len() + piece.len() > limit {
            return Err(too_large(limit as u64));
        }
        // A small body is one piece, which need not be copied.
        if whole.is_empty() {
            whole = piece;
        } else {
            whole.extend_from_slice(&piece);
        }
    }
    Ok(whole)
}

/// A body that is read piece by piece, up to a limit.
#[derive(Debug)]
pub struct Bounded<I> {
    body: I,
    limit: u64,
    left: u64,
}

impl<I: Incoming> Bounded<I> {
    /// Of `body`.
    ///
    /// # Errors
    /// 413 when it says that it is over `limit`.
    pub fn new(headers: &Headers, body: I, limit: u64) -> Result<Self, Fault> {
        check_length(headers, limit)?;
        Ok(Self { body, limit, left: limit })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// 413 when it is over the limit; 400 when it ends early.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(piece) = self.body.piece().await else { return Ok(None) };
        let piece = piece.map_err(cut_short)?;
        self.left = self.left.checked_sub(piece.len() as u64).ok_or_else(|| too_large(self.limit))?;
        Ok(Some(piece))
    }
}

/// A JSON body whose long strings were taken out as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The JSON, with a mark ([`edgewire_contract::fields::LONG_TEXT_MARK`]) for each long string.
    pub json: Vec<u8>,
    /// The long strings.
    pub long: Vec<LongText>,
}

impl Document {
    /// The blobs that were made of it.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobId> {
        blobs(&self.long)
    }
}

fn blobs(long: &[LongText]) -> impl Iterator<Item = &BlobId> {
    long.iter().filter_map(|text| match &text.kept {
        Kept::Blob { blob, .. } => Some(&blob.blob),
        Kept::NotBase64 => None,
    })
}

/// Reads a JSON body for `session`. Its blobs are the caller's to [forget](blob::forget), unless a command takes them.
///
/// # Errors
/// 404 for files and no such session of the caller's; 413; 429 when the shard's budget for blobs is used up; 400 when it
/// ends early or a file's string is none.
pub async fn read_document<B: Bus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    session: &SessionId,
    headers: &Headers,
    body: I,
) -> Result<Document, Problem> {
    let mut body = Bounded::new(headers, body, gateway.settings.max_json_bytes)?;
    let mut reading = Reading {
        gateway,
        caller,
        session,
        scanner: Scanner::new(LONG_TEXT, MAX_JSON),
        keeper: None,
        long: Vec::new(),
    };
    match reading.read(&mut body).await {
        // A string that does not end leaves what is no JSON.
        Ok(()) if reading.keeper.is_none() => {
            Ok(Document { json: reading.scanner.into_json(), long: reading.long })
        }
        result => {
            if let Some(keeper) = &reading.keeper {
                keeper.abandon().await;
            }
            blob::forget(gateway, session, blobs(&reading.long)).await;
            Err(result.err().unwrap_or_else(|| malformed().into()))
        }
    }
}

struct Reading<'g, B, E> {
    gateway: &'g Gateway<B, E>,
    caller: &'g Caller,
    session: &'g SessionId,
    scanner: Scanner,
    /// The long string that is being read.
    keeper: Option<Keeper<'g, B, E>>,
    long: Vec<LongText>,
}

impl<B: Bus, E: Env> Reading<'_, B, E> {
    async fn read<I: Incoming>(&mut self, body: &mut Bounded<I>) -> Result<(), Problem> {
        let mut session_is_known = false;
        while let Some(piece) = body.piece().await? {
            self.scanner.feed(piece);
            loop {
                match (self.scanner.step().map_err(refused)?, &mut self.keeper) {
                    (Step::More, _) => break,
                    (Step::Text(text), Some(keeper)) => keeper.take(text).await?,
                    (Step::End(length), Some(keeper)) => {
                        let kept = keeper.finish().await?;
                        self.keeper = None;
                        self.long.push(LongText { length, kept });
                    }
                    (_, keeper) => {
                        // Nobody fills a shard with files for a session that is none, or another's.
                        if !session_is_known {
                            self.gateway.session(self.caller, self.session).await?;
                            session_is_known = true;
                        }
                        *keeper = Some(Keeper::new(self.gateway, self.session));
                    }
                }
            }
        }
        Ok(())
    }
}

fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::TooLarge => {
            let message = format!("the body is over {MAX_JSON} bytes, its files left out");
            Fault::new(FaultCode::PayloadTooLarge, message).with("limit", MAX_JSON)
        }
        Refused::Malformed => malformed(),
    }
}

fn malformed() -> Fault {
    let message = "is not valid JSON: a string is none".to_owned();
    Fault::invalid(&[FieldFault { field: "body".into(), message, value: None }])
}

/// Keeps a file that came within the request as a blob.
///
/// # Errors
/// 429 when the shard's budget for blobs is used up.
pub async fn keep_inline<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    session: &SessionId,
    draft: &mut Draft,
) -> Result<(), Problem> {
    if let Some(source) = draft.content.source_mut()
        && let Source::Inline(Inline(bytes)) = source
    {
        let mut writer = BlobWriter::new(gateway, session, MAX_DOCUMENT_BYTES);
        writer.write(bytes).await?;
        *source = Source::Blob(writer.finish().await?);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
