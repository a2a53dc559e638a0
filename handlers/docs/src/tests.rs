//! The route as its caller sees it.

use edgewire_edge::reply::Body;
use edgewire_edge::testing::{Answer, gateway, request, run};
use serde_json::Value;

use super::*;
use crate::describe::describe;

const LINE: &str = "GET /openapi.json";

fn ask(headers: &[&str]) -> Answer {
    Answer::read(run(handle(gateway(), request(LINE, headers, ""))))
}

fn bytes(answer: &Answer) -> &[u8] {
    let Body::Full(bytes) = &answer.body else { panic!("no stream expected") };
    bytes
}

/// What Python or a browser make of the packed document is checked by a story; here: the checksum and the length.
fn trailer(gzip: &[u8]) -> (u32, u32) {
    let (_, tail) = gzip.split_at(gzip.len() - 8);
    let number = |at: usize| u32::from_le_bytes(tail[at..at + 4].try_into().unwrap());
    (number(0), number(4))
}

#[test]
fn every_route_is_told() {
    assert_eq!(describe().mistakes(ROUTES), Vec::<String>::new());
}

#[test]
fn the_document_is_given_to_everybody() {
    let answer = ask(&["x-api-key: wrong"]);
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
    assert!(answer.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(answer.headers["content-length"], answer.text.len().to_string());
    let file: Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
    assert_eq!(answer.json(), file, "taking the white space out changes nothing");
    assert!(!answer.headers.contains_key("content-encoding"));
    assert!(answer.headers.contains_key("x-request-id"));
}

#[test]
fn packed_to_those_who_take_it() {
    let plain = ask(&[]);
    for accepted in ["gzip", "br, gzip;q=0.5", "*", "GZIP", "deflate, gzip, br, zstd"] {
        let answer = ask(&[&format!("accept-encoding: {accepted}")]);
        assert_eq!((answer.status, answer.headers["content-encoding"].as_str()), (200, "gzip"), "{accepted}");
        assert_eq!(answer.headers["content-length"], bytes(&answer).len().to_string());
        assert_eq!((bytes(&answer), &bytes(&answer)[..3]), (OPENAPI.gzip, &[0x1f, 0x8b, 8][..]));
        assert_eq!(trailer(bytes(&answer)).1 as usize, plain.text.len());
        assert_eq!(answer.headers["vary"], "accept-encoding");
    }
    for accepted in ["", "identity", "gzip;q=0", "br", "*;q=0", "gzip;q=0, *"] {
        let answer = ask(&[&format!("accept-encoding: {accepted}")]);
        assert_eq!((answer.status, &answer.text), (200, &plain.text), "{accepted}");
    }
}

#[test]
fn who_has_it_is_told_so() {
    for encoding in ["identity", "gzip"] {
        let encoding = format!("accept-encoding: {encoding}");
        let tag = ask(&[&encoding]).headers["etag"].clone();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
            let answer = ask(&[&encoding, &format!("if-none-match: {known}")]);
            assert_eq!((answer.status, bytes(&answer)), (304, &[][..]), "{known}");
            assert_eq!(answer.headers["etag"], tag);
            assert!(!answer.headers.contains_key("content-type"));
        }
        assert_eq!(ask(&[&encoding, "if-none-match: \"x\""]).status, 200);
    }
    assert_ne!(ask(&[]).headers["etag"], ask(&["accept-encoding: gzip"]).headers["etag"]);
}
