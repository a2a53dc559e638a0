//! Files that mean harm, and files that are merely broken: a clear error, in little time and memory.

use std::time::{Duration, Instant};

use edgewire_media::{Format, Hints, Kind, MediaError, sniff};
use image::ImageFormat;
use proptest::prelude::*;

use crate::sound::{tone, wav, wav_claiming};
use crate::stickers::gif;
use crate::world::{encoded, fixture, halves, run, run_with, settings};

const KINDS: [Kind; 5] = [Kind::Image, Kind::Sticker, Kind::Video, Kind::Audio, Kind::Document];

fn quickly<T>(what: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = what();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    done
}

/// A PNG whose header claims `width` × `height`.
fn huge_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&halves(10, 10), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[test]
fn huge_pictures_are_refused_unseen() {
    for kind in [Kind::Image, Kind::Sticker] {
        for (width, height) in [(60_000, 60_000), (0x7fff_ffff, 0x7fff_ffff), (1, 0x7fff_ffff), (0, 10)] {
            let error = quickly(|| run(kind, huge_png(width, height))).unwrap_err();
            assert!(matches!(error, MediaError::Broken(_)), "{error}");
        }
    }
    // A GIF's screen can be huge as well.
    let mut screen = gif(10, 10, 3, 50);
    screen[6..10].fill(0xff);
    assert!(matches!(quickly(|| run(Kind::Sticker, screen)), Err(MediaError::Broken(_))));
}

#[test]
fn thousands_of_frames_are_too_long() {
    let error = quickly(|| run(Kind::Sticker, gif(4, 4, 3_000, 20))).unwrap_err();
    assert!(matches!(error, MediaError::TooLong { most: 300, unit: "frames" }), "{error}");
}

#[test]
fn a_header_that_lies_about_its_length_is_not_believed() {
    let sound = tone(16_000, 440.0, 1.0, |_| 0.5);
    for claimed in [u32::MAX, 0x7fff_ffff, 1_000_000] {
        let prepared = quickly(|| run(Kind::Audio, wav_claiming(16_000, 1, &sound, claimed))).unwrap();
        assert!(
            (prepared.facts.seconds.unwrap() - 1.0).abs() < 0.2,
            "{claimed}: {:?}",
            prepared.facts.seconds
        );
    }
    for rate in [0, 1, u32::MAX] {
        assert!(quickly(|| run(Kind::Audio, wav(rate, 1, &sound))).is_err(), "{rate}");
    }
}

#[test]
fn boxes_of_absurd_size_are_refused() {
    let clip = fixture("clip.mp4");
    for name in [&b"moov"[..], b"trak", b"tkhd", b"mdat", b"stsz", b"mvhd"] {
        let at = clip.windows(4).position(|window| window == name).unwrap();
        for size in [0xffff_fff0_u32, 2, 0x7fff_ffff] {
            let mut bytes = clip.clone();
            bytes[at - 4..at].copy_from_slice(&size.to_be_bytes());
            for kind in [Kind::Video, Kind::Audio] {
                let outcome = quickly(|| run(kind, bytes.clone()));
                // The video does not need its sample sizes; all else is damage.
                assert!(outcome.is_err() || name == b"stsz", "{} {size}", name.escape_ascii());
            }
        }
    }
    // Tables that claim four billion entries.
    let tone = fixture("tone.m4a");
    for name in [&b"stsz"[..], b"stco", b"stts", b"stsc"] {
        let at = tone.windows(4).position(|window| window == name).unwrap();
        let count = at + if name == b"stsz" { 12 } else { 8 };
        let mut bytes = tone.clone();
        bytes[count..count + 4].fill(0xff);
        let error = quickly(|| run(Kind::Audio, bytes)).unwrap_err();
        assert!(matches!(error, MediaError::Broken(_)), "{}: {error}", name.escape_ascii());
    }
    // A box within a box within a box.
    let mut nested = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    for depth in (1..2_000_u32).rev() {
        nested.extend((depth * 8).to_be_bytes());
        nested.extend(b"moov");
    }
    assert!(quickly(|| run(Kind::Video, nested.clone())).is_err());
    assert!(quickly(|| run(Kind::Audio, nested)).is_err());
}

#[test]
fn cut_off_files_end_in_an_answer() {
    let files = [
        encoded(&halves(300, 200), ImageFormat::Jpeg),
        encoded(&halves(300, 200), ImageFormat::Png),
        encoded(&halves(300, 200), ImageFormat::WebP),
        gif(40, 40, 4, 50),
        fixture("clip.mp4"),
        fixture("fragments.mp4"),
        fixture("clip.3gp"),
        fixture("tone.mp3"),
        fixture("tone.m4a"),
        fixture("tone.aac"),
        fixture("tone.flac"),
        fixture("tone_vorbis.ogg"),
        fixture("tone_opus.ogg"),
        fixture("stereo_opus.ogg"),
        fixture("surround_opus.ogg"),
        wav(8_000, 2, &[1, 2, 3, 4]),
    ];
    for file in files {
        for part in [0, 1, 4, 8, 12, 20, 40, file.len() / 3, file.len() / 2, file.len() - 1] {
            let cut = &file[..part.min(file.len())];
            for kind in KINDS {
                let outcome = quickly(|| run(kind, cut));
                if let Err(MediaError::Io(error)) = &outcome {
                    panic!(
                        "our own fault? {error} for {kind:?} of {part} bytes of {:?}",
                        sniff(&mut &file[..])
                    );
                }
                assert!(kind != Kind::Image || part > 40 || outcome.is_err());
            }
        }
    }
}

#[test]
fn garbage_behind_a_good_beginning_is_no_harm() {
    for name in ["tone_opus.ogg", "tone_vorbis.ogg", "tone.mp3", "tone.m4a", "tone.flac", "tone.aac"] {
        let good = fixture(name);
        for (from, seed) in [(60, 7_u32), (200, 11), (good.len() / 2, 13)] {
            let mut bytes = good.clone();
            let mut random = seed;
            for byte in &mut bytes[from..] {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (random >> 24) as u8;
            }
            let hints = Hints { ptt: true, ..Hints::default() };
            if let Err(MediaError::Io(error)) = quickly(|| run_with(Kind::Audio, bytes, &hints, &settings()))
            {
                panic!("{name} from {from}: {error}");
            }
        }
    }
}

/// The beginnings by which the decoders are reached.
fn beginnings() -> impl Strategy<Value = Vec<u8>> {
    let files = [
        encoded(&halves(20, 20), ImageFormat::Jpeg),
        encoded(&halves(20, 20), ImageFormat::Png),
        encoded(&halves(20, 20), ImageFormat::WebP),
        gif(10, 10, 2, 50),
        fixture("clip.mp4"),
        fixture("fragments.mp4"),
        fixture("tone.m4a"),
        fixture("tone.mp3"),
        fixture("tone_opus.ogg"),
        fixture("surround_opus.ogg"),
        fixture("tone_vorbis.ogg"),
        fixture("tone.flac"),
        fixture("tone.aac"),
        wav(8_000, 1, &tone(8_000, 300.0, 0.1, |_| 0.5)),
        b"%PDF-1.4 1 0 obj<</Type/Pages/Count 1>>".to_vec(),
        Vec::new(),
    ];
    proptest::sample::select(files.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_have_no_name(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _: Format = sniff(&mut &bytes[..]).unwrap();
    }

    #[test]
    fn no_damage_panics(
        file in beginnings(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = file;
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes.extend(tail);
        for kind in KINDS {
            match quickly(|| run(kind, bytes.clone())) {
                Err(MediaError::Io(error)) => panic!("our own fault? {error}"),
                Err(MediaError::Time) => panic!("no end"),
                _ => {}
            }
        }
    }
}
