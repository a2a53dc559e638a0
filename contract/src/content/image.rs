//! A picture.

use super::{About, CAPTION, Sendable, To};
use crate::media::{Media, MediaKind};
use crate::shape::{flag, media};

crate::record! {
    /// A picture.
    pub struct Image {
        /// The picture.
        pub image: Media = media(MediaKind::Image);
        /// Text below it.
        pub caption: Option<String> = CAPTION;
        /// Whether it can be opened once only.
        pub view_once: bool = flag(false);
    }
}

impl Sendable for Image {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send an image",
            note: None,
            example: r#"{"to": "628123456789", "image": {"url": "https://example.com/image.jpg"}, "caption": "Check this out!"}"#,
        }
    }
}
