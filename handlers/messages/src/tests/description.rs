//! What is said of the routes is so.

use edgewire_contract::content::Kind;

use super::*;

#[test]
fn it_has_no_mistakes() {
    assert_eq!(crate::describe::describe().mistakes(ROUTES), [""; 0]);
}

#[test]
fn each_kind_has_its_operation() {
    let description = crate::describe::describe();
    for kind in Kind::ALL {
        let path = format!("/api/v1/sessions/{{session}}/messages/{}", kind.name());
        let operation = description.operations.iter().find(|o| o.path == path).unwrap();
        let note = kind.about().note.unwrap_or_default();
        assert!(operation.description.contains(note), "{}", kind.name());
        let faults: Vec<u16> = operation.faults().iter().map(|code| code.status()).collect();
        for status in [400, 401, 403, 404, 409, 413, 422, 429, 503, 504] {
            assert!(faults.contains(&status), "{} {status}", kind.name());
        }
        let is_file =
            matches!(kind, Kind::Image | Kind::Video | Kind::Audio | Kind::Document | Kind::Sticker);
        assert_eq!(faults.contains(&415), is_file, "{}", kind.name());
    }
}
