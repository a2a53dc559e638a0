//! Files.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::scene::Scene;
use super::Case;
use crate::samples::tone;

const VIDEO: &[u8] = include_bytes!("../../../../conn-host/media/tests/fixtures/clip.mp4");
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
3 0 obj<</Type/Page/Parent 2 0 R>>endobj trailer<</Root 1 0 R>>\n%%EOF\n";
/// A red dot, 1 × 1.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub fn media(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    let png = BASE64_STANDARD.decode(PNG).expect("a picture");
    let as_media = json!({ "type": "media" });
    let sha = |bytes: &[u8]| json!(Sha256::digest(bytes).to_vec());
    vec![
        Case::new(
            "image",
            json!({ "to": to, "image": { "data": PNG, "mimetype": "image/png" }, "caption": "see", "reply_to": scene.theirs }),
            json!({ "image_message": {
                "caption": "see", "mimetype": "image/png", "width": 1, "height": 1, "file_length": png.len(),
                "file_sha256": sha(&png), "jpeg_thumbnail": "*", "context_info": { "stanza_id": scene.theirs },
            } }),
        )
        .attrs(as_media.clone())
        .bytes(&png),
        Case::new(
            "image",
            json!({ "to": to, "image": { "data": format!("data:image/png;base64,{PNG}") }, "view_once": true }),
            json!({ "image_message": { "view_once": true, "mimetype": "image/png" } }),
        )
        .variant("once, as a data: URI")
        .attrs(as_media.clone())
        .bytes(&png),
        Case::new(
            "video",
            json!({ "to": to, "video": { "data": base64(VIDEO), "mimetype": "video/mp4" }, "caption": "watch", "gif_playback": true }),
            json!({ "video_message": {
                "caption": "watch", "mimetype": "video/mp4", "gif_playback": true, "seconds": "*", "width": "*",
                "height": "*", "file_length": VIDEO.len(),
            } }),
        )
        .attrs(as_media.clone())
        .bytes(VIDEO),
        Case::new(
            "audio",
            json!({ "to": to, "audio": { "data": base64(&tone(1, 16_000)) }, "ptt": true }),
            json!({ "audio_message": { "ptt": true, "mimetype": "audio/ogg; codecs=opus", "seconds": 1, "waveform": "*" } }),
        )
        .attrs(as_media.clone())
        .checked(|bytes| {
            let is_opus = bytes.starts_with(b"OggS") && bytes.windows(8).any(|part| part == b"OpusHead");
            if is_opus { Ok(()) } else { Err("what came is no Ogg/Opus".into()) }
        }),
        Case::new(
            "document",
            json!({ "to": to, "document": { "data": base64(PDF) }, "filename": "report.pdf" }),
            json!({ "document_message": {
                "file_name": "report.pdf", "title": "report.pdf", "mimetype": "application/pdf", "page_count": 1,
                "file_length": PDF.len(),
            } }),
        )
        .attrs(as_media.clone())
        .bytes(PDF),
        Case::new(
            "sticker",
            json!({ "to": to, "sticker": { "data": PNG } }),
            json!({ "sticker_message": { "mimetype": "image/webp", "width": 512, "height": 512, "is_animated": false } }),
        )
        .attrs(as_media)
        .checked(|bytes| {
            let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
            if is_webp { Ok(()) } else { Err("what came is no WebP".into()) }
        }),
    ]
}
