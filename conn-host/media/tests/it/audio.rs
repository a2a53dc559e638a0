//! Sound: whatever comes in, the same sound goes out as mono Opus.

use edgewire_media::{Hints, Kind, MediaError, Prepared};

use crate::sound::{Played, play, tone, wav};
use crate::world::{fixture, run, run_with, settings, with_ffmpeg};

fn ptt() -> Hints {
    Hints { ptt: true, ..Hints::default() }
}

fn played(prepared: &Prepared) -> Played {
    let played = play(&prepared.spool.read_all().unwrap());
    assert_eq!(prepared.mimetype, "audio/ogg; codecs=opus");
    assert!((prepared.facts.seconds.unwrap() - played.seconds()).abs() < 1e-6);
    played
}

#[test]
fn every_taken_type_is_heard_again() {
    let wave =
        wav(22_050, 2, &tone(22_050, 440.0, 1.0, |_| 0.5).iter().flat_map(|s| [*s, *s]).collect::<Vec<_>>());
    for (name, bytes, mime) in [
        ("mp3", fixture("tone.mp3"), "audio/mpeg"),
        ("m4a", fixture("tone.m4a"), "audio/mp4"),
        ("aac", fixture("tone.aac"), "audio/aac"),
        ("flac", fixture("tone.flac"), "audio/flac"),
        ("vorbis", fixture("tone_vorbis.ogg"), "audio/ogg; codecs=vorbis"),
        ("stereo opus", fixture("stereo_opus.ogg"), "audio/ogg; codecs=opus"),
        ("5.1 opus", fixture("surround_opus.ogg"), "audio/ogg; codecs=opus"),
        ("video with sound", fixture("talking.mp4"), "video/mp4"),
        ("video in fragments", fixture("fragments.mp4"), "video/mp4"),
        ("wav", wave, "audio/wav"),
    ] {
        for hints in [ptt(), Hints::default()] {
            let prepared = run_with(Kind::Audio, bytes.clone(), &hints, &settings())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            let heard = played(&prepared);
            assert!((heard.seconds() - 1.0).abs() < 0.08, "{name}: {} s", heard.seconds());
            assert!((heard.hertz() - 440.0).abs() < 5.0, "{name}: {} Hz", heard.hertz());
            assert!((0.25..0.45).contains(&heard.loudness()), "{name}: {}", heard.loudness());
            assert_eq!(prepared.facts.original_format, mime);
            assert_eq!(prepared.facts.whole_seconds(), Some(prepared.facts.seconds.unwrap().ceil() as u32));
            assert!(prepared.facts.converted);
            assert_eq!(prepared.facts.waveform.is_some(), hints.ptt);
        }
    }
}

#[test]
fn the_sound_is_the_same_sound_at_the_same_time() {
    // A glide: no shift of it looks like another.
    let rate = 48_000;
    let glide: Vec<i16> = (0..rate * 2)
        .map(|i| {
            let t = i as f32 / rate as f32;
            ((200.0 * t + 300.0 * t * t) * std::f32::consts::TAU).sin() * 16_000.0
        })
        .map(|s| s as i16)
        .collect();
    let float: Vec<f32> = glide.iter().map(|s| f32::from(*s) / 32_768.0).collect();
    for hints in [ptt(), Hints::default()] {
        let prepared = run_with(Kind::Audio, wav(rate, 1, &glide), &hints, &settings()).unwrap();
        let heard = played(&prepared);
        assert_eq!(heard.samples.len(), glide.len(), "not a sample more or less");
        let (likeness, shift) = heard.likeness(&float);
        assert!(likeness > 0.97, "{likeness} at {shift}");
        assert!(shift.abs() <= 24, "{shift} samples late");
        let bits = heard.bytes as f64 * 8.0 / heard.seconds();
        let most = if hints.ptt { 40_000.0 } else { 76_000.0 };
        assert!(bits < most, "{bits} bit/s");
    }
}

#[test]
fn what_is_right_already_passes_untouched() {
    for hints in [ptt(), Hints::default()] {
        let prepared = run_with(Kind::Audio, fixture("tone_opus.ogg"), &hints, &settings()).unwrap();
        assert_eq!(prepared.spool.read_all().unwrap(), fixture("tone_opus.ogg"));
        assert!(!prepared.facts.converted);
        assert!((prepared.facts.seconds.unwrap() - 1.0).abs() < 0.01);
        assert_eq!(prepared.facts.waveform.is_some(), hints.ptt);
    }
    // And so does our own.
    let ours = run(Kind::Audio, wav(8_000, 1, &tone(8_000, 300.0, 2.5, |_| 0.5))).unwrap();
    let again = run(Kind::Audio, ours.spool.read_all().unwrap().to_vec()).unwrap();
    assert!(!again.facts.converted);
    assert_eq!(again.facts.seconds, ours.facts.seconds);
    assert_eq!(ours.facts.seconds, Some(2.5));
    assert_eq!(ours.facts.whole_seconds(), Some(3));
}

#[test]
fn the_waveform_is_the_envelope() {
    let sound =
        wav(16_000, 1, &tone(16_000, 300.0, 6.4, |t| if (0.25..0.5).contains(&t) { 0.9 } else { 0.09 }));
    let check = |prepared: &Prepared| {
        let points = prepared.facts.waveform.clone().unwrap();
        assert_eq!(points.len(), 64);
        for (index, point) in points.iter().enumerate() {
            match index {
                17..=30 => assert!(*point > 90, "{index}: {points:?}"),
                0..=14 | 33..=63 => assert!((5..=16).contains(point), "{index}: {points:?}"),
                _ => {}
            }
        }
    };
    let first = run_with(Kind::Audio, sound, &ptt(), &settings()).unwrap();
    check(&first);
    // Of what passes untouched, too.
    let again = run_with(Kind::Audio, first.spool.read_all().unwrap().to_vec(), &ptt(), &settings()).unwrap();
    assert!(!again.facts.converted);
    check(&again);
}

#[test]
fn too_long_is_too_long() {
    let mut short = settings();
    short.limits.audio_seconds = 2;
    for bytes in [wav(8_000, 1, &tone(8_000, 300.0, 2.5, |_| 0.5)), {
        let ours = run(Kind::Audio, wav(8_000, 1, &tone(8_000, 300.0, 2.5, |_| 0.5))).unwrap();
        ours.spool.read_all().unwrap().to_vec()
    }] {
        let error = run_with(Kind::Audio, bytes, &Hints::default(), &short).unwrap_err();
        assert!(matches!(error, MediaError::TooLong { most: 2, unit: "seconds" }), "{error}");
    }
}

#[test]
fn what_is_no_sound_is_named() {
    for (name, words) in [("clip.mp4", "a video without sound"), ("tone.webm", "video/webm")] {
        let Err(MediaError::Unsupported { found, .. }) = run(Kind::Audio, fixture(name)) else {
            panic!("{name}")
        };
        assert_eq!(found, words);
    }
}

#[test]
fn ffmpeg_helps_where_nothing_else_does() {
    let Some(settings) = with_ffmpeg() else { return };
    let prepared = run_with(Kind::Audio, fixture("tone.webm"), &ptt(), &settings).unwrap();
    let heard = played(&prepared);
    assert!((heard.hertz() - 440.0).abs() < 5.0 && (heard.seconds() - 1.0).abs() < 0.08);
    // What it cannot read either is broken, not empty.
    let mut noise = fixture("tone.webm");
    noise[60..].fill(0x55);
    assert!(matches!(run_with(Kind::Audio, noise, &ptt(), &settings), Err(MediaError::Broken(_))));
}
