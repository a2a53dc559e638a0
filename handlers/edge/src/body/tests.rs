//! Bodies as they come from callers, files and all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::content::{Content, Kind};
use edgewire_contract::media::{BLOB_CHUNK, BlobRef, Media};
use edgewire_contract::token::{Capability, hex};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::draft;
use crate::testing::{FakeBody, FakeGateway, gateway, request, run};

fn main_session() -> SessionId {
    SessionId::parse("main").unwrap()
}

fn read_for(gateway: &FakeGateway, session: &str, body: &[u8], size: usize) -> Result<Document, Problem> {
    let headers = Headers::new(vec![("authorization".into(), b"Bearer wa_all".to_vec())]);
    let pieces = body.chunks(size).map(<[u8]>::to_vec).collect();
    run(async {
        let caller = gateway.caller(&headers, &[Capability::Send]).await?;
        let session = SessionId::parse(session).unwrap();
        read_document(gateway, &caller, &session, &headers, FakeBody::new(pieces)).await
    })
}

fn read_all(gateway: &FakeGateway, body: &[u8]) -> Result<Document, Problem> {
    read_for(gateway, "main", body, 16 << 10)
}

fn stored(gateway: &FakeGateway, blob: &BlobRef) -> Option<Vec<u8>> {
    gateway.bus.with(|state| state.blobs.bytes(&main_session(), &blob.blob))
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

fn fault(result: Result<Document, Problem>) -> (u16, String) {
    let fault = result.unwrap_err().fault;
    (fault.code.status(), fault.message)
}

#[test]
fn a_large_file_is_in_redis_and_not_in_the_body() {
    let gateway = gateway();
    for (length, head) in [(700_000, ""), (3 * BLOB_CHUNK, "data:Image/PNG;base64,")] {
        let bytes = noise(length);
        let body = json!({"to": "1", "image": {"data": format!("{head}{}", STANDARD.encode(&bytes))}});
        let text = body.to_string();
        let document = read_all(&gateway, text.as_bytes()).unwrap();
        let left: Value = serde_json::from_slice(&document.json).unwrap();
        assert_eq!(left, json!({"to": "1", "image": {"data": "\0long:0"}}));
        let [LongText { length: said, kept: Kept::Blob { blob, mimetype } }] = &document.long[..] else {
            panic!("{:?}", document.long)
        };
        assert_eq!(*said, body["image"]["data"].as_str().unwrap().len() as u64);
        assert_eq!(mimetype.as_deref(), Some("image/png").filter(|_| !head.is_empty()));
        assert_eq!((blob.bytes, &blob.sha256), (length as u64, &hex(&Sha256::digest(&bytes))));
        assert_eq!(stored(&gateway, blob), Some(bytes));
    }
}

#[test]
fn a_long_text_that_is_no_file_is_told_so_and_kept_nowhere() {
    let gateway = gateway();
    // Base64 for more than a chunk, then something else.
    let text = format!("{}é{}", "A".repeat(400_000), "B".repeat(100_000));
    let document = read_all(&gateway, json!({"text": text}).to_string().as_bytes()).unwrap();
    assert_eq!(document.long, [LongText { length: 500_002, kept: Kept::NotBase64 }]);
    assert!(gateway.bus.with(|state| state.blobs.is_empty()));
    let blank = " ".repeat(LONG_TEXT + 1);
    let document = read_all(&gateway, json!([blank]).to_string().as_bytes()).unwrap();
    assert_eq!(document.long[0].kept, Kept::NotBase64);
}

#[test]
fn strings_at_the_limit_stay_and_those_over_it_go() {
    let gateway = gateway();
    let long_ones = |length: usize| {
        let body = json!(["A".repeat(length)]).to_string();
        read_all(&gateway, body.as_bytes()).unwrap().long.len()
    };
    assert_eq!((long_ones(LONG_TEXT), long_ones(LONG_TEXT + 1)), (0, 1));
}

#[test]
fn limits_are_exact() {
    let mut gateway = gateway();
    // What is left of the body.
    let padded = |length: usize| format!("{}{}", " ".repeat(length - 2), "{}");
    assert!(read_all(&gateway, padded(MAX_JSON).as_bytes()).is_ok());
    assert_eq!(
        fault(read_all(&gateway, padded(MAX_JSON + 1).as_bytes())),
        (413, "the body is over 1048576 bytes, its files left out".into())
    );
    // The body.
    let body = json!([STANDARD.encode(noise(200_000))]).to_string();
    let limit = |gateway: &mut FakeGateway, limit: usize| {
        std::rc::Rc::make_mut(&mut gateway.settings).max_json_bytes = limit as u64;
    };
    limit(&mut gateway, body.len());
    assert!(read_all(&gateway, body.as_bytes()).is_ok());
    gateway.bus.with(|state| state.blobs = crate::bus::fake::Blobs::default());
    limit(&mut gateway, body.len() - 1);
    let message = format!("the body is over {} bytes", body.len() - 1);
    assert_eq!(fault(read_all(&gateway, body.as_bytes())), (413, message));
    assert!(gateway.bus.with(|state| state.blobs.is_empty()), "nothing of it is left");
}

#[test]
fn a_full_shard_asks_for_patience_and_keeps_nothing() {
    let mut gateway = gateway();
    let body = json!([STANDARD.encode(noise(200_000)), STANDARD.encode(noise(300_001))]).to_string();
    std::rc::Rc::make_mut(&mut gateway.settings).max_blob_bytes_per_shard = 500_001;
    assert_eq!(read_all(&gateway, body.as_bytes()).unwrap().long.len(), 2);
    gateway.bus.with(|state| state.blobs = crate::bus::fake::Blobs::default());
    std::rc::Rc::make_mut(&mut gateway.settings).max_blob_bytes_per_shard = 500_000;
    let problem = read_all(&gateway, body.as_bytes()).unwrap_err();
    assert_eq!((problem.fault.code.status(), problem.fault.retry_after()), (429, Some(30)));
    assert!(gateway.bus.with(|state| state.blobs.is_empty()));
}

#[test]
fn nobody_keeps_files_for_a_session_that_is_not_his() {
    let gateway = gateway();
    let body = json!([STANDARD.encode(noise(100_000))]).to_string();
    for session in ["none", "other"] {
        assert_eq!(fault(read_for(&gateway, session, body.as_bytes(), 4096)).0, 404);
    }
    assert!(gateway.bus.with(|state| state.blobs.is_empty()));
    // Without files, the command's admission says so.
    assert!(read_for(&gateway, "none", b"{}", 4096).is_ok());
}

#[test]
fn a_body_that_breaks_off_keeps_nothing() {
    let gateway = gateway();
    let body = json!([STANDARD.encode(noise(400_000)), STANDARD.encode(noise(400_000))]).to_string();
    for end in [200_000, 900_000, body.len() - 3] {
        let (status, message) = fault(read_all(&gateway, &body.as_bytes()[..end]));
        assert_eq!((status, &*message), (400, "body: is not valid JSON: a string is none"));
        assert!(gateway.bus.with(|state| state.blobs.is_empty()));
    }
}

#[test]
fn redis_away_is_said() {
    let gateway = gateway();
    let body = json!([STANDARD.encode(noise(100_000))]).to_string();
    let headers = Headers::new(vec![("authorization".into(), b"Bearer wa_all".to_vec())]);
    let caller = run(gateway.caller(&headers, &[Capability::Send])).unwrap();
    gateway.bus.with(|state| state.down = true);
    let body = FakeBody::new(vec![body.into_bytes()]);
    let result = run(read_document(&gateway, &caller, &main_session(), &headers, body));
    assert_eq!(fault(result).0, 503);
}

#[test]
fn a_small_file_is_kept_too() {
    let gateway = gateway();
    let media = Media { source: Source::Inline(Inline(b"hello".to_vec())), mimetype: None };
    let content: Content = {
        let image = edgewire_contract::content::Image { image: media, caption: None, view_once: false };
        Content::Image(image)
    };
    let to = edgewire_contract::jid::Jid::parse_recipient("628123456789").unwrap();
    let mut draft = Draft::new(to, content);
    run(keep_inline(&gateway, &main_session(), &mut draft)).unwrap();
    let Some((_, Media { source: Source::Blob(blob), .. })) = draft.content.media() else {
        panic!("{draft:?}")
    };
    assert_eq!((blob.bytes, stored(&gateway, blob)), (5, Some(b"hello".to_vec())));
}

/// Takes an order for an image, and says its status.
fn ordered(gateway: &FakeGateway, headers: &[&str], body: &Value) -> Result<u16, Problem> {
    let crate::request::Request { head, .. } = request("POST /m", headers, "");
    let body = FakeBody::new(vec![body.to_string().into_bytes()]);
    let request_id = edgewire_contract::ids::RequestId::parse("r").unwrap();
    let call = crate::Call { request_id, head, params: vec!["main".into()], body };
    let read = |body: &Document, checks| {
        let draft = draft::read(body, checks, |fields| Draft::of_kind(Kind::Image, fields))?;
        Ok(draft::Asked::message(draft))
    };
    run(crate::order::take(gateway, call, read)).map(|_| 200)
}

#[test]
fn a_command_takes_its_file_and_no_other_stays() {
    let gateway = gateway();
    let (file, other) = (STANDARD.encode(noise(200_000)), STANDARD.encode(noise(300_000)));
    let body = |mimetype: &str| json!({"to": "628123456789", "image": {"data": file, "mimetype": mimetype}, "x": other});
    let status = |result: Result<u16, Problem>| result.unwrap_or_else(|p| p.fault.code.status());
    let count = || gateway.bus.with(|state| state.blobs.len());
    // Refused, for the type and for a field.
    assert_eq!(status(ordered(&gateway, &[], &body("image/tiff"))), 415);
    assert_eq!(status(ordered(&gateway, &[], &json!({"to": "?", "image": {"data": file}}))), 400);
    let problem = ordered(&gateway, &[], &json!({"to": other, "image": {"data": file}})).unwrap_err();
    assert_eq!(problem.fault.details["fields"][0].get("value"), None, "a mark of ours is not shown");
    let small = json!({"to": "628123456789", "image": {"data": "aGk="}});
    gateway.bus.with(|state| state.full = true);
    assert_eq!(status(ordered(&gateway, &[], &small)), 429);
    gateway.bus.with(|state| state.full = false);
    assert_eq!(count(), 0);
    // Taken in: nobody ends the command yet, which owns its file.
    assert_eq!(status(ordered(&gateway, &["idempotency-key: k"], &body("image/png"))), 504);
    assert_eq!(count(), 1);
    let blob = gateway.bus.with(|state| state.commands[0].action.blob().cloned()).unwrap();
    assert_eq!(stored(&gateway, &blob), Some(noise(200_000)));
    // Asked for again: the first one's file is the one.
    assert_eq!(status(ordered(&gateway, &["idempotency-key: k"], &body("image/png"))), 504);
    assert_eq!((count(), stored(&gateway, &blob).is_some()), (1, true));
    // Another request under the same key.
    assert_eq!(status(ordered(&gateway, &["idempotency-key: k"], &body("image/jpeg"))), 409);
    assert_eq!(count(), 1);
    // Carried out.
    gateway.bus.host(|_| crate::bus::fake::Ending::Sent(1));
    assert_eq!(status(ordered(&gateway, &[], &small)), 200);
    assert_eq!(count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_file_is_kept_as_it_was(
        length in 70_000_usize..600_000,
        size in prop_oneof![1_usize..50, 1000_usize..100_000],
        slashed in any::<bool>(),
        line in prop_oneof![Just(0), Just(76)],
    ) {
        let gateway = gateway();
        let bytes = noise(length);
        let mut text = STANDARD.encode(&bytes);
        if line > 0 {
            text = text.as_bytes().chunks(line).map(|l| String::from_utf8_lossy(l).into_owned() + "\r\n").collect();
        }
        let mut body = json!({"a": [{"data": text}]}).to_string();
        if slashed {
            body = body.replace('/', "\\/");
        }
        let document = read_for(&gateway, "main", body.as_bytes(), size).unwrap();
        match &document.long[..] {
            [] => prop_assert!(body.len() <= LONG_TEXT + 20),
            [LongText { kept: Kept::Blob { blob, .. }, .. }] => prop_assert_eq!(stored(&gateway, blob), Some(bytes)),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
