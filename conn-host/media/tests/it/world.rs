//! What most tests need: settings, fixtures, pictures.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use edgewire_media::{Budget, Ffmpeg, Hints, Kind, Limits, MediaError, Prepared, Settings, Spool, prepare};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

pub fn settings() -> Settings {
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    Settings { limits, dir: std::env::temp_dir(), ffmpeg: None }
}

/// ffmpeg is no part of the tests' world: those that need it do nothing where there is none.
pub fn with_ffmpeg() -> Option<Settings> {
    let ffmpeg = std::env::var_os("PATH").and_then(|path| Ffmpeg::find(&path))?;
    Some(Settings { ffmpeg: Some(ffmpeg), ..settings() })
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

pub fn run(kind: Kind, bytes: impl Into<Vec<u8>>) -> Result<Prepared, MediaError> {
    run_with(kind, bytes, &Hints::default(), &settings())
}

pub fn run_with(
    kind: Kind,
    bytes: impl Into<Vec<u8>>,
    hints: &Hints,
    settings: &Settings,
) -> Result<Prepared, MediaError> {
    prepare(kind, &Spool::from(bytes.into()), hints, settings, &Budget::new(settings.limits.time))
}

/// Left half red, right half blue.
pub fn halves(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) }
    })
    .into()
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
