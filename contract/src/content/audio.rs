//! A clip or a voice note.

use super::{About, Sendable, To};
use crate::media::{Media, MediaKind};
use crate::shape::{flag, media};

crate::record! {
    /// A clip or a voice note. Whatever comes in, mono Ogg/Opus of 48 kHz goes out.
    pub struct Audio {
        /// The clip.
        pub audio: Media = media(MediaKind::Audio);
        /// Whether it is a voice note (push to talk).
        pub ptt: bool = flag(false);
        /// Whether it can be played once only.
        pub view_once: bool = flag(false);
    }
}

impl Sendable for Audio {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a clip or a voice note",
            note: None,
            example: r#"{"to": "628123456789", "audio": {"url": "https://example.com/audio.mp3"}, "ptt": true}"#,
        }
    }
}
