use super::*;

#[test]
fn what_is_told_as_text_is_so() {
    assert_eq!(url().schema()["maxLength"], LONGEST_URL);
    for schema in [recipient().schema(), person().schema(), message_id().schema()] {
        assert!(schema["$ref"].is_string());
    }
    assert!(phone().schema().is_object() && currency().schema().is_object());
    assert!(base64_bytes().schema().is_object() && group().schema().is_object());
    assert!(newsletter().schema().is_object());
}

#[test]
fn base64url_is_read_with_padding_and_without() {
    let read = |text: &str| {
        let body = serde_json::json!({ "id": text }).to_string();
        Fields::read(body.as_bytes(), |fields| base64url().read(fields, "id").ok_or(crate::fields::Noted))
    };
    for text in ["_-8", "_-8="] {
        assert_eq!(read(text).unwrap(), "_-8");
    }
    for bad in ["", "=", "+/8", "a", "a b"] {
        assert!(read(bad).is_err(), "{bad}");
    }
    let longest = base64url().schema()["maxLength"].as_u64().unwrap() as usize;
    assert!(read(&"A".repeat(longest)).is_ok());
    assert!(read(&"A".repeat(longest + 2)).is_err());
}
