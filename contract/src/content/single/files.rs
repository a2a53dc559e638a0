//! The file types of the single send endpoint: what their kinds say beside the file, they say within `media`.

use serde_json::{Value, json};

use super::super::document::FILENAME;
use super::super::{Audio, CAPTION, Content, Document, Image, Sticker, Video};
use crate::fields::Fields;
use crate::media::{Media, MediaKind};
use crate::shape::media::{Case, MediaRule, file};
use crate::shape::{Record, Rule, flag, media};

/// A file, and what is said of it in the same object.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct File<T> {
    /// The file.
    #[serde(flatten)]
    pub file: Media,
    /// What is said of it.
    #[serde(flatten)]
    pub more: T,
}

#[derive(Debug, Clone, Copy)]
struct FileRule<T>(MediaRule, std::marker::PhantomData<T>);

const fn file_of<T: Record>(kind: MediaKind) -> FileRule<T> {
    FileRule(media(kind), std::marker::PhantomData)
}

impl<T: Record> Rule for FileRule<T> {
    type Value = File<T>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<File<T>> {
        fields.object(field, |inner| {
            let (file, more) = (file(inner, Case::Camel), T::read(inner));
            Some(File { file: file?, more: more? })
        })
    }

    fn schema(&self) -> Value {
        let mut schema = T::schema();
        schema["allOf"] = json!([{"$ref": "#/components/schemas/MediaFile"}]);
        schema["description"] = self.0.schema()["description"].take();
        schema
    }
}

macro_rules! bodies {
    ($($body:ident, $more:ident = $kind:ident;)*) => {$(
        crate::record! {
            /// A file.
            pub struct $body {
                /// The file, and what is said of it.
                pub media: File<$more> = file_of::<$more>(MediaKind::$kind);
            }
        }
    )*};
}

bodies! {
    ImageBody, ImageMore = Image;
    VideoBody, VideoMore = Video;
    AudioBody, AudioMore = Audio;
    DocumentBody, DocumentMore = Document;
    StickerBody, StickerMore = Sticker;
}

crate::record! {
    /// Of a picture.
    pub struct ImageMore {
        /// Text below it.
        pub caption: Option<String> = CAPTION;
        /// Whether it can be opened once only.
        pub view_once as "viewOnce": bool = flag(false);
    }
}

crate::record! {
    /// Of a film.
    pub struct VideoMore {
        /// Text below it.
        pub caption: Option<String> = CAPTION;
        /// Whether it can be opened once only.
        pub view_once as "viewOnce": bool = flag(false);
        /// Whether it is played over and over without sound, as a GIF is.
        pub gif_playback as "gifPlayback": bool = flag(false);
    }
}

crate::record! {
    /// Of a clip or a voice note.
    pub struct AudioMore {
        /// Whether it is a voice note (push to talk).
        pub ptt: bool = flag(false);
        /// Whether it can be played once only.
        pub view_once as "viewOnce": bool = flag(false);
    }
}

crate::record! {
    /// Of any file.
    pub struct DocumentMore {
        /// Text below it.
        pub caption: Option<String> = CAPTION;
        /// The name it is shown with; otherwise taken from where it comes from.
        pub filename: Option<String> = FILENAME;
    }
}

/// Of a sticker: nothing.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StickerMore {}

impl Record for StickerMore {
    fn read(_fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {})
    }

    fn schema() -> Value {
        json!({"type": "object"})
    }
}

impl From<ImageBody> for Content {
    fn from(ImageBody { media: File { file, more } }: ImageBody) -> Self {
        Self::Image(Image { image: file, caption: more.caption, view_once: more.view_once })
    }
}

impl From<VideoBody> for Content {
    fn from(VideoBody { media: File { file, more } }: VideoBody) -> Self {
        let VideoMore { caption, view_once, gif_playback } = more;
        Self::Video(Video { video: file, caption, view_once, gif_playback })
    }
}

impl From<AudioBody> for Content {
    fn from(AudioBody { media: File { file, more } }: AudioBody) -> Self {
        Self::Audio(Audio { audio: file, ptt: more.ptt, view_once: more.view_once })
    }
}

impl From<DocumentBody> for Content {
    fn from(DocumentBody { media: File { file, more } }: DocumentBody) -> Self {
        Self::Document(Document { document: file, filename: more.filename, caption: more.caption })
    }
}

impl From<StickerBody> for Content {
    fn from(StickerBody { media: File { file, more: StickerMore {} } }: StickerBody) -> Self {
        Self::Sticker(Sticker { sticker: file })
    }
}
