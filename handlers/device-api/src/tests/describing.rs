//! What is said of the routes is held against them.

use edgewire_edge::describe::Operation;

use super::*;

#[test]
fn every_route_is_described_and_every_example_fits() {
    assert_eq!(describe::describe().mistakes(ROUTES), Vec::<String>::new());
}

#[test]
fn every_example_works() {
    let description = describe::describe();
    let with_bodies = description.operations.iter().filter(|operation| operation.body.is_some());
    for Operation { method, path, body, .. } in with_bodies {
        let gateway = hosted();
        ask(&gateway, "POST /send/text", json!({"number": "5511999999999", "text": "Hello"}));
        let (_, first) = sent(&gateway);
        gateway.bus.change_session("main", |view| view.record.paired = path != "/paircode");
        if path == "/paircode" {
            gateway.bus.host(|_| Ending::Done(Some(json!({"code": "ABCD-EFGH", "timeout_seconds": 180}))));
        }
        for (_, example) in body.iter().flat_map(|body| &body.content).flat_map(|content| &content.examples) {
            let line = format!("{method} {}", path.replace("{id}", first.message_id.as_str()));
            let answer = ask(&gateway, &line, example);
            assert_eq!(answer.status, 200, "{line} {example}: {}", answer.text);
        }
    }
}
