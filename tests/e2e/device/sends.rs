//! What is sent and waited for: the answer's form, what was measured, and that it is true of what the recipient gets.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::{Organization, Peer, Session, World};
use serde_json::{Value, json};

use super::{is_time, jid, post, text};
use crate::samples::{picture, tone};

const MP3: &[u8] = include_bytes!("../../../conn-host/media/tests/fixtures/tone.mp3");
const MP4: &[u8] = include_bytes!("../../../conn-host/media/tests/fixtures/clip.mp4");

/// What is measured of every file, beside what its kind has.
const TIMES: [&str; 3] = ["conversion_time_ms", "download_time_ms", "upload_time_ms"];

/// A device, a recipient, and who sends.
struct Scene {
    us: Organization,
    session: Session,
    bob: Peer,
}

impl Scene {
    async fn set(world: &Arc<World>, name: &str) -> Self {
        let us = world.organization(name);
        let session = Session::pair(&us).await;
        Self { us, session, bob: Peer::pair(world, name).await }
    }

    /// Sends and gives the answer, its common form checked.
    async fn send(&self, kind: &str, own: Value) -> Value {
        let mut body = json!({ "number": self.bob.phone });
        body.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        let told = post(&self.us, &format!("/send/{kind}"), &body).await.expect(200);
        assert_eq!(
            (&told["success"], &told["status"], &told["chat_jid"]),
            (&json!(true), &json!("sent"), &json!(jid(&self.bob.phone))),
            "{told}"
        );
        is_time(&told["timestamp"]);
        assert_eq!(told["metadata"]["device_id"], self.session.id.as_str(), "{told}");
        told
    }

    /// As [`Self::send`] of a file: its metadata without what differs from time to time, and what arrived.
    async fn file(&self, kind: &str, own: Value) -> (Value, Arc<whatsapp_rust::waproto::whatsapp::Message>) {
        let told = self.send(kind, own).await;
        let mut metadata = told["metadata"].clone();
        let fields = metadata.as_object_mut().expect("an object");
        for name in TIMES {
            assert!(fields.remove(name).is_some_and(|ms| ms.is_u64()), "{name} of {told}");
        }
        (metadata, self.bob.message(text(&told, "message_id")).await)
    }
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub async fn every_kind_is_sent_and_measured(world: Arc<World>) {
    let scene = Scene::set(&world, "Dev").await;
    let device = &scene.session.id;

    let told = scene.send("text", json!({ "text": "Hello" })).await;
    assert_eq!(told["metadata"], json!({ "device_id": device }));
    assert_eq!(scene.bob.hears_id(text(&told, "message_id")).await.text, "Hello");

    let png = picture(300, 200);
    let (metadata, message) = scene.file("image", json!({ "image": base64(&png), "caption": "sun" })).await;
    let expected = json!({
        "device_id": device, "media_size_bytes": png.len(), "mime_type": "image/png", "original_format": "image/png",
        "conversion_applied": false, "width": 300, "height": 200, "duration_seconds": null, "pages": null,
        "thumbnail_generated": true, "async_processing": false,
    });
    assert_eq!(metadata, expected);
    let image = &*message.image_message;
    assert_eq!((image.caption.as_deref(), image.width, image.height), (Some("sun"), Some(300), Some(200)));
    assert_eq!(scene.bob.download(&message).await, png);

    let (metadata, message) = scene.file("video", json!({ "video": base64(MP4) })).await;
    let video = &*message.video_message;
    assert_eq!(
        (&metadata["mime_type"], &metadata["media_size_bytes"], &metadata["async_processing"]),
        (&json!("video/mp4"), &json!(video.file_length), &json!(false))
    );
    assert_eq!((&metadata["width"], &metadata["height"]), (&json!(video.width), &json!(video.height)));
    let seconds = metadata["duration_seconds"].as_f64().expect("a duration");
    assert!(video.seconds.is_some_and(|whole| (f64::from(whole) - seconds).abs() <= 1.0), "{metadata}");

    clips(&scene).await;

    let (metadata, message) = scene
        .file(
            "document",
            json!({ "document": base64(b"one, two"), "file_name": "a.csv", "mime_type": "text/csv" }),
        )
        .await;
    assert_eq!(
        metadata,
        json!({
            "device_id": device, "media_size_bytes": 8, "mime_type": "text/csv",
            "original_format": metadata["original_format"], "conversion_applied": false, "width": null,
            "height": null, "duration_seconds": null, "pages": null, "thumbnail_generated": false,
            "async_processing": false,
        })
    );
    assert_eq!(message.document_message.file_name.as_deref(), Some("a.csv"));
    assert_eq!(scene.bob.download(&message).await, b"one, two");

    let (metadata, message) = scene.file("sticker", json!({ "sticker": base64(&png) })).await;
    let webp = scene.bob.download(&message).await;
    assert!(webp.starts_with(b"RIFF"), "what came is no WebP");
    assert_eq!(
        metadata,
        json!({
            "device_id": device, "media_size_bytes": webp.len(), "mime_type": "image/webp",
            "original_format": "image/png", "conversion_applied": true, "width": 512, "height": 512,
            "duration_seconds": null, "pages": null, "thumbnail_generated": metadata["thumbnail_generated"],
            "async_processing": false,
        })
    );
    scene.bob.leave().await;
}

/// A voice note and a clip that is none, of two formats.
async fn clips(scene: &Scene) {
    for (bytes, ptt, format, seconds) in
        [(MP3.to_vec(), true, "audio/mpeg", None), (tone(2, 16_000), false, "audio/wav", Some(2.0))]
    {
        let (metadata, message) = scene.file("audio", json!({ "audio": base64(&bytes), "ptt": ptt })).await;
        let (audio, opus) = (&*message.audio_message, scene.bob.download(&message).await);
        let measured = metadata["audio_duration_seconds"].as_f64().expect("a duration");
        assert_eq!(
            metadata,
            json!({
                "device_id": scene.session.id, "audio_size_bytes": opus.len(),
                "audio_format": "audio/ogg; codecs=opus", "audio_duration_seconds": measured, "ptt_enabled": ptt,
                "waveform_generated": ptt, "conversion_applied": true, "original_format": format,
                "async_processing": false,
            })
        );
        assert!(opus.starts_with(b"OggS"), "what came is no Ogg");
        assert!(seconds.is_none_or(|seconds: f64| (measured - seconds).abs() < 0.1), "{measured}");
        assert!(audio.seconds.is_some_and(|whole| (f64::from(whole) - measured).abs() <= 1.0), "{measured}");
        assert_eq!(audio.waveform.as_ref().map(|points| points.len()), ptt.then_some(64));
        assert_eq!((audio.ptt.unwrap_or_default(), audio.file_length), (ptt, Some(opus.len() as u64)));
    }
}

pub async fn a_text_quotes_and_mentions(world: Arc<World>) {
    let scene = Scene::set(&world, "Quo").await;
    let mut events = scene.us.events(&format!("?session={}&events=message", scene.session.id)).await;
    let theirs = scene.bob.writes(&scene.session.phone, "when?").await;
    events.next("message", |p| p["message_id"] == theirs.as_str()).await;
    let own = json!({ "text": "now, @you", "quoted": theirs, "mentions": [scene.bob.phone] });
    let told = scene.send("text", own).await;
    let message = scene.bob.message(text(&told, "message_id")).await;
    let about = &*message.extended_text_message.context_info;
    assert_eq!(about.stanza_id.as_deref(), Some(&*theirs));
    assert_eq!(about.mentioned_jid, [jid(&scene.bob.phone)]);
    scene.bob.leave().await;
}
