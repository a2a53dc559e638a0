//! Files: known by their content, prepared as every kind but audio, and their names.

use std::time::{Duration, Instant};

use edgewire_media::{
    Budget, Hints, Kind, Limits, MediaError, Settings, Spool, clean_file_name, name_from_disposition,
    prepare, sniff,
};

use crate::text;

/// What a preparation may take in a fuzzer that is ten times slower than a release.
const MOST: Duration = Duration::from_secs(20);

/// The first byte says as what the rest is prepared.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let format = sniff(&mut &rest[..]).expect("a slice can be read");
    assert!(format.mime().contains('/'), "{format}");
    let kind = match first % 4 {
        0 => Kind::Image,
        1 => Kind::Sticker,
        2 => Kind::Video,
        _ => Kind::Document,
    };
    names(&text(rest));
    let hints = Hints { file_name: clean_file_name(&text(&rest[..rest.len().min(32)])), ..Hints::default() };
    prepared(kind, rest, &hints);
}

/// Prepares it, within small limits.
pub(crate) fn prepared(kind: Kind, bytes: &[u8], hints: &Hints) {
    let limits = Limits {
        pixels: 400_000,
        decoder_bytes: 16 << 20,
        frames: 12,
        frame_pixels: 40_000,
        audio_seconds: 20,
        audio_out: 4 << 20,
        time: Duration::from_secs(10),
        ..Limits::default()
    };
    let settings = Settings { limits, dir: std::env::temp_dir(), ffmpeg: None };
    let (spool, budget) = (Spool::from(bytes.to_vec()), Budget::new(settings.limits.time));
    let begun = Instant::now();
    let done = prepare(kind, &spool, hints, &settings, &budget);
    assert!(begun.elapsed() < MOST, "{kind:?} took {:?}", begun.elapsed());
    match done {
        Ok(done) => {
            assert!(!done.spool.is_empty() && done.mimetype.contains('/'), "{done:?}");
            assert!(
                done.facts.seconds.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0),
                "{done:?}"
            );
        }
        Err(MediaError::Io(error)) => panic!("the disk is no part of this: {error}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What a server calls its file is harmless afterwards.
fn names(text: &str) {
    for name in [clean_file_name(text), name_from_disposition(Some(text))].into_iter().flatten() {
        assert!(!name.is_empty() && name.chars().count() <= 120, "{name:?}");
        assert!(!name.contains(['/', '\\', '\0', '\n', '\r']) && !name.starts_with('.'), "{name:?}");
    }
}
