//! Files on their way out: what they are sent as, and where their bytes are.
//!
//! Bytes never travel inside a command: they stand in Redis as a *blob* ([`crate::keys::blob`], chunks of a hash), and
//! the command has a [`BlobRef`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::ids::{BlobId, CommandId};

/// What a file is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A clip or a voice note.
    Audio,
    /// Any file.
    Document,
    /// A sticker.
    Sticker,
}

impl crate::shape::Name for MediaKind {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("image", Self::Image),
        ("video", Self::Video),
        ("audio", Self::Audio),
        ("document", Self::Document),
        ("sticker", Self::Sticker),
    ];
}

/// The size limit of an image, a video, an audio clip or a sticker, bytes.
pub const MAX_MEDIA_BYTES: u64 = 16 << 20;
/// The size limit of a document, bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 100 << 20;

/// A clip over so many bytes is not waited for by the Device API: it is a job.
pub const LONG_CLIP_BYTES: u64 = 2 << 20;

impl MediaKind {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    /// The size limit, bytes.
    pub const fn max_bytes(self) -> u64 {
        match self {
            Self::Document => MAX_DOCUMENT_BYTES,
            _ => MAX_MEDIA_BYTES,
        }
    }

    /// The types that a caller may say; every type when empty. What counts in the end is the content.
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["image/jpeg", "image/png", "image/webp"],
            Self::Video => &["video/mp4", "video/3gpp"],
            Self::Audio => &[
                "audio/mpeg",
                "audio/ogg",
                "audio/wav",
                "audio/flac",
                "audio/aac",
                "audio/mp4",
                "audio/opus",
            ],
            Self::Sticker => &["image/webp", "image/png", "image/jpeg", "image/gif"],
            Self::Document => &[],
        }
    }

    /// What a file of `mimetype` is, unless its sender says otherwise.
    pub fn of_type(mimetype: &str) -> Self {
        match mimetype.split('/').next() {
            Some("image") => Self::Image,
            Some("video") => Self::Video,
            Some("audio") => Self::Audio,
            _ => Self::Document,
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        use crate::shape::Name as _;
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Whether a caller may say `mimetype` of it: its essence counts, not its parameters, and usual other names are
    /// known. A type that says nothing (`application/octet-stream`) is always taken.
    pub fn takes(self, mimetype: &str) -> bool {
        let essence = mimetype.split(';').next().unwrap_or_default().trim();
        let essence = match essence {
            "image/jpg" | "image/pjpeg" => "image/jpeg",
            "audio/mp3" | "audio/x-mp3" => "audio/mpeg",
            "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "audio/wav",
            "audio/x-flac" => "audio/flac",
            "audio/x-aac" | "audio/aacp" => "audio/aac",
            "audio/m4a" | "audio/x-m4a" | "video/mp4" if self == Self::Audio => "audio/mp4",
            "application/ogg" if self == Self::Audio => "audio/ogg",
            "video/3gp" => "video/3gpp",
            "application/octet-stream" | "binary/octet-stream" => return true,
            other => other,
        };
        self.types().is_empty() || self.types().contains(&essence)
    }
}

/// A file and what its sender says of its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// Where its bytes are.
    #[serde(flatten)]
    pub source: Source,
    /// The type that its sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
}

/// Where a file's bytes are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// At a URL that conn-host fetches.
    Url {
        /// `http` or `https`.
        url: String,
    },
    /// In Redis.
    Blob(BlobRef),
    /// On WhatsApp's media servers already.
    Uploaded(Uploaded),
    /// In the request, not kept yet. Never in a command: it cannot be written.
    #[serde(skip)]
    Inline(Inline),
}

impl Source {
    /// How many bytes it has, where that is known before they are fetched.
    pub fn known_bytes(&self) -> Option<u64> {
        match self {
            Self::Url { .. } => None,
            Self::Blob(blob) => Some(blob.bytes),
            Self::Uploaded(uploaded) => Some(uploaded.file_length),
            Self::Inline(inline) => Some(inline.0.len() as u64),
        }
    }
}

/// The bytes of a small file, as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Inline(pub Vec<u8>);

impl std::fmt::Debug for Inline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inline({} bytes)", self.0.len())
    }
}

/// Bytes in Redis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// Names the blob within its session's shard.
    pub blob: BlobId,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256, hex.
    pub sha256: String,
}

/// A file on WhatsApp's media servers: where it is, and the keys to it. Binary values are base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// The whole address, for those who keep it; `direct_path` is what counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The path on every media server.
    pub direct_path: String,
    /// 32 bytes that the file's keys are made of.
    pub media_key: String,
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// SHA-256 of what was uploaded.
    pub file_enc_sha256: String,
    /// The file's length, bytes.
    pub file_length: u64,
    /// What our own upload found out of it: it comes back with the file, so that nobody has to look again.
    #[serde(flatten)]
    pub facts: FileFacts,
}

/// A file that was put on WhatsApp's media servers: the uploaded format, as the send routes take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadedFile {
    /// Where it is, its keys, and what is known of it.
    #[serde(flatten)]
    pub uploaded: Uploaded,
    /// Its type.
    pub mimetype: String,
}

/// What is known of a file beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Whole seconds, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// A small JPEG (of a sticker: PNG), base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// 64 points of 0 to 100, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<String>,
    /// Of a sticker.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}

impl std::fmt::Debug for Uploaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uploaded({} bytes, …)", self.file_length)
    }
}

impl Uploaded {
    /// The bytes of one of its base64 values; empty if it is none, which reading has excluded.
    pub fn bytes(text: &str) -> Vec<u8> {
        STANDARD.decode(text).unwrap_or_default()
    }
}

/// Whether `text` is a path of WhatsApp's media servers: of the characters that RFC 3986 has for a path and its query,
/// and none that leads to another host once a host stands before it.
pub fn is_direct_path(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&c);
    text.starts_with('/') && !text.starts_with("//") && text.bytes().all(allowed)
}

/// The longest type that is taken, bytes.
const LONGEST_MIMETYPE: usize = 127;

/// A type as a caller says it, in lower case; `None` when it is none.
pub fn mimetype(text: &str) -> Option<String> {
    let plain = |c: u8| c.is_ascii_graphic() || c == b' ';
    let ok = text.len() <= LONGEST_MIMETYPE && text.contains('/') && text.bytes().all(plain);
    ok.then(|| text.to_ascii_lowercase())
}

/// The size of a blob's chunks, bytes: all but the last have it.
pub const BLOB_CHUNK: usize = 256 << 10;

/// How long a blob lives that no command owns, seconds.
pub const BLOB_TTL_SECONDS: u64 = 600;

/// The blob that a command makes for its result: the same for every try.
pub fn result_blob(command: CommandId) -> BlobId {
    BlobId::of(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_taken_by_their_usual_names() {
        for (kind, mimetype, taken) in [
            (MediaKind::Image, "image/jpeg", true),
            (MediaKind::Image, "image/jpg", true),
            (MediaKind::Image, "image/gif", false),
            (MediaKind::Audio, "audio/ogg; codecs=opus", true),
            (MediaKind::Audio, "audio/x-m4a", true),
            (MediaKind::Audio, "text/plain", false),
            (MediaKind::Document, "x/y", true),
            (MediaKind::Video, "application/octet-stream", true),
        ] {
            assert_eq!(kind.takes(mimetype), taken, "{kind:?} {mimetype}");
        }
    }
}
