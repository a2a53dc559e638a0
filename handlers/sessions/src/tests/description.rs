//! `openapi.json` is held against the routes of all components.

use std::collections::BTreeSet;

use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::session::SessionStatus;
use serde_json::Value;

use super::*;

fn document() -> Value {
    serde_json::from_str(openapi::DOCUMENT).unwrap()
}

#[test]
fn it_has_every_route_and_no_other() {
    let built = |routes: Vec<(&str, &str)>| -> BTreeSet<String> {
        routes.into_iter().map(|(method, path)| format!("{} {path}", method.to_lowercase())).collect()
    };
    let mut all = Vec::new();
    all.extend(ROUTES.iter().map(|r| (r.method, r.path)));
    all.extend(edgewire_messages::ROUTES.iter().map(|r| (r.method, r.path)));
    all.extend(edgewire_events::ROUTES.iter().map(|r| (r.method, r.path)));
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let told: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .filter(|line| !line.starts_with("parameters "))
        .collect();
    assert_eq!(told, built(all));
}

#[test]
fn every_operation_has_an_id_and_its_errors() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
        {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{id} has no success");
            if path.starts_with("/api/") {
                for status in ["401", "403", "503"] {
                    assert!(responses.contains_key(status), "{id} has no {status}");
                }
                assert_eq!(
                    path.contains('{'),
                    responses.contains_key("404") && path.contains('{'),
                    "{id}: 404"
                );
            }
        }
    }
}

#[test]
fn its_references_lead_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                object.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn its_lists_are_the_contracts() {
    let document = document();
    let told = |pointer: &str| -> BTreeSet<String> {
        let list = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_array().unwrap();
        list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let statuses = SessionStatus::ALL.map(|s| s.as_str().to_owned()).into();
    assert_eq!(told("/components/schemas/SessionStatus/enum"), statuses);
    assert_eq!(told("/components/schemas/EventKind/enum"), EVENT_KINDS.map(str::to_owned).into());
    let codes = FaultCode::ALL.map(|c| c.as_str().to_owned()).into();
    assert_eq!(told("/components/schemas/ErrorCode/enum"), codes);
}
