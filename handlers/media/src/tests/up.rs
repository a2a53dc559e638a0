//! Uploads of a body that is the file.

use std::rc::Rc;

use edgewire_contract::media::{MAX_DOCUMENT_BYTES, MAX_MEDIA_BYTES};

use super::*;

pub(super) fn takes(command: &Command) -> Ending {
    let Action::Live(Live::Upload(upload)) = &command.action else { panic!("{command:?}") };
    Ending::Done(Some(uploaded(upload.blob.bytes)))
}

/// What was asked of the conn-host last: the kind, the type, and how many bytes.
pub(super) fn asked(gateway: &FakeGateway) -> (MediaKind, Option<String>, u64) {
    gateway.bus.with(|state| match &state.commands.last().unwrap().action {
        Action::Live(Live::Upload(upload)) => (upload.kind, upload.mimetype.clone(), upload.blob.bytes),
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_file_goes_in_and_its_place_comes_out() {
    let gateway = gateway();
    gateway.bus.host(takes);
    let bytes = vec![7; 700_001];
    let answer = ask(&gateway, UPLOAD, &["content-type: Image/PNG", "content-length: 700001"], &bytes);
    let mut expected = uploaded(700_001);
    expected["kind"] = "image".into();
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(asked(&gateway), (MediaKind::Image, Some("image/png".into()), 700_001));
    assert!(is_clean(&gateway), "the command took its blob with it");
}

#[test]
fn the_bytes_are_there_while_the_command_runs() {
    let gateway = gateway();
    // Nobody takes the command up.
    let bytes: Vec<u8> = (0..600_000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let answer = ask(&gateway, UPLOAD, &["content-type: application/pdf"], &bytes);
    assert_eq!(code(&answer), (504, "timeout".into()));
    let blob = gateway.bus.with(|state| state.commands[0].action.blob().cloned()).unwrap();
    let kept = gateway.bus.with(|state| state.blobs.bytes(&main_session(), &blob.blob));
    assert_eq!(kept, Some(bytes), "the command still owns them");
}

#[test]
fn the_kind_follows_from_the_type_or_is_said() {
    let gateway = gateway();
    gateway.bus.host(takes);
    let octets = || Some("application/octet-stream".to_owned());
    for (line, header, kind, mimetype) in [
        ("", "content-type: video/mp4", MediaKind::Video, Some("video/mp4".to_owned())),
        ("", "content-type: audio/ogg; codecs=opus", MediaKind::Audio, Some("audio/ogg; codecs=opus".into())),
        ("", "content-type: text/plain", MediaKind::Document, Some("text/plain".into())),
        ("", "x-nothing: 1", MediaKind::Document, None),
        ("?kind=image", "content-type: application/x-www-form-urlencoded", MediaKind::Image, None),
        ("?kind=sticker", "content-type: image/webp", MediaKind::Sticker, Some("image/webp".into())),
        ("?kind=audio", "content-type: application/octet-stream", MediaKind::Audio, octets()),
        ("?kind=document", "content-type: image/png", MediaKind::Document, Some("image/png".into())),
    ] {
        assert_eq!(ask(&gateway, &format!("{UPLOAD}{line}"), &[header], b"x").status, 200, "{line} {header}");
        assert_eq!(asked(&gateway), (kind, mimetype, 1));
    }
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let gateway = gateway();
    let big = vec![1; 300_000];
    for (line, header, status, name) in [
        ("?kind=smoke", "x-a: b", 400, "query.kind: must be one of image, video, audio, document, sticker"),
        ("", "content-type: png", 400, "header.Content-Type: must be a type such as image/jpeg"),
        (
            "",
            "content-type: multipart/form-data",
            400,
            "header.Content-Type: must have a boundary of 1 to 70 characters",
        ),
        ("?kind=image", "content-type: text/plain", 415, "a file of type text/plain cannot be sent as image"),
        ("", "content-type: image/tiff", 415, "a file of type image/tiff cannot be sent as image"),
        ("", "content-length: 104857601", 413, "the file is over 104857600 bytes"),
        ("?kind=video", "content-length: 16777217", 413, "the file is over 16777216 bytes"),
        (
            "",
            "authorization: Bearer nobody",
            401,
            "a valid token is required: Authorization: Bearer <token> or X-Api-Key: <token>",
        ),
        ("", "authorization: Bearer wa_none", 403, "the token lacks the capability send"),
    ] {
        let answer = ask(&gateway, &format!("{UPLOAD}{line}"), &[header], &big);
        assert_eq!((answer.status, &*message(&answer)), (status, name));
    }
    assert_eq!(message(&ask(&gateway, UPLOAD, &[], b"")), "body: must not be empty");
    assert!(is_clean(&gateway));
    assert!(gateway.bus.with(|state| state.commands.is_empty()));
}

#[test]
fn a_length_that_lies_is_found_out() {
    let gateway = gateway();
    gateway.bus.host(takes);
    let whole = vec![1; MAX_MEDIA_BYTES as usize + 1];
    let headers = ["content-type: image/png", "content-length: 5"];
    let answer = ask(&gateway, UPLOAD, &headers, &whole);
    assert_eq!((answer.status, &*message(&answer)), (413, "the file is over 16777216 bytes"));
    assert!(is_clean(&gateway));
    assert_eq!(ask(&gateway, UPLOAD, &headers, &whole[1..]).status, 200, "at the limit it is taken");
    // A document may have more.
    assert_eq!(ask(&gateway, UPLOAD, &["content-type: application/zip"], &whole).status, 200);
    assert!(MAX_DOCUMENT_BYTES > whole.len() as u64);
}

#[test]
fn only_a_session_that_is_connected_takes_files() {
    let gateway = gateway();
    let big = vec![1; 300_000];
    for line in ["none", "other", "a%20b"] {
        let line = UPLOAD.replace("main", line);
        assert_eq!(code(&ask(&gateway, &line, &[], &big)), (404, "not_found".into()));
    }
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Stopped);
    assert_eq!(code(&ask(&gateway, UPLOAD, &[], &big)), (409, "session_not_connected".into()));
    gateway.bus.change_session("main", |view| {
        view.record.status = SessionStatus::Connected;
        view.owner = None;
    });
    assert_eq!(code(&ask(&gateway, UPLOAD, &[], &big)), (409, "session_not_connected".into()));
    assert!(is_clean(&gateway));
}

#[test]
fn what_goes_wrong_later_leaves_nothing_behind_either() {
    let mut gateway = gateway();
    let big = vec![1; 300_000];
    gateway
        .bus
        .host(|_| Ending::Failed(Fault::new(FaultCode::MediaFetchFailed, "the media servers are away")));
    assert_eq!(code(&ask(&gateway, UPLOAD, &[], &big)), (502, "media_fetch_failed".into()));
    assert!(is_clean(&gateway));
    gateway.bus.with(|state| state.full = true);
    assert_eq!(code(&ask(&gateway, UPLOAD, &[], &big)), (429, "rate_limited".into()));
    assert!(is_clean(&gateway));
    Rc::make_mut(&mut gateway.settings).max_blob_bytes_per_shard = 299_999;
    let answer = ask(&gateway, UPLOAD, &[], &big);
    assert_eq!((code(&answer), &*answer.headers["retry-after"]), ((429, "rate_limited".into()), "30"));
    assert!(is_clean(&gateway));
    gateway.bus.with(|state| state.down = true);
    assert_eq!(code(&ask(&gateway, UPLOAD, &[], &big)), (503, "gateway_unavailable".into()));
}
