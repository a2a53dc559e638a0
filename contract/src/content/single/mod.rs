//! The nine types of the single send endpoint (`POST …/messages`), in camelCase: each becomes the [`Content`] of the kind
//! of its name, and its limits are that kind's.
//!
//! * this file: the table; [`poll`], [`contact`], [`files`]: the types whose fields are spelled otherwise than their
//!   kind's. Those of a text and a location are not.

mod contact;
mod files;
mod poll;

use serde_json::Value;

use self::contact::ContactBody;
use self::files::{AudioBody, DocumentBody, ImageBody, StickerBody, VideoBody};
use self::poll::PollBody;
use super::{Content, Kind};
use crate::fields::Fields;
use crate::shape::Record as _;

crate::names! {
    /// What the body's `type` says.
    pub enum Type {
        /// `text`
        Text = "text",
        /// `poll`
        Poll = "poll",
        /// `location`
        Location = "location",
        /// `contact`
        Contact = "contact",
        /// `image`
        Image = "image",
        /// `video`
        Video = "video",
        /// `audio`
        Audio = "audio",
        /// `document`
        Document = "document",
        /// `sticker`
        Sticker = "sticker",
    }
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Poll,
        Self::Location,
        Self::Contact,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Document,
        Self::Sticker,
    ];

    /// The kind that it becomes, which has its name.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Text => Kind::Text,
            Self::Poll => Kind::Poll,
            Self::Location => Kind::Location,
            Self::Contact => Kind::Contact,
            Self::Image => Kind::Image,
            Self::Video => Kind::Video,
            Self::Audio => Kind::Audio,
            Self::Document => Kind::Document,
            Self::Sticker => Kind::Sticker,
        }
    }

    /// Reads its own fields of a body. `None` after noting what is wrong.
    pub fn read(self, fields: &mut Fields<'_>) -> Option<Content> {
        match self {
            Self::Text | Self::Location => self.kind().read(fields),
            Self::Poll => PollBody::read(fields).map(Content::from),
            Self::Contact => ContactBody::read(fields).map(Content::from),
            Self::Image => ImageBody::read(fields).map(Content::from),
            Self::Video => VideoBody::read(fields).map(Content::from),
            Self::Audio => AudioBody::read(fields).map(Content::from),
            Self::Document => DocumentBody::read(fields).map(Content::from),
            Self::Sticker => StickerBody::read(fields).map(Content::from),
        }
    }

    /// The JSON schema of its own fields. Not for a component.
    pub fn schema(self) -> Value {
        match self {
            Self::Text | Self::Location => self.kind().schema(),
            Self::Poll => PollBody::schema(),
            Self::Contact => ContactBody::schema(),
            Self::Image => ImageBody::schema(),
            Self::Video => VideoBody::schema(),
            Self::Audio => AudioBody::schema(),
            Self::Document => DocumentBody::schema(),
            Self::Sticker => StickerBody::schema(),
        }
    }

    /// A whole body, as JSON. Not for a component.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Text => r#"{"to": "628123456789", "type": "text", "text": "Hello from Edgewire!"}"#,
            Self::Poll => {
                r#"{"to": "628123456789", "type": "poll", "name": "What is your favorite color?", "options": ["Red", "Blue", "Green"], "selectableCount": 1}"#
            }
            Self::Location => {
                r#"{"to": "628123456789", "type": "location", "latitude": -6.2088, "longitude": 106.8456, "name": "Jakarta", "address": "Jakarta, Indonesia"}"#
            }
            Self::Contact => {
                r#"{"to": "628123456789", "type": "contact", "contact": {"displayName": "John Doe", "phones": [{"number": "+628123456789", "phoneType": "CELL"}], "organization": "Acme", "email": "john@example.com"}}"#
            }
            Self::Image => {
                r#"{"to": "628123456789", "type": "image", "media": {"url": "https://example.com/image.jpg", "mimetype": "image/jpeg", "caption": "Check this out!", "viewOnce": false}}"#
            }
            Self::Video => {
                r#"{"to": "628123456789", "type": "video", "media": {"url": "https://example.com/video.mp4", "caption": "Watch this!"}}"#
            }
            Self::Audio => {
                r#"{"to": "628123456789", "type": "audio", "media": {"url": "https://example.com/audio.mp3", "ptt": true}}"#
            }
            Self::Document => {
                r#"{"to": "628123456789", "type": "document", "media": {"url": "https://example.com/document.pdf", "filename": "report.pdf", "caption": "The report"}}"#
            }
            Self::Sticker => {
                r#"{"to": "628123456789", "type": "sticker", "media": {"url": "https://example.com/sticker.webp"}}"#
            }
        }
    }
}
