//! Any file.

use super::{About, CAPTION, Sendable, To};
use crate::media::{Media, MediaKind};
use crate::shape::{self, Optional, media, optional, text};

/// The rule of its name.
pub(super) const FILENAME: Optional<shape::Text> = optional(text(1, 255));

crate::record! {
    /// Any file.
    pub struct Document {
        /// The file.
        pub document: Media = media(MediaKind::Document);
        /// The name it is shown with; otherwise taken from where it comes from.
        pub filename: Option<String> = FILENAME;
        /// Text below it.
        pub caption: Option<String> = CAPTION;
    }
}

impl Sendable for Document {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a document",
            note: None,
            example: r#"{"to": "628123456789", "document": {"url": "https://example.com/document.pdf"}, "filename": "report.pdf"}"#,
        }
    }
}
