use proptest::prelude::*;

use super::*;

fn faults(body: &str) -> Vec<String> {
    Fields::read(body.as_bytes(), |f| {
        let to = f.recipient("to");
        let text = f.text("text", 1, 5);
        let _ = f.recipients("mentions", 2);
        let _ = f.flag("ptt", false);
        Ok((to.ok_or(Noted)?, text.ok_or(Noted)?))
    })
    .map_or_else(
        |fault| {
            let fields = fault.details["fields"].as_array().unwrap().clone();
            fields
                .iter()
                .map(|f| format!("{} {}", f["field"].as_str().unwrap(), f["message"].as_str().unwrap()))
                .collect()
        },
        |_| Vec::new(),
    )
}

#[test]
fn a_good_body_has_no_faults_and_unknown_fields_are_ignored() {
    assert!(faults(r#"{"to":"628123456789","text":"hello","x":[1]}"#).is_empty());
}

#[test]
fn every_bad_field_is_named() {
    assert_eq!(
        faults(r#"{"text":"toolong","mentions":["628123456789",7],"ptt":"yes"}"#),
        [
            "to is required",
            "text must be at most 5 characters, has 7",
            "mentions[1] must be a string",
            "ptt must be true or false"
        ]
    );
    assert_eq!(faults(r#"{"to":null,"text":""}"#), ["to is required", "text must not be empty"]);
}

#[test]
fn length_counts_characters_not_bytes() {
    assert!(faults(r#"{"to":"628123456789","text":"ééééé"}"#).is_empty());
}

#[test]
fn a_body_of_very_many_values_is_not_parsed() {
    let many = |n: usize| format!(r#"{{"to":"628123456789","text":"a","x":[{}1]}}"#, r#"{"":0},"#.repeat(n));
    assert!(faults(&many(5_000)).is_empty());
    assert_eq!(faults(&many(11_000)), ["body has more than 20000 values"]);
    // What stands in a string is none.
    assert!(
        faults(&format!(r#"{{"to":"628123456789","text":"a","x":"\\\"{}"}}"#, "[,{".repeat(10_000)))
            .is_empty()
    );
}

#[test]
fn what_is_no_object_is_named_body() {
    for bad in [
        "",
        "{",
        "[]",
        "5",
        "\"x\"",
        "null",
        &"[".repeat(1000),
        &format!("{{\"a\":{}}}", "[".repeat(60) + &"]".repeat(60)),
    ] {
        assert!(faults(bad)[0].starts_with("body "), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,200}") {
        let _ = faults(&body);
    }
}
