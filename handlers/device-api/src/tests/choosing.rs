//! Which device does it.

use super::*;

const TEXT: &str = "POST /send/text";

fn hello() -> Value {
    json!({"number": "5511999999999", "text": "Hello"})
}

fn with_device(device: impl Into<Value>) -> Value {
    let mut body = hello();
    body["device_id"] = device.into();
    body
}

#[test]
fn the_only_device_is_meant() {
    let gateway = hosted();
    assert_eq!(ask(&gateway, TEXT, hello()).status, 200);
    assert_eq!(sent(&gateway).0.as_str(), "main");
}

#[test]
fn query_or_body_name_one_of_several() {
    for (line, body) in [
        ("POST /send/text?device_id=second", hello()),
        (TEXT, with_device("second")),
        ("POST /send/text?device_id=second", with_device("second")),
    ] {
        let gateway = two();
        assert_eq!(ask(&gateway, line, body).json()["metadata"]["device_id"], "second");
        assert_eq!(sent(&gateway).0.as_str(), "second");
    }
}

#[test]
fn who_names_it_is_not_asked_which_there_are() {
    for (line, body) in [("POST /send/text?device_id=second", hello()), (TEXT, with_device("second"))] {
        let gateway = two();
        gateway.bus.with(|state| state.index.clear());
        assert_eq!(ask(&gateway, line, body).status, 200);
        assert_eq!(sent(&gateway).0.as_str(), "second");
    }
}

#[test]
fn it_may_stand_behind_a_file_and_before_a_long_one() {
    let file = |bytes: usize| STANDARD.encode(vec![7; bytes]);
    let small = json!({"audio": file(600_000), "number": "5511999999999", "device_id": "second"}).to_string();
    let clip = file(1_500_000);
    let before = format!(r#"{{"device_id":"second","number":"5511999999999","audio":"{clip}"}}"#);
    for body in [small, before] {
        let gateway = two();
        assert_eq!(ask(&gateway, "POST /send/audio", body.as_str()).status, 200);
        assert_eq!(sent(&gateway).0.as_str(), "second");
    }
    let gateway = two();
    let behind = format!(r#"{{"number":"5511999999999","audio":"{clip}","device_id":"second"}}"#);
    assert_eq!(bad(&ask(&gateway, "POST /send/audio", behind.as_str())), ["device_id"]);
    let answer = ask(&gateway, "POST /send/audio?device_id=second", behind.as_str());
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[test]
fn with_several_one_must_be_named() {
    let gateway = two();
    for (line, body) in [
        (TEXT, hello()),
        ("POST /send/audio", json!({"number": "5511999999999", "audio_url": "https://example.com/a"})),
        ("PUT /messages/3EB0A1", json!({"to": "5511999999999", "message": "x"})),
        ("DELETE /messages/3EB0A1", json!({"chat_jid": "5511999999999"})),
        ("DELETE /messages/3EB0A1", json!({"chat_jid": "5511999999999", "deleteType": "for_me"})),
        ("GET /status", Value::Null),
        ("GET /qr", Value::Null),
        ("POST /paircode", json!({"phone_number": "5511999999999"})),
        ("POST /connect", json!({})),
        ("POST /disconnect", json!({})),
    ] {
        assert_eq!(bad(&ask(&gateway, line, body)), ["device_id"], "{line}");
    }
    assert_eq!(bad(&ask(&gateway, "POST /connect", "")), ["device_id"]);
    assert_eq!(bad(&ask(&gateway, TEXT, json!({"number": "x"}))), ["device_id", "number", "text"]);
    assert!(commands(&gateway).is_empty());
}

#[test]
fn a_name_that_is_none_is_said_to_be() {
    for gateway in [hosted(), two()] {
        for bad_one in [json!("a b"), json!(5), json!("x".repeat(65))] {
            let named = bad(&ask(&gateway, TEXT, with_device(bad_one)));
            assert!(named.iter().all(|field| field == "device_id") && !named.is_empty());
        }
        assert_eq!(bad(&ask(&gateway, "POST /send/text?device_id=a%20b", hello())), ["query.device_id"]);
        assert_eq!(bad(&ask(&gateway, "GET /status?device_id=a%20b", "")), ["query.device_id"]);
    }
}

#[test]
fn others_devices_are_not_found() {
    for gateway in [hosted(), two()] {
        for device in ["other", "none"] {
            let query = format!("POST /send/text?device_id={device}");
            for answer in [ask(&gateway, &query, hello()), ask(&gateway, TEXT, with_device(device))] {
                assert_eq!((answer.status, code(&answer)), (404, "NOT_FOUND".into()));
                assert_eq!(answer.json()["error"], "device not found");
            }
            let status = ask(&gateway, &format!("GET /status?device_id={device}"), "");
            assert_eq!((status.status, &status.json()["error"]), (404, &json!("device not found")));
        }
        let differs = ask(&gateway, "POST /send/text?device_id=main", with_device("second"));
        assert_eq!(differs.status, 404);
        assert!(commands(&gateway).is_empty());
    }
}

#[test]
fn a_token_for_one_device_means_that_one() {
    let gateway = two();
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![session("second")]));
    assert_eq!(ask(&gateway, TEXT, hello()).status, 200);
    assert_eq!(sent(&gateway).0.as_str(), "second");
    assert_eq!(ask(&gateway, TEXT, with_device("main")).status, 404);
    assert_eq!(ask(&gateway, "POST /send/text?device_id=main", hello()).status, 404);
}

#[test]
fn without_a_device_none_is_found() {
    let gateway = hosted();
    gateway.bus.add_token("wa_new", "newcomer", &Capability::ALL);
    let answer = ask_as(&gateway, "wa_new", TEXT, hello());
    assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("device not found")));
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(Vec::new()));
    assert_eq!(ask(&gateway, TEXT, hello()).status, 404);
}

#[test]
fn what_is_left_in_the_index_of_a_device_that_is_gone_does_not_count() {
    let gateway = two();
    gateway.bus.with(|state| state.sessions.remove(&session("main")));
    assert_eq!(ask(&gateway, TEXT, hello()).status, 200);
    assert_eq!(sent(&gateway).0.as_str(), "second");
}
