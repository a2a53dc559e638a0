//! What became of a send.

use super::*;

fn sent(gateway: &FakeGateway) -> String {
    gateway.bus.host(sends);
    let answer = ask(gateway, MESSAGES, &[], HELLO);
    answer.json()["outboxId"].as_str().unwrap().to_owned()
}

#[test]
fn it_tells_what_the_send_told() {
    let gateway = gateway();
    let id = sent(&gateway);
    let answer = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "");
    assert_eq!(answer.status, 200);
    let told = answer.json();
    assert_eq!(
        (&told["status"], &told["mode"], &told["outboxId"]),
        (&json!("sent"), &json!("sync"), &json!(id))
    );
}

#[test]
fn a_failed_send_tells_why() {
    let gateway = gateway();
    gateway.bus.host(refuses);
    ask(&gateway, MESSAGES, &[], HELLO);
    let id = commands(&gateway)[0].id;
    let told = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "").json();
    assert_eq!(
        (&told["status"], &told["error"]["code"]),
        (&json!("failed"), &json!("recipient_unavailable"))
    );
}

#[test]
fn others_do_not_find_it() {
    let gateway = gateway();
    let id = sent(&gateway);
    gateway.bus.add_token("wa_else", "someone-else", &[Capability::Read]);
    let line = format!("GET /api/v1/outbox/{id}");
    assert_eq!(ask(&gateway, &line, &["x-api-key: wa_else"], "").status, 404);
    assert_eq!(ask(&gateway, &line, &["x-api-key: wa_none"], "").status, 403);
    assert_eq!(ask(&gateway, &line, &["x-api-key: no"], "").status, 401);
    let none = CommandId::generate(1, Shard::from_number(1), 1);
    assert_eq!(ask(&gateway, &format!("GET /api/v1/outbox/{none}"), &[], "").status, 404);
    assert_eq!(ask(&gateway, "GET /api/v1/outbox/x", &[], "").status, 404);
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(Vec::new()));
    assert_eq!(ask(&gateway, &line, &[], "").status, 404);
}
