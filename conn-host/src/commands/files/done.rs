//! What an upload came to: kept with its command, told to its sender, put into the message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::media::{FileFacts, MediaKind, Uploaded};
use edgewire_contract::outcome::MediaReport;
use edgewire_media::Prepared;
use serde::{Deserialize, Serialize};

use crate::commands::material::SentFile;

/// What an upload came to, as it is kept with the command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Done {
    pub uploaded: Uploaded,
    pub key_timestamp: i64,
    pub mimetype: String,
    pub name: Option<String>,
    pub report: MediaReport,
}

impl Done {
    pub fn file(&self) -> SentFile {
        let facts = &self.uploaded.facts;
        let bytes = |text: &Option<String>| text.as_deref().and_then(|text| STANDARD.decode(text).ok());
        SentFile {
            uploaded: self.uploaded.clone(),
            key_timestamp: self.key_timestamp,
            mimetype: self.mimetype.clone(),
            name: self.name.clone(),
            width: facts.width,
            height: facts.height,
            seconds: facts.seconds,
            thumbnail: bytes(&facts.thumbnail),
            waveform: bytes(&facts.waveform),
            pages: facts.pages,
            animated: facts.animated,
        }
    }
}

/// A file that was on WhatsApp's servers already.
pub(super) fn given(uploaded: &Uploaded, kind: MediaKind, mimetype: Option<&str>, at_ms: i64) -> Done {
    let mimetype = mimetype.map_or_else(|| usual_type(kind).to_owned(), str::to_owned);
    let report = MediaReport {
        size_bytes: uploaded.file_length,
        original_format: mimetype.clone(),
        mimetype: mimetype.clone(),
        duration_seconds: uploaded.facts.seconds.map(f64::from),
        width: uploaded.facts.width,
        height: uploaded.facts.height,
        pages: uploaded.facts.pages,
        waveform: uploaded.facts.waveform.is_some(),
        thumbnail: uploaded.facts.thumbnail.is_some(),
        ..MediaReport::default()
    };
    Done { uploaded: uploaded.clone(), key_timestamp: at_ms / 1000, mimetype, name: None, report }
}

/// The type of an uploaded file whose sender says none.
fn usual_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image/jpeg",
        MediaKind::Video => "video/mp4",
        MediaKind::Audio => "audio/ogg; codecs=opus",
        MediaKind::Sticker => "image/webp",
        MediaKind::Document => "application/octet-stream",
    }
}

pub(super) fn file_facts(prepared: &Prepared) -> FileFacts {
    let facts = &prepared.facts;
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| STANDARD.encode(bytes));
    FileFacts {
        seconds: facts.whole_seconds(),
        width: facts.width,
        height: facts.height,
        pages: facts.pages,
        thumbnail: text(&facts.thumbnail),
        waveform: text(&facts.waveform),
        animated: facts.animated,
    }
}

pub(super) fn report(prepared: &Prepared) -> MediaReport {
    let facts = &prepared.facts;
    MediaReport {
        size_bytes: prepared.spool.len(),
        mimetype: prepared.mimetype.clone(),
        original_format: facts.original_format.clone(),
        converted: facts.converted,
        duration_seconds: facts.seconds,
        width: facts.width,
        height: facts.height,
        pages: facts.pages,
        waveform: facts.waveform.is_some(),
        thumbnail: facts.thumbnail.is_some(),
        conversion_ms: facts.took_ms,
        ..MediaReport::default()
    }
}
