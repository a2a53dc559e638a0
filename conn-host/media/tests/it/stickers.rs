//! Stickers: always 512 × 512 WebP, moving when the source moves.

use std::io::Cursor;

use edgewire_media::Kind;
use image::codecs::gif::GifEncoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, Delay, Frame, ImageFormat, Rgba, RgbaImage};

use crate::world::{encoded, halves, run};

/// `count` frames of different colours, each shown for `ms`.
pub fn gif(width: u32, height: u32, count: u32, ms: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        for index in 0..count {
            let colour = Rgba([(index * 37 % 256) as u8, (index * 91 % 256) as u8, 128, 255]);
            let picture = RgbaImage::from_pixel(width, height, colour);
            let frame = Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(ms, 1));
            encoder.encode_frame(frame).unwrap();
        }
    }
    bytes
}

#[test]
fn a_still_picture_is_fitted_into_the_square() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let prepared = run(Kind::Sticker, encoded(&halves(300, 150), format)).unwrap();
        assert_eq!(prepared.mimetype, "image/webp");
        assert!(prepared.facts.converted && !prepared.facts.animated);
        assert_eq!((prepared.facts.width, prepared.facts.height), (Some(512), Some(512)));
        let bytes = prepared.spool.read_all().unwrap();
        let decoder = WebPDecoder::new(Cursor::new(&bytes)).unwrap();
        assert!(!decoder.has_animation());
        let picture = image::load_from_memory_with_format(&bytes, ImageFormat::WebP).unwrap().to_rgba8();
        assert_eq!((picture.width(), picture.height()), (512, 512));
        assert_eq!(picture.get_pixel(256, 60)[3], 0, "above the picture nothing");
        assert_eq!(picture.get_pixel(256, 450)[3], 0, "below it nothing");
        assert!(picture.get_pixel(100, 256)[0] > 200 && picture.get_pixel(400, 256)[2] > 200);
        let thumbnail = prepared.facts.thumbnail.unwrap();
        let small = image::load_from_memory_with_format(&thumbnail, ImageFormat::Png).unwrap();
        assert_eq!((small.width(), small.height()), (72, 36));
    }
}

#[test]
fn opaque_and_invisible_pictures_are_still_ones_too() {
    for picture in [halves(512, 512), image::DynamicImage::new_rgba8(512, 512), halves(2_000, 2_001)] {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let prepared = run(Kind::Sticker, encoded(&picture, format)).unwrap();
            let bytes = prepared.spool.read_all().unwrap();
            assert!(bytes.len() < 100 * 1024);
            let decoder = WebPDecoder::new(Cursor::new(&bytes)).unwrap();
            assert!(!decoder.has_animation());
            assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgba8().dimensions(), (512, 512));
        }
    }
}

#[test]
fn what_moves_keeps_its_frames_and_their_time() {
    let prepared = run(Kind::Sticker, gif(120, 80, 12, 70)).unwrap();
    assert!(prepared.facts.animated && prepared.facts.converted);
    let bytes = prepared.spool.read_all().unwrap();
    let frames = frames(&bytes);
    assert_eq!(frames.len(), 12);
    assert!(frames.iter().all(|frame| frame.delay().numer_denom_ms().0 == 70));
    assert!(frames.iter().all(|frame| frame.buffer().dimensions() == (512, 512)));
    let middle = frames[5].buffer().get_pixel(256, 256);
    assert!(middle[0].abs_diff((5 * 37) as u8) < 12 && middle[1].abs_diff((5 * 91 % 256) as u8) < 12);
    assert_eq!(frames[5].buffer().get_pixel(256, 10)[3], 0);

    // And what is right already is left alone, moving or not.
    let again = run(Kind::Sticker, bytes.to_vec()).unwrap();
    assert!(!again.facts.converted && again.facts.animated);
    assert_eq!(again.spool.sha256(), prepared.spool.sha256());
    let still = run(Kind::Sticker, encoded(&halves(512, 512), ImageFormat::WebP)).unwrap();
    assert!(!still.facts.converted && !still.facts.animated);
}

#[test]
fn an_animated_webp_of_another_size_still_moves() {
    let first = run(Kind::Sticker, gif(64, 64, 3, 100)).unwrap().spool.read_all().unwrap().to_vec();
    // The same animation in a larger canvas: only the header says so.
    let at = first.windows(4).position(|w| w == b"VP8X").unwrap();
    let mut wider = first.clone();
    wider[at + 12..at + 15].copy_from_slice(&[0xff, 0x02, 0]);
    let prepared = run(Kind::Sticker, wider).unwrap();
    assert!(prepared.facts.converted && prepared.facts.animated);
    assert_eq!(frames(&prepared.spool.read_all().unwrap()).len(), 3);
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    WebPDecoder::new(Cursor::new(bytes)).unwrap().into_frames().collect_frames().unwrap()
}
