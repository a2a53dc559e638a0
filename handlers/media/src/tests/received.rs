//! The files of messages.

use edgewire_contract::ids::MessageId;

use super::*;

const FILE: &str = "GET /api/v1/sessions/main/messages/3EB0AA/media";

/// A gateway on which a message with a file of this hash is kept.
fn kept() -> FakeGateway {
    let gateway = gateway();
    let media = json!({
        "kind": "document", "mimetype": "application/pdf", "file_name": "Prüfung \"1\".pdf", "file_length": 600_000,
        "file_sha256": "ab".repeat(32), "ptt": false, "gif": false, "animated": false,
    });
    let view = json!({"message_id": "3EB0AA", "type": "document", "media": media}).to_string();
    let chat = [("chat", "1555@s.whatsapp.net"), ("from_me", "0"), ("kind", "document"), ("at", "1")];
    gateway.bus.add_kept("main", "3EB0AA", &[&chat[..], &[("view", view.as_str())]].concat());
    gateway.bus.add_kept("main", "3EB0BB", &[&chat[..], &[("view", r#"{"media":null}"#)]].concat());
    gateway
}

fn bytes() -> Vec<u8> {
    (0..600_000_u32).map(|n| (n >> 8) as u8).collect()
}

fn warm() -> FakeGateway {
    let gateway = kept();
    gateway.bus.cache(&main_session(), &MessageId::parse("3EB0AA").unwrap(), &bytes());
    gateway
}

#[test]
fn a_file_in_the_cache_needs_nobody() {
    let gateway = warm();
    let mut answer = ask(&gateway, FILE, &[], b"");
    assert_eq!(answer.status, 200);
    let etag = format!("\"{}\"", "ab".repeat(32));
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-length", "600000"),
        ("content-disposition", "attachment; filename*=UTF-8''Pr%C3%BCfung%20%221%22.pdf"),
        ("accept-ranges", "bytes"),
        ("etag", &etag),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    assert_eq!(answer.rest(), bytes());
    assert!(gateway.bus.with(|state| state.commands.is_empty()));
}

#[test]
fn a_part_is_cut_out_of_its_chunks() {
    let gateway = warm();
    for (range, first, last) in [
        ("bytes=0-9", 0, 9),
        ("bytes=262143-262145", 262_143, 262_145),
        ("bytes=300000-", 300_000, 599_999),
        ("bytes=-5", 599_995, 599_999),
    ] {
        let mut answer = ask(&gateway, FILE, &[&format!("range: {range}")], b"");
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.headers["content-range"], format!("bytes {first}-{last}/600000"));
        assert_eq!(answer.rest(), bytes()[first..=last], "{range}");
    }
    let answer = ask(&gateway, FILE, &["range: bytes=600000-"], b"");
    assert_eq!((answer.status, &*answer.headers["content-range"]), (416, "bytes */600000"));
    let known = ask(&gateway, FILE, &[&format!("if-none-match: \"{}\"", "ab".repeat(32))], b"");
    assert_eq!(known.status, 304);
}

#[test]
fn what_is_not_in_the_cache_is_got_first() {
    let gateway = kept();
    gateway.bus.host(|_| Ending::File(vec![7; 10]));
    let mut answer = ask(&gateway, FILE, &[], b"");
    assert_eq!((answer.status, answer.rest()), (200, vec![7; 10]));
    let gateway = kept();
    gateway.bus.host(|_| Ending::Done(Some(json!({"status": "retry_requested"}))));
    let answer = ask(&gateway, FILE, &[], b"");
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("retry_requested")));
    // Two that cannot be: no message, no file.
    for id in ["3EB0CC", "3EB0BB"] {
        let answer = ask(&gateway, &FILE.replace("3EB0AA", id), &[], b"");
        assert_eq!(code(&answer), (404, "not_found".into()), "{id}");
    }
}
