//! Videos: handed on, measured by their boxes.

use edgewire_media::{Hints, Kind, MediaError};

use crate::world::{fixture, run, run_with, with_ffmpeg};

#[test]
fn size_and_length_come_from_the_boxes() {
    for (name, size, mime) in [
        ("clip.mp4", (64, 48), "video/mp4"),
        ("turned.mp4", (48, 64), "video/mp4"),
        ("fragments.mp4", (64, 48), "video/mp4"),
        ("clip.3gp", (128, 96), "video/3gpp"),
    ] {
        let prepared = run(Kind::Video, fixture(name)).unwrap();
        assert_eq!(prepared.spool.read_all().unwrap(), fixture(name));
        assert_eq!(prepared.mimetype, mime);
        let facts = prepared.facts;
        assert_eq!((facts.width, facts.height), (Some(size.0), Some(size.1)), "{name}");
        // The fragments' sound is a little longer than their picture.
        assert!((1.0..1.3).contains(&facts.seconds.unwrap()), "{name}: {:?}", facts.seconds);
        assert_eq!((facts.thumbnail, facts.converted), (None, false));
    }
}

#[test]
fn ffmpeg_draws_a_thumbnail() {
    let Some(settings) = with_ffmpeg() else { return };
    let hints = Hints { gif_playback: true, ..Hints::default() };
    let facts = run_with(Kind::Video, fixture("turned.mp4"), &hints, &settings).unwrap().facts;
    assert!(facts.gif_playback);
    let thumbnail = image::load_from_memory(&facts.thumbnail.unwrap()).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (54, 72));
}

#[cfg(unix)]
#[test]
fn an_ffmpeg_that_hangs_costs_its_time_and_no_more() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("ffmpeg");
    std::fs::write(&program, "#!/bin/sh\nwhile :; do :; done\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut settings = crate::world::settings();
    settings.limits.ffmpeg_time = std::time::Duration::from_millis(300);
    settings.ffmpeg = edgewire_media::Ffmpeg::find(dir.path().as_os_str());
    assert!(settings.ffmpeg.is_some());
    let facts = run_with(Kind::Video, fixture("clip.mp4"), &Hints::default(), &settings).unwrap().facts;
    assert_eq!(facts.thumbnail, None);
    assert!(facts.took_ms >= 300 && facts.took_ms < 20_000, "{}", facts.took_ms);
}

#[test]
fn what_is_no_video_is_named() {
    for (name, words) in [
        ("clip.webm", "video/webm"),
        ("clip.mov", "video/quicktime"),
        ("tone.m4a", "audio/mp4"),
        ("tone.mp3", "audio/mpeg"),
    ] {
        let Err(MediaError::Unsupported { found, taken }) = run(Kind::Video, fixture(name)) else {
            panic!("{name}")
        };
        assert_eq!((found.as_str(), taken), (words, "video/mp4, video/3gpp"));
    }
}
