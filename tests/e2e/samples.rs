//! Files that are made up.

/// A 440 Hz tone as a WAV file, 16-bit mono.
pub fn tone(seconds: u32, rate: u32) -> Vec<u8> {
    let samples: Vec<u8> = (0..seconds * rate)
        .flat_map(|n| {
            let wave = (f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin();
            ((wave * 20_000.0) as i16).to_le_bytes()
        })
        .collect();
    let length = u32::try_from(samples.len()).expect("a short tone");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
}

/// A PNG of `width` × `height`.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}
