//! A film.

use super::{About, CAPTION, Sendable, To};
use crate::media::{Media, MediaKind};
use crate::shape::{flag, media};

crate::record! {
    /// A film.
    pub struct Video {
        /// The film.
        pub video: Media = media(MediaKind::Video);
        /// Text below it.
        pub caption: Option<String> = CAPTION;
        /// Whether it can be opened once only.
        pub view_once: bool = flag(false);
        /// Whether it is played over and over without sound, as a GIF is.
        pub gif_playback: bool = flag(false);
    }
}

impl Sendable for Video {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a video",
            note: None,
            example: r#"{"to": "628123456789", "video": {"url": "https://example.com/video.mp4"}, "caption": "Watch this!"}"#,
        }
    }
}
