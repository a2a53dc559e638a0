//! What is told of a message's file: what the conn-host measured ([`MediaReport`]). What it did not measure is null.
//!
//! [`MediaReport`]: edgewire_contract::outcome::MediaReport

use edgewire_contract::media::MediaKind;
use edgewire_contract::outcome::Outcome;

use crate::told::{Field, Is};

/// What is told of every file, and the report's field that says it.
const EVERY: [(&str, &str); 5] = [
    ("original_format", "original_format"),
    ("conversion_applied", "converted"),
    ("conversion_time_ms", "conversion_ms"),
    ("download_time_ms", "download_ms"),
    ("upload_time_ms", "upload_ms"),
];
/// The same of clips.
const AUDIO: [(&str, &str); 5] = [
    ("audio_size_bytes", "size_bytes"),
    ("audio_format", "mimetype"),
    ("audio_duration_seconds", "duration_seconds"),
    ("ptt_enabled", "ptt"),
    ("waveform_generated", "waveform"),
];
/// The same of other files.
const FILE: [(&str, &str); 7] = [
    ("media_size_bytes", "size_bytes"),
    ("mime_type", "mimetype"),
    ("width", "width"),
    ("height", "height"),
    ("duration_seconds", "duration_seconds"),
    ("pages", "pages"),
    ("thumbnail_generated", "thumbnail"),
];

/// What is told of a message that was sent: of one with a file, what was measured.
pub fn metadata(outcome: &Outcome, is_job: bool) -> Vec<Field<'_>> {
    let mut told = vec![("device_id", Is::Text(outcome.session.as_str()))];
    let Some(report) = &outcome.data else { return told };
    told.push(("async_processing", Is::Flag(is_job)));
    let own: &[_] = if report["kind"] == MediaKind::Audio.as_str() { &AUDIO } else { &FILE };
    told.extend(EVERY.iter().chain(own).map(|&(name, measured)| {
        let value = report.get(measured);
        (name, value.map_or(Is::Null, Is::Json))
    }));
    told
}
