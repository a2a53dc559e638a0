//! From bytes to media: the one door to the modules of the kinds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use crate::budget::Budget;
use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::ffmpeg::Ffmpeg;
use crate::limits::Limits;
use crate::sniff::sniff;
use crate::spool::Spool;
use crate::{audio, document, picture, video};

/// As what the bytes are to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JPEG, PNG or WebP, handed on as they are.
    Image,
    /// JPEG, PNG, WebP or GIF, made into a WebP of 512 × 512.
    Sticker,
    /// MP4 or 3GP, handed on as they are.
    Video,
    /// All usual sound, made into mono Opus in Ogg.
    Audio,
    /// Anything, handed on as it is.
    Document,
}

/// What the sender says about the bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Of a document: its MIME type. The other kinds go by content.
    pub mimetype: Option<String>,
    /// Of a document: its name, for a type that neither hint nor content tells.
    pub file_name: Option<String>,
    /// Of audio: a voice note. 32 kbit/s tuned for speech instead of 64 kbit/s, and a waveform.
    pub ptt: bool,
    /// Of a video: play it in a loop. Copied to the facts.
    pub gif_playback: bool,
}

/// What a preparation works with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How much of everything is taken.
    pub limits: Limits,
    /// Where temporary files are made. They have no names.
    pub dir: PathBuf,
    /// ffmpeg, when there is one ([`Ffmpeg::find`]).
    pub ffmpeg: Option<Ffmpeg>,
}

/// What the module of a kind is given.
pub(crate) struct Job<'a> {
    pub spool: &'a Spool,
    pub hints: &'a Hints,
    pub settings: &'a Settings,
    pub budget: &'a Budget,
    pub format: crate::Format,
}

/// Checks and, where needed, converts `spool`. Blocking, and busy with a core until it is done: see
/// [`Workshop`](crate::Workshop).
///
/// Fails with every variant of [`MediaError`] but `Fetch` and `Busy`. A decoder's panic is a `Broken`.
pub fn prepare(
    kind: Kind,
    spool: &Spool,
    hints: &Hints,
    settings: &Settings,
    budget: &Budget,
) -> Result<Prepared, MediaError> {
    let started = Instant::now();
    let limit = settings.limits.bytes(kind);
    if spool.len() > limit {
        return Err(MediaError::TooLarge { limit });
    }
    if spool.is_empty() {
        return Err(MediaError::broken("it is empty"));
    }
    let format = sniff(&mut spool.reader())?;
    let job = Job { spool, hints, settings, budget, format };
    let work = || match kind {
        Kind::Image => picture::image(&job),
        Kind::Sticker => picture::sticker(&job),
        Kind::Video => video::prepare(&job),
        Kind::Audio => audio::prepare(&job),
        Kind::Document => document::prepare(&job),
    };
    let done = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(MediaError::broken("its decoder gave up")));
    let mut prepared = done.map_err(|error| match error {
        MediaError::Broken(_) => budget.blame(error),
        other => other,
    })?;
    prepared.facts.original_format = format.mime().into();
    prepared.facts.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(prepared)
}

impl Job<'_> {
    pub(crate) fn unsupported(&self, taken: &'static str) -> MediaError {
        MediaError::Unsupported { found: self.format.to_string(), taken }
    }

    /// The given bytes as they are.
    pub(crate) fn untouched(&self, mimetype: &str, facts: Facts) -> Prepared {
        Prepared { spool: self.spool.clone(), mimetype: mimetype.into(), facts }
    }
}
