//! What became of a send that was not waited for.

use super::*;

fn job(gateway: &FakeGateway) -> String {
    gateway.bus.host(takes_long);
    let body = json!({"number": "5511999999999", "audio_url": "https://example.com/a.mp3", "ptt": true});
    let answer = ask(gateway, "POST /send/audio", body);
    assert_eq!(answer.status, 202);
    format!("GET /jobs/{}", answer.json()["job_id"].as_str().unwrap())
}

#[test]
fn it_is_processed_and_then_sent() {
    let gateway = gateway();
    let line = job(&gateway);
    let command = &commands(&gateway)[0];
    let (_, send) = sent(&gateway);
    assert_eq!(
        ask(&gateway, &line, "").json(),
        json!({
            "success": true, "job_id": command.id, "status": "processing", "message_id": send.message_id,
            "chat_jid": PERSON, "timestamp": "2026-06-15T12:00:00Z",
        })
    );
    gateway.bus.host(sends);
    gateway.bus.finish();
    assert_eq!(
        ask(&gateway, &line, "").json(),
        json!({
            "success": true, "job_id": command.id, "status": "sent", "message_id": send.message_id,
            "chat_jid": PERSON, "timestamp": AT,
            "metadata": {
                "device_id": "main", "audio_size_bytes": 4321, "audio_format": "audio/ogg; codecs=opus",
                "audio_duration_seconds": 12.5, "conversion_time_ms": 80, "download_time_ms": 7,
                "upload_time_ms": 90, "ptt_enabled": true, "conversion_applied": true,
                "original_format": "audio/mpeg", "waveform_generated": true, "async_processing": true,
            },
        })
    );
}

#[test]
fn the_same_request_under_one_key_is_the_same_job() {
    let gateway = gateway();
    gateway.bus.host(takes_long);
    let body = json!({"number": "5511999999999", "audio_url": "https://example.com/a.mp3"});
    let send = || ask_with(&gateway, &["idempotency-key: k-1"], "POST /send/audio", &body);
    let first = send();
    gateway.env.pass(2_000);
    let again = send();
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(again.json(), first.json());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(gateway.env.now_ms(), NOON + 2_000, "nobody waits for what takes long");
    gateway.bus.host(sends);
    gateway.bus.finish();
    let ended = send();
    assert_eq!((ended.status, &ended.json()["status"]), (200, &json!("sent")));
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn a_failed_one_says_why() {
    let gateway = gateway();
    let line = job(&gateway);
    gateway.bus.host(refuses);
    gateway.bus.finish();
    let answer = ask(&gateway, &line, "");
    let told = answer.json();
    assert_eq!((answer.status, &told["success"], &told["status"]), (200, &json!(false), &json!("failed")));
    assert_eq!((&told["error"], &told["error_code"]), (&json!("refused"), &json!("RECIPIENT_UNAVAILABLE")));
    assert_eq!(told.get("metadata"), None);
}

#[test]
fn a_text_has_no_measures() {
    let gateway = hosted();
    let text = json!({"number": "5511999999999", "text": "Hello"});
    let answer = ask(&gateway, "POST /send/text?async=true", text).json();
    gateway.bus.finish();
    let line = format!("GET /jobs/{}", answer["job_id"].as_str().unwrap());
    assert_eq!(ask(&gateway, &line, "").json()["metadata"], json!({"device_id": "main"}));
}

#[test]
fn others_do_not_find_it() {
    let gateway = gateway();
    let line = job(&gateway);
    gateway.bus.add_token("wa_else", "someone-else", &Capability::ALL);
    assert_eq!(ask_as(&gateway, "wa_else", &line, "").status, 404);
    assert_eq!(ask_as(&gateway, "wa_none", &line, "").status, 403);
    assert_eq!(ask_as(&gateway, "wrong", &line, "").status, 401);
    for none in ["GET /jobs/x", "GET /jobs/01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1"] {
        let answer = ask(&gateway, none, "");
        assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("job not found")));
    }
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![session("second")]));
    assert_eq!(ask(&gateway, &line, "").status, 404);
}

#[test]
fn only_what_goes_to_a_chat_is_a_job() {
    let gateway = hosted();
    assert_eq!(ask(&gateway, "POST /connect", "").status, 200);
    let id = commands(&gateway)[0].id;
    assert_eq!(ask(&gateway, &format!("GET /jobs/{id}"), "").status, 404);
}

#[test]
fn what_is_scheduled_can_be_taken_back() {
    let gateway = gateway();
    let at = "2026-06-15T13:00:00Z";
    let body = json!({"number": "5511999999999", "text": "Hello", "send_at": at});
    let answer = ask(&gateway, "POST /send/text", body);
    assert_eq!((answer.status, &answer.json()["send_at"]), (202, &json!(at)));
    let id = answer.json()["job_id"].as_str().unwrap().to_owned();
    let job = ask(&gateway, &format!("GET /jobs/{id}"), "").json();
    assert_eq!((&job["status"], &job["send_at"]), (&json!("processing"), &json!(at)));
    let line = format!("DELETE /jobs/{id}");
    let told = json!({"success": true, "job_id": id, "status": "cancelled"});
    assert_eq!(ask(&gateway, &line, "").json(), told);
    assert_eq!(ask(&gateway, &line, "").json(), told);
    let job = ask(&gateway, &format!("GET /jobs/{id}"), "").json();
    assert_eq!((&job["success"], &job["error_code"]), (&json!(false), &json!("CANCELLED")));
    assert_eq!(ask(&gateway, "DELETE /jobs/x", "").status, 404);
    gateway.bus.host(takes_long);
    let clip = json!({"number": "5511999999999", "audio_url": "https://example.com/a.mp3"});
    let id = ask(&gateway, "POST /send/audio", clip).json()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(ask(&gateway, &format!("DELETE /jobs/{id}"), "").status, 409, "it is on its way");
}
