//! Images: handed on, measured, drawn small.

use edgewire_media::{Kind, MediaError};
use image::ImageFormat;

use crate::world::{encoded, halves, run};

#[test]
fn every_taken_type_passes_untouched() {
    for (format, mime) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let bytes = encoded(&halves(300, 200), format);
        let prepared = run(Kind::Image, bytes.clone()).unwrap();
        assert_eq!(prepared.spool.read_all().unwrap(), bytes);
        assert_eq!(prepared.mimetype, mime);
        let facts = prepared.facts;
        assert_eq!((facts.width, facts.height, facts.converted), (Some(300), Some(200), false));
        assert_eq!(facts.original_format, mime);
        let thumbnail = facts.thumbnail.unwrap();
        assert!(thumbnail.len() < 4_000, "{}", thumbnail.len());
        let small = image::load_from_memory_with_format(&thumbnail, ImageFormat::Jpeg).unwrap().to_rgb8();
        assert_eq!((small.width(), small.height()), (72, 48));
        assert!(small.get_pixel(10, 24)[0] > 200 && small.get_pixel(60, 24)[2] > 200);
    }
}

/// An EXIF block that says only how the picture is turned, right after the start of the JPEG.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend((exif.len() as u16 + 2).to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn a_turned_photo_is_shown_upright() {
    let jpeg = encoded(&halves(300, 200), ImageFormat::Jpeg);
    // Turned by a quarter clockwise, the red left half is on top.
    let facts = run(Kind::Image, turned(&jpeg, 6)).unwrap().facts;
    assert_eq!((facts.width, facts.height), (Some(200), Some(300)));
    let small = image::load_from_memory(&facts.thumbnail.unwrap()).unwrap().to_rgb8();
    assert_eq!((small.width(), small.height()), (48, 72));
    assert!(small.get_pixel(24, 10)[0] > 200, "red on top");
    assert!(small.get_pixel(24, 60)[2] > 200, "blue below");
    let facts = run(Kind::Image, turned(&jpeg, 3)).unwrap().facts;
    assert_eq!((facts.width, facts.height), (Some(300), Some(200)));
    let small = image::load_from_memory(&facts.thumbnail.unwrap()).unwrap().to_rgb8();
    assert!(small.get_pixel(10, 24)[2] > 200, "upside down: blue on the left");
}

#[test]
fn what_is_no_image_is_named() {
    for (bytes, name) in [
        (encoded(&halves(10, 10), ImageFormat::Gif), "image/gif"),
        (b"%PDF-1.4".to_vec(), "application/pdf"),
        (b"hello".to_vec(), "of no known type"),
    ] {
        match run(Kind::Image, bytes) {
            Err(MediaError::Unsupported { found, taken }) => {
                assert_eq!((found.as_str(), taken), (name, "image/jpeg, image/png, image/webp"));
            }
            other => panic!("{other:?}"),
        }
    }
}
