//! A sticker.

use super::{About, Sendable, To};
use crate::media::{Media, MediaKind};
use crate::shape::media;

crate::record! {
    /// A sticker. Whatever picture comes in, a WebP of 512 × 512 goes out; an animated one stays animated.
    pub struct Sticker {
        /// The picture.
        pub sticker: Media = media(MediaKind::Sticker);
    }
}

impl Sendable for Sticker {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send a sticker",
            note: None,
            example: r#"{"to": "628123456789", "sticker": {"url": "https://example.com/sticker.webp"}}"#,
        }
    }
}
