//! Lists in pages.

use super::*;

#[test]
fn groups_come_in_order_and_without_members() {
    let answer = ask(&hosted(), "GET /api/v1/sessions/{s}/groups", "");
    assert_eq!(answer.status, 200);
    let expected = json!({"data": [group(GROUP), group("1@g.us"), group("2@g.us")], "nextCursor": null});
    assert_eq!(answer.json(), expected);
}

#[test]
fn pages_follow_one_another() {
    let gateway = hosted();
    let first = ask(&gateway, "GET /api/v1/sessions/{s}/groups?limit=2", "").json();
    assert_eq!(first, json!({"data": [group(GROUP), group("1@g.us")], "nextCursor": "1@g.us"}));
    let second = ask(&gateway, "GET /api/v1/sessions/{s}/groups?limit=2&cursor=1%40g.us", "").json();
    assert_eq!(second, json!({"data": [group("2@g.us")], "nextCursor": null}));
}

#[test]
fn members_come_in_pages_too() {
    let gateway = hosted();
    let line = "GET /api/v1/sessions/{s}/groups/120363000000000000/members";
    let first = ask(&gateway, &format!("{line}?limit=1"), "").json();
    assert_eq!(
        first,
        json!({"data": [member("100000000000001@lid", "member")], "nextCursor": "100000000000001@lid"})
    );
    let second = ask(&gateway, &format!("{line}?limit=1&cursor=100000000000001@lid"), "").json();
    assert_eq!(
        second,
        json!({"data": [member("628123456789@s.whatsapp.net", "superadmin")], "nextCursor": null})
    );
}

#[test]
fn bad_parameters_are_named() {
    let gateway = hosted();
    for (line, query) in [
        ("GET /api/v1/sessions/{s}/groups", "limit=0&cursor=x"),
        ("GET /api/v1/sessions/{s}/groups", "limit=1001&cursor=100000000000001@lid"),
        ("GET /api/v1/sessions/{s}/groups/1/members", "limit=many&cursor=1@g.us"),
    ] {
        let answer = ask(&gateway, &format!("{line}?{query}"), "");
        let fields = vec!["query.limit".to_owned(), "query.cursor".into()];
        assert_eq!((answer.status, answer.bad_fields()), (400, fields), "{query}");
    }
    assert!(asked(&gateway).is_empty());
}
