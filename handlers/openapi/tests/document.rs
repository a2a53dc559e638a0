//! The committed document is what the components tell. With `EDGEWIRE_BLESS=1` (which is `cargo xtask openapi`) it is
//! written anew.

use std::path::{Path, PathBuf};

use edgewire_contract::fault::FaultCode;
use edgewire_openapi::parts::PARTS;
use edgewire_openapi::{document, problems, text};
use serde_json::Value;

fn handlers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in handlers/").to_owned()
}

fn value() -> Value {
    serde_json::to_value(document()).expect("it is JSON")
}

#[test]
fn the_committed_document_is_what_is_told() {
    let file = handlers().join("docs/openapi.json");
    let told = text();
    if std::env::var_os("EDGEWIRE_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&file, &told).expect("it can be written");
    }
    let committed = std::fs::read_to_string(&file).expect("it is there");
    let differs = committed.lines().zip(told.lines()).position(|(a, b)| a != b);
    assert!(
        committed == told,
        "{} is not what the components tell (first in line {:?}): run `cargo xtask openapi`",
        file.display(),
        differs.map(|line| line + 1)
    );
}

#[test]
fn nothing_is_wrong_with_it() {
    assert_eq!(problems::problems(), Vec::<String>::new());
}

#[test]
fn every_component_is_in_it() {
    let mut components = Vec::new();
    for folder in std::fs::read_dir(handlers()).expect("handlers/ is there") {
        let manifest = folder.expect("it can be read").path().join("Cargo.toml");
        let Ok(manifest) = std::fs::read_to_string(manifest) else { continue };
        if manifest.contains("\"cdylib\"") {
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = \""));
            components.push(name.expect("a package has a name").trim_end_matches('"').to_owned());
        }
    }
    components.sort();
    let mut parts: Vec<&str> = PARTS.iter().map(|part| part.package).collect();
    parts.sort_unstable();
    assert_eq!(parts, components, "src/parts.rs has a line for each component");
}

#[test]
fn its_references_lead_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').expect("into the document itself");
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                object.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = value();
    walk(&document, &document);
}

#[test]
fn what_needs_a_token_says_how_it_is_refused() {
    let document = value();
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().expect("it has paths") {
        for (method, operation) in item.as_object().expect("it has operations") {
            let responses = operation["responses"].as_object().expect("it has responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} has no success");
            let open = operation.get("security").is_some();
            let capabilities = operation["x-capabilities"].as_array().map_or(0, Vec::len);
            assert_eq!(capabilities == 0, open, "{method} {path}: x-capabilities");
            for code in [FaultCode::Unauthorized, FaultCode::Forbidden, FaultCode::GatewayUnavailable] {
                let told = responses.contains_key(&code.status().to_string());
                assert!(told || open, "{method} {path} has no {}", code.status());
            }
            assert_eq!(
                operation.get("requestBody").is_some(),
                responses.contains_key("413"),
                "{method} {path}: 413"
            );
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} operations");
}
