//! `Idempotency-Key`: the same key and the same request never send twice.
//!
//! A key is scoped to the organization and kept for 24 h, as a [`Binding`](crate::bus::Binding) under the key's hash.
//! What must be the same is the method, the path and the body's meaning as JSON: the order of its fields and the space
//! between them do not count, nor does `?async`.

use edgewire_contract::fields::Kept;
use edgewire_contract::token::hex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::body::Document;
use crate::checks::Checks;
use crate::request::Head;

/// The longest key.
const LONGEST_KEY: usize = 255;

/// Reads the header; a bad one is noted in `checks`.
pub fn key<'a>(head: &'a Head, checks: &mut Checks) -> Option<&'a str> {
    let value = head.headers.raw("idempotency-key")?;
    match std::str::from_utf8(value) {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => {
            Some(key)
        }
        _ => {
            let message = format!("must be 1 to {LONGEST_KEY} visible ASCII characters");
            checks.note("header.Idempotency-Key", message, "");
            None
        }
    }
}

/// The name that a key's binding is kept under.
pub fn key_hash(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

/// What tells this request from another one.
pub fn request_hash(head: &Head, body: &Document) -> String {
    let mut text = format!("{} {}\n", head.method, head.path);
    match serde_json::from_slice(&body.json) {
        Ok(mut value) => {
            // The order of fields, were it kept by serde_json's feature `preserve_order`.
            Value::sort_all_objects(&mut value);
            text.push_str(&value.to_string());
        }
        Err(_) => text.push_str(&hex(&body.json)),
    }
    for long in &body.long {
        if let Kept::Blob { blob, mimetype } = &long.kept {
            text.push_str(&format!("\n{} {}", blob.sha256, mimetype.as_deref().unwrap_or_default()));
        }
    }
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::Headers;

    fn head(path: &str) -> Head {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Head { method: "POST".into(), path: path.into(), query: Some(query.into()), ..Head::default() }
    }

    fn with_key(key: &[u8]) -> Head {
        Head { headers: Headers::new(vec![("Idempotency-Key".into(), key.to_vec())]), ..head("/m") }
    }

    fn document(json: &[u8]) -> Document {
        Document { json: json.to_vec(), long: Vec::new() }
    }

    #[test]
    fn form_does_not_count_but_meaning_does() {
        let hash = |path: &str, body: &str| request_hash(&head(path), &document(body.as_bytes()));
        let one = hash("/m", r#"{"to":"1","text":"a","x":{"b":1,"a":[1,2]}}"#);
        assert_eq!(one, hash("/m?async=true", r#" { "x": {"a":[1, 2],"b":1}, "text":"a","to":"1" }"#));
        assert_ne!(one, hash("/m", r#"{"to":"1","text":"b","x":{"b":1,"a":[1,2]}}"#));
        assert_ne!(one, hash("/n", r#"{"to":"1","text":"a","x":{"b":1,"a":[1,2]}}"#));
        assert_ne!(hash("/m", r#"{"a":[[1],2]}"#), hash("/m", r#"{"a":[[1,2]]}"#));
    }

    #[test]
    fn a_bad_key_is_named() {
        for (bad, ok) in [
            ("", false),
            ("a b", false),
            ("a-b_c.d", true),
            (&*"x".repeat(255), true),
            (&*"x".repeat(256), false),
        ] {
            let head = with_key(bad.as_bytes());
            let mut checks = Checks::default();
            assert_eq!(key(&head, &mut checks).is_some(), ok, "{bad:?}");
            assert_eq!(checks.finish().is_ok(), ok);
        }
    }

    proptest! {
        #[test]
        fn no_header_or_body_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let head = with_key(&bytes);
            let _ = (key(&head, &mut Checks::default()), request_hash(&head, &document(&bytes)));
        }
    }
}
