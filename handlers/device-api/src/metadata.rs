//! What is told of a message's file: what the conn-host measured ([`MediaReport`]). What it did not measure is null.
//!
//! [`MediaReport`]: edgewire_contract::outcome::MediaReport

use edgewire_contract::outcome::Outcome;
use serde_json::Value;

use crate::told::{Field, Is};

/// The type of every clip that is sent, and of no other file that was made for sending.
const CLIP: &str = "audio/ogg; codecs=opus";

/// What is told of every file, and the report's field that says it.
const EVERY: [(&str, &str); 5] = [
    ("original_format", "original_format"),
    ("conversion_applied", "converted"),
    ("conversion_time_ms", "conversion_ms"),
    ("download_time_ms", "download_ms"),
    ("upload_time_ms", "upload_ms"),
];
/// The same of clips.
const AUDIO: [(&str, &str); 4] = [
    ("audio_size_bytes", "size_bytes"),
    ("audio_format", "mimetype"),
    ("audio_duration_seconds", "duration_seconds"),
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

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// One without a file.
    Plain,
    /// A clip.
    Audio {
        /// Whether it is a voice note.
        ptt: bool,
    },
    /// Another file.
    File,
}

impl Sort {
    /// Of a message whose request is not at hand: what it was is known by its report. A voice note is a clip with a
    /// waveform: it always has one, and no other clip has.
    pub fn of_job(outcome: &Outcome) -> Self {
        match &outcome.data {
            None => Self::Plain,
            Some(report) if report["mimetype"] == CLIP => {
                Self::Audio { ptt: report["waveform"] == Value::Bool(true) }
            }
            Some(_) => Self::File,
        }
    }
}

/// What is told of a message that was sent.
pub fn metadata(outcome: &Outcome, sort: Sort, is_job: bool) -> Vec<Field<'_>> {
    let mut told = vec![("device_id", Is::Text(outcome.session.as_str()))];
    let own: &[(&'static str, &str)] = match sort {
        Sort::Plain => return told,
        Sort::Audio { ptt } => {
            told.push(("ptt_enabled", Is::Flag(ptt)));
            &AUDIO
        }
        Sort::File => &FILE,
    };
    told.push(("async_processing", Is::Flag(is_job)));
    told.extend(EVERY.iter().chain(own).map(|&(name, measured)| {
        let value = outcome.data.as_ref().and_then(|report| report.get(measured));
        (name, value.map_or(Is::Null, Is::Json))
    }));
    told
}
