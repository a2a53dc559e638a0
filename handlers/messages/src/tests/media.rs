//! Files: their three forms, their types and sizes.

use edgewire_contract::content::Kind;
use edgewire_contract::media::{MAX_DOCUMENT_BYTES, MAX_MEDIA_BYTES, Source};

use super::*;

const HASH: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const KINDS: [Kind; 5] = [Kind::Image, Kind::Video, Kind::Audio, Kind::Document, Kind::Sticker];

/// The uploaded format of a file of so many bytes.
pub fn uploaded(bytes: u64) -> Value {
    json!({"url": "https://mmg.whatsapp.net/x", "direct_path": "/v/t62.7", "media_key": HASH, "file_sha256": HASH, "file_enc_sha256": HASH, "file_length": bytes})
}

/// The same in camelCase.
pub fn uploaded_camel(bytes: u64) -> Value {
    json!({"url": "https://mmg.whatsapp.net/x", "directPath": "/v/t62.7", "mediaKey": HASH, "fileSha256": HASH, "fileEncSha256": HASH, "fileLength": bytes})
}

/// Asks both routes that send a file of `kind`.
fn both(kind: Kind, file: &Value) -> Vec<(FakeGateway, Answer)> {
    let (own, single) = (format!("{MESSAGES}/{}?async=true", kind.name()), format!("{MESSAGES}?async=true"));
    let bodies = [
        (own, json!({"to": "628123456789", kind.name(): file})),
        (single, json!({"to": "628123456789", "type": kind.name(), "media": file})),
    ];
    let asked = |(line, body): (String, Value)| {
        let gateway = gateway();
        let answer = ask(&gateway, &line, &[], &body.to_string());
        (gateway, answer)
    };
    bodies.map(asked).into()
}

#[test]
fn the_uploaded_format_is_taken_in_both_spellings() {
    for kind in KINDS {
        for file in [uploaded(9), uploaded_camel(9)] {
            for (gateway, answer) in both(kind, &file) {
                assert_eq!(answer.status, 202, "{} {}", kind.name(), answer.text);
                let content = sent(&gateway).content;
                let Source::Uploaded(kept) = &content.media().unwrap().1.source else {
                    panic!("another source")
                };
                assert_eq!((kept.direct_path.as_str(), kept.file_length), ("/v/t62.7", 9));
            }
        }
    }
}

#[test]
fn a_file_has_one_form() {
    for (file, bad) in [
        (json!({}), "url"),
        (json!({"mimetype": "image/jpeg"}), "url"),
        (json!({"data": "AAAA", "url": "https://example.com/a"}), "data"),
        (json!({"data": "AAAA", "direct_path": "/v"}), "data"),
        (json!({"data": ""}), "data"),
        (json!({"data": "%%%%"}), "data"),
        (json!({"data": 7}), "data"),
        (json!({"data": "data:image/png,AAAA"}), "data"),
    ] {
        for (name, (gateway, answer)) in ["image", "media"].into_iter().zip(both(Kind::Image, &file)) {
            assert_eq!((answer.status, answer.bad_fields()), (400, vec![format!("{name}.{bad}")]), "{file}");
            assert!(commands(&gateway).is_empty());
        }
    }
}

#[test]
fn a_type_that_the_kind_does_not_take_is_415() {
    for (kind, mimetype) in [
        (Kind::Image, "application/pdf"),
        (Kind::Video, "image/png"),
        (Kind::Audio, "text/plain"),
        (Kind::Sticker, "video/mp4"),
    ] {
        for (gateway, answer) in both(kind, &json!({"url": "https://example.com/a", "mimetype": mimetype})) {
            assert_eq!(
                (answer.status, code(&answer)),
                (415, "unsupported_media_type".into()),
                "{}",
                kind.name()
            );
            let details = &answer.json()["error"]["details"];
            assert_eq!(details["mimetype"], mimetype);
            assert!(details["supported"].as_array().is_some_and(|types| !types.is_empty()));
            assert!(commands(&gateway).is_empty());
        }
    }
    for (_, answer) in both(Kind::Document, &json!({"url": "https://example.com/a", "mimetype": "x/y"})) {
        assert_eq!(answer.status, 202);
    }
}

#[test]
fn a_file_over_its_limit_is_413() {
    for kind in KINDS {
        let limit = if kind == Kind::Document { MAX_DOCUMENT_BYTES } else { MAX_MEDIA_BYTES };
        for (_, answer) in both(kind, &uploaded(limit)) {
            assert_eq!(answer.status, 202, "{}", kind.name());
        }
        for (gateway, answer) in both(kind, &uploaded(limit + 1)) {
            assert_eq!((answer.status, code(&answer)), (413, "payload_too_large".into()), "{}", kind.name());
            assert!(commands(&gateway).is_empty());
        }
    }
}
