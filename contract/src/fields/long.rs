//! Strings that were taken out of a body as it came in: too long to be kept in memory.

use super::Fields;
use crate::media::BlobRef;

/// What stands in a body's JSON for a string that was too long to be kept in memory: this and its place in the list of
/// [`LongText`]s. A caller who writes it himself reaches a string of his own, or none.
pub const LONG_TEXT_MARK: &str = "\u{0}long:";

/// A string that was taken out of the body as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText {
    /// Its length, in bytes of UTF-8.
    pub length: u64,
    /// What became of it.
    pub kept: Kept,
}

/// What became of a long string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It was base64, or a data: URI; its bytes are in Redis.
    Blob {
        /// Where.
        blob: BlobRef,
        /// What a data: URI says of its type.
        mimetype: Option<String>,
    },
    /// It was not.
    NotBase64,
}

impl<'a> Fields<'a> {
    /// The string in `field`, if it was taken out of the body for its length.
    pub fn long_text(&self, field: &str) -> Option<&'a LongText> {
        let place = self.raw(field)?.as_str()?.strip_prefix(LONG_TEXT_MARK)?;
        self.long.get(place.parse::<usize>().ok()?)
    }
}
