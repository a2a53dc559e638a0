//! The names of what bytes can be.

use std::fmt;

/// A type of content, found by [`sniff`](crate::sniff()). The first ones are those that some kind takes or that a
/// good error names; all else is `Other` or `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, also animated.
    Png,
    /// WebP, also animated.
    Webp,
    /// GIF.
    Gif,
    /// MPEG-4, with or without a picture.
    Mp4,
    /// MPEG-4 of the mobile kind.
    ThreeGp,
    /// QuickTime (`.mov`).
    QuickTime,
    /// WebM.
    Webm,
    /// Matroska other than WebM.
    Matroska,
    /// MPEG layer III, with or without an ID3 tag.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// Vorbis in Ogg.
    OggVorbis,
    /// Opus in Ogg.
    OggOpus,
    /// FLAC in Ogg.
    OggFlac,
    /// Another codec in Ogg (Speex, Theora).
    Ogg,
    /// FLAC.
    Flac,
    /// AAC in ADTS frames.
    Aac,
    /// MPEG-4 that says it is sound.
    M4a,
    /// AMR, narrow or wide band.
    Amr,
    /// PDF.
    Pdf,
    /// Zip, where nothing says what is in it.
    Zip,
    /// Known by its MIME type only.
    Other(&'static str),
    /// Nothing known: also plain text.
    Unknown,
}

impl Format {
    /// Its MIME type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
            Self::ThreeGp => "video/3gpp",
            Self::QuickTime => "video/quicktime",
            Self::Webm => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::OggVorbis => "audio/ogg; codecs=vorbis",
            Self::OggOpus => "audio/ogg; codecs=opus",
            Self::OggFlac => "audio/ogg; codecs=flac",
            Self::Ogg => "application/ogg",
            Self::Flac => "audio/flac",
            Self::Aac => "audio/aac",
            Self::M4a => "audio/mp4",
            Self::Amr => "audio/amr",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Other(mime) => mime,
            Self::Unknown => "application/octet-stream",
        }
    }

    /// Whether the name says less than a file name's extension might.
    pub(crate) const fn is_vague(self) -> bool {
        matches!(self, Self::Zip | Self::Unknown)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("of no known type"),
            other => f.write_str(other.mime()),
        }
    }
}
