//! What is told of the routes and of the events.

use std::path::Path;

use edgewire_contract::event::EVENT_KINDS;
use edgewire_edge::describe::Description;
use edgewire_edge::describe::valid::Schemas;

use super::*;
use crate::describe::describe;

#[test]
fn every_route_is_told() {
    assert_eq!(describe().mistakes(ROUTES), Vec::<String>::new());
}

/// What the description says against an event, a field included that is not described.
fn faults(description: &Description, event: &Value) -> Vec<String> {
    let schemas = Schemas::of(description);
    let mut faults = schemas.faults(&json!({"$ref": "#/components/schemas/Event"}), event);
    let envelope = schemas.find("#/components/schemas/Event").unwrap();
    let kinds = envelope["oneOf"].as_array().unwrap();
    let kind = kinds.iter().find(|kind| kind["properties"]["event"]["const"] == event["event"]).unwrap();
    let reference = kind["properties"]["payload"]["$ref"].as_str().unwrap();
    let mut payload = schemas.find(reference).unwrap().clone();
    payload["additionalProperties"] = json!(false);
    faults.extend(schemas.faults(&payload, &event["payload"]));
    faults
}

#[test]
fn every_kind_is_told_as_it_is() {
    let description = describe();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract/tests/golden");
    let mut seen = Vec::new();
    for file in std::fs::read_dir(golden).unwrap().map(|file| file.unwrap().path()) {
        if !file.file_name().unwrap().to_str().unwrap().starts_with("event.") {
            continue;
        }
        let mut event: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        event["id"] = json!("evt_01K8ZQ4T5V6N6R6J1Q4X0AB000");
        assert_eq!(faults(&description, &event), Vec::<String>::new(), "{}", file.display());
        seen.push(event["event"].as_str().unwrap().to_owned());
    }
    for kind in EVENT_KINDS {
        assert!(seen.iter().any(|seen| seen == kind), "{kind} has no golden file");
    }
    let mut other = payloads_example();
    other["payload"]["mood"] = json!("good");
    assert_eq!(faults(&description, &other).len(), 1);
}

fn payloads_example() -> Value {
    crate::describe::payloads::example()
}

#[test]
fn a_poll_is_told_as_it_is() {
    let gateway = gateway();
    let entry = EntryId { ms: (NOON + 1) as u64, seq: 0 };
    let mut stored = payloads_example();
    stored.as_object_mut().unwrap().remove("id");
    // As it is stored: the schema first, so that the id can be put behind it.
    let rest = stored.to_string().replacen(r#""schema":"v1","#, "", 1);
    let stored = rest.replacen('{', r#"{"schema":"v1","#, 1);
    gateway.bus.add_event(&format!("acme main message {entry}"), &stored);
    let answer = ask(&gateway, &format!("{POLL}?since=0"), &[]);
    let description = describe();
    let poll = &description.operations[1].answers[0];
    let schema = &poll.content.as_ref().unwrap().schema;
    assert_eq!(Schemas::of(&description).faults(schema, &answer.json()), Vec::<String>::new());
    assert_eq!(answer.json()["events"].as_array().unwrap().len(), 1);
    assert_eq!(answer.headers["cache-control"], "no-store");
}
