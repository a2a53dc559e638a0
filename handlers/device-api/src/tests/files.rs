//! Files.

use edgewire_contract::command::Mode;
use edgewire_contract::content::{Audio, Content, Document, Image, Sticker, Video};
use edgewire_contract::media::{Media, Source};

use super::*;

fn url(url: &str, mimetype: Option<&str>) -> Media {
    Media { source: Source::Url { url: url.into() }, mimetype: mimetype.map(str::to_owned) }
}

fn base64(bytes: usize) -> String {
    STANDARD.encode(vec![7; bytes])
}

#[test]
fn each_kind_is_sent_from_its_url() {
    let caption = || Some("Look".to_owned());
    let at = |kind: &str| format!("https://example.com/{kind}");
    for (kind, own, content) in [
        (
            "image",
            json!({"caption": "Look", "view_once": true, "mime_type": "image/PNG"}),
            Content::Image(Image {
                image: url(&at("image"), Some("image/png")),
                caption: caption(),
                view_once: true,
            }),
        ),
        (
            "video",
            json!({"caption": "Look", "file_name": "x"}),
            Content::Video(Video {
                video: url(&at("video"), None),
                caption: caption(),
                view_once: false,
                gif_playback: false,
            }),
        ),
        (
            "audio",
            json!({"ptt": true, "view_once": true}),
            Content::Audio(Audio { audio: url(&at("audio"), None), ptt: true, view_once: true }),
        ),
        (
            "document",
            json!({"caption": "Look", "file_name": "report.pdf", "mime_type": "application/pdf"}),
            Content::Document(Document {
                document: url(&at("document"), Some("application/pdf")),
                filename: Some("report.pdf".into()),
                caption: caption(),
            }),
        ),
        (
            "sticker",
            json!({"mentions": ["628111111111"]}),
            Content::Sticker(Sticker { sticker: url(&at("sticker"), None) }),
        ),
    ] {
        let gateway = hosted();
        let mut body =
            json!({"number": "5511999999999", "quoted": "3EB0A1", format!("{kind}_url"): at(kind)});
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let answer = ask(&gateway, &format!("POST /send/{kind}"), body);
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
        let (_, send) = sent(&gateway);
        assert_eq!((send.content, send.to.as_str()), (content, PERSON), "{kind}");
        assert_eq!(send.reply_to.unwrap().message_id.as_str(), "3EB0A1", "{kind}");
        assert!(send.mentions.is_empty());
        let answer = answer.json();
        assert_eq!((&answer["status"], &answer["message_id"]), (&json!("sent"), &json!(send.message_id)));
    }
}

#[test]
fn the_file_may_stand_in_the_body() {
    for (kind, text, said) in [
        ("image", base64(9), None),
        ("sticker", format!("data:image/webp;base64,{}", base64(9)), Some("image/webp")),
        ("document", base64(200_000), None),
    ] {
        let gateway = hosted();
        let answer =
            ask(&gateway, &format!("POST /send/{kind}"), json!({"number": "5511999999999", kind: text}));
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
        let (_, send) = sent(&gateway);
        let (_, media) = send.content.media().expect("has a file");
        assert_eq!(media.mimetype.as_deref(), said);
        assert!(matches!(media.source, Source::Blob(_)), "{kind}");
        assert!([9, 200_000].contains(&media.source.known_bytes().unwrap()));
    }
}

#[test]
fn what_became_of_a_clip_is_told() {
    let gateway = hosted();
    let body = json!({"number": "5511999999999", "audio": base64(9), "ptt": true});
    assert_eq!(
        ask(&gateway, "POST /send/audio", body).json()["metadata"],
        json!({
            "device_id": "main", "audio_size_bytes": 4321, "audio_format": "audio/ogg; codecs=opus",
            "audio_duration_seconds": 12.5, "conversion_time_ms": 80, "download_time_ms": 7,
            "upload_time_ms": 90, "ptt_enabled": true, "conversion_applied": true, "original_format": "audio/mpeg",
            "waveform_generated": true, "async_processing": false,
        })
    );
}

#[test]
fn what_became_of_another_file_is_told() {
    let gateway = gateway();
    gateway.bus.host(|_| {
        let report = MediaReport {
            kind: Some(MediaKind::Image),
            ptt: false,
            mimetype: "image/jpeg".into(),
            original_format: "image/png".into(),
            duration_seconds: None,
            width: Some(640),
            height: Some(480),
            waveform: false,
            thumbnail: true,
            ..report()
        };
        Ending::SentFile(NOON, report)
    });
    let body = json!({"number": "5511999999999", "image_url": "https://example.com/a.png"});
    assert_eq!(
        ask(&gateway, "POST /send/image", body).json()["metadata"],
        json!({
            "device_id": "main", "media_size_bytes": 4321, "mime_type": "image/jpeg", "original_format": "image/png",
            "conversion_applied": true, "conversion_time_ms": 80, "download_time_ms": 7, "upload_time_ms": 90,
            "width": 640, "height": 480, "duration_seconds": null, "pages": null, "thumbnail_generated": true,
            "async_processing": false,
        })
    );
}

#[test]
fn a_clip_over_two_mebibytes_is_a_job_at_once() {
    for (bytes, status) in [(2 << 20, 200), ((2 << 20) + 1, 202)] {
        let gateway = hosted();
        let body = json!({"number": "5511999999999", "audio": base64(bytes)});
        let answer = ask(&gateway, "POST /send/audio", body);
        assert_eq!(answer.status, status, "{}", answer.text);
        let mode = commands(&gateway)[0].mode;
        assert_eq!(mode, if status == 202 { Mode::Async } else { Mode::Sync });
    }
    let gateway = hosted();
    let body = json!({"number": "5511999999999", "video": base64((2 << 20) + 1)});
    assert_eq!(ask(&gateway, "POST /send/video", body).status, 200, "other files are waited for");
}

#[test]
fn a_clip_that_turns_out_to_be_long_is_a_job() {
    let gateway = gateway();
    gateway.bus.host(takes_long);
    let body = json!({"number": "5511999999999", "audio_url": "https://example.com/a.mp3"});
    let answer = ask(&gateway, "POST /send/audio", body);
    let command = &commands(&gateway)[0];
    assert_eq!(
        (answer.status, answer.json()),
        (
            202,
            json!({
                "success": true, "status": "processing", "chat_jid": PERSON, "job_id": command.id,
                "timestamp": "2026-06-15T12:00:00Z",
            })
        )
    );
    assert_eq!(command.mode, Mode::Sync);
}

#[test]
fn a_file_has_one_source() {
    let gateway = hosted();
    for kind in ["image", "video", "audio", "document", "sticker"] {
        let (line, at_url) = (format!("POST /send/{kind}"), format!("{kind}_url"));
        let none = ask(&gateway, &line, json!({"number": "5511999999999"}));
        assert_eq!(bad(&none), [kind]);
        let both =
            json!({"number": "5511999999999", kind: base64(9), at_url.as_str(): "https://example.com/a"});
        assert_eq!(bad(&ask(&gateway, &line, both)), [at_url.as_str()]);
        for junk in ["", "not base64!", "data:image/png,abc"] {
            let junk = json!({"number": "5511999999999", kind: junk});
            assert_eq!(bad(&ask(&gateway, &line, junk)), [kind]);
        }
        let elsewhere = json!({"number": "5511999999999", at_url.as_str(): "ftp://example.com/a"});
        assert_eq!(bad(&ask(&gateway, &line, elsewhere)), [at_url]);
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn a_file_keeps_to_its_types_and_limits() {
    let gateway = hosted();
    let ask = |kind: &str, own: Value| {
        let mut body = json!({"number": "5511999999999"});
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        ask(&gateway, &format!("POST /send/{kind}"), body)
    };
    let text = json!({"image_url": "https://example.com/a", "mime_type": "text/plain"});
    let answer = ask("image", text);
    assert_eq!((answer.status, code(&answer)), (415, "UNSUPPORTED_MEDIA_TYPE".into()));
    let answer = ask("video", json!({"video": base64((16 << 20) + 1)}));
    assert_eq!((answer.status, code(&answer)), (413, "PAYLOAD_TOO_LARGE".into()));
    let long = json!({"image_url": "https://example.com/a", "caption": "é".repeat(1025)});
    assert_eq!(bad(&ask("image", long)), ["caption"]);
    for kind in ["document", "sticker"] {
        let once = json!({format!("{kind}_url"): "https://example.com/a", "view_once": true});
        assert_eq!(bad(&ask(kind, once)), ["view_once"]);
    }
    assert!(commands(&gateway).is_empty());
}
