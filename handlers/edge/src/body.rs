//! Reading a request's body, up to a limit.

use edgewire_contract::fault::{Fault, FaultCode};

use crate::request::{Headers, Incoming};

/// The largest JSON body without media, bytes: ten times what the longest text with the most mentions takes. Less than
/// the 32 MiB that a body may have at all, because an instance has 64 MiB of memory for sixteen requests side by side,
/// and a parsed body takes as much again.
pub const MAX_JSON: usize = 1 << 20;

/// Reads the whole body.
///
/// # Errors
/// 413 when it is, or says that it is, over `limit`; 400 when it ends early.
pub async fn read<I: Incoming>(headers: &Headers, mut body: I, limit: usize) -> Result<Vec<u8>, Fault> {
    let too_large = || {
        Fault::new(FaultCode::PayloadTooLarge, format!("the body is over {limit} bytes")).with("limit", limit)
    };
    let said = headers.get("content-length").and_then(|v| v.parse::<u64>().ok());
    if said.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut whole: Vec<u8> = Vec::new();
    while let Some(piece) = body.piece().await {
        let piece = piece.map_err(|_| Fault::new(FaultCode::ValidationError, "the body ended early"))?;
        if whole.len() + piece.len() > limit {
            return Err(too_large());
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
