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
