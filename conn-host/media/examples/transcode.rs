//! How long a minute of sound takes: `cargo run --release -p edgewire-media --example transcode -- FILE…`.
//! Without files, of two minutes of made-up speech in a WAV of 44.1 kHz.

#![expect(clippy::print_stdout, reason = "what it finds is for a person")]

use std::time::{Duration, Instant};

use edgewire_media::{Budget, Ffmpeg, Hints, Kind, Limits, Settings, Spool, prepare};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings {
        limits: Limits { audio: 1 << 30, audio_out: 1 << 30, ..Limits::default() },
        dir: std::env::temp_dir(),
        ffmpeg: std::env::var_os("PATH").and_then(|path| Ffmpeg::find(&path)),
    };
    let mut files = Vec::new();
    for name in std::env::args().skip(1) {
        files.push((name.clone(), std::fs::read(name)?));
    }
    if files.is_empty() {
        files.push(("made-up speech".into(), speech(120)));
    }
    for (name, bytes) in files {
        let spool = Spool::from(bytes);
        for ptt in [true, false] {
            let hints = Hints { ptt, ..Hints::default() };
            let started = Instant::now();
            let prepared =
                prepare(Kind::Audio, &spool, &hints, &settings, &Budget::new(Duration::from_secs(3600)))?;
            let (took, seconds) = (started.elapsed().as_secs_f64(), prepared.facts.seconds.unwrap_or(0.0));
            println!(
                "{name} (ptt {ptt}): {seconds:.1} s in {took:.2} s, {:.2} s a minute, {} bytes, {:.1} kbit/s",
                took * 60.0 / seconds,
                prepared.spool.len(),
                prepared.spool.len() as f64 * 8.0 / seconds / 1000.0
            );
            if let Some(dir) = std::env::var_os("TRANSCODE_OUT") {
                let file = std::path::Path::new(&dir).join(format!("ptt-{ptt}.ogg"));
                std::io::copy(&mut prepared.spool.reader(), &mut std::fs::File::create(file)?)?;
            }
        }
    }
    Ok(())
}

/// A voice-like buzz with noise, in syllables.
fn speech(seconds: u32) -> Vec<u8> {
    let (rate, mut seed, mut phase) = (44_100_u32, 1_u32, 0.0_f32);
    let samples = (0..rate * seconds).flat_map(|i| {
        let t = i as f32 / rate as f32;
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (seed >> 8) as f32 / 8_388_608.0 - 1.0;
        phase = (phase + (120.0 + 30.0 * (t * 2.0).sin()) / rate as f32).fract();
        let buzz: f32 = (1..12).map(|h| (phase * h as f32 * std::f32::consts::TAU).sin() / h as f32).sum();
        let loud = (0.5 + 0.5 * (t * 6.0).sin()).powi(2);
        ((loud * (0.25 * buzz + 0.05 * noise) * 32_000.0) as i16).to_le_bytes()
    });
    let data: Vec<u8> = samples.collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((data.len() as u32 + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}
