//! What each route asks of WhatsApp, and what it answers.

use edgewire_contract::answer::{Newsletter, Post};

use super::*;

fn told(line: &str, body: &str) -> (u16, Value, Vec<Live>) {
    let gateway = hosted();
    let answer = ask(&gateway, line, body);
    (answer.status, answer.json(), asked(&gateway))
}

#[test]
fn newsletters_are_listed() {
    let (status, answer, asked) = told("GET /api/v1/sessions/{s}/newsletters", "");
    assert_eq!((status, &answer), (200, &json!({"data": [newsletter("subscriber")], "nextCursor": null})));
    assert_eq!(asked, [Live::Newsletters]);
    serde_json::from_value::<Vec<Newsletter>>(answer["data"].clone()).unwrap();
}

#[test]
fn a_newsletter_is_made() {
    for (body, description) in [
        (CREATE.body, Some("What happens")),
        (r#"{"name":"News"}"#, None),
        (r#"{"name":"News","description":""}"#, None),
    ] {
        let (status, answer, asked) = told(CREATE.line, body);
        assert_eq!((status, answer), (201, newsletter("owner")));
        let made =
            command::CreateNewsletter { name: "News".into(), description: description.map(str::to_owned) };
        assert_eq!(asked, [Live::CreateNewsletter(made)]);
    }
}

#[test]
fn a_newsletter_is_told() {
    for id in ["120363000000000000", "120363000000000000@newsletter", "120363000000000000%40newsletter"] {
        let (status, answer, asked) = told(&format!("GET /api/v1/sessions/{{s}}/newsletters/{id}"), "");
        assert_eq!((status, answer), (200, newsletter("guest")));
        assert_eq!(asked, [Live::Newsletter { newsletter: jid() }]);
    }
    let (status, answer, asked) = told("GET /api/v1/sessions/{s}/newsletters/invites/0029VaExample", "");
    assert_eq!((status, answer), (200, newsletter("guest")));
    assert_eq!(asked, [Live::NewsletterByInvite { code: "0029VaExample".into() }]);
}

#[test]
fn it_is_followed_and_not() {
    let line = "POST /api/v1/sessions/{s}/newsletters/120363000000000000";
    let (status, answer, asked) = told(&format!("{line}/follow"), "");
    assert_eq!((status, answer), (200, newsletter("subscriber")));
    assert_eq!(asked, [Live::FollowNewsletter { newsletter: jid() }]);
    let (status, answer, asked) = told(&format!("{line}/unfollow"), "");
    assert_eq!((status, answer), (200, json!({"success": true})));
    assert_eq!(asked, [Live::UnfollowNewsletter { newsletter: jid() }]);
}

#[test]
fn its_posts_are_told() {
    for (query, count, before) in
        [("", 20, None), ("?count=1&before=42", 1, Some(42)), ("?count=100", 100, None)]
    {
        let line = format!("GET /api/v1/sessions/{{s}}/newsletters/120363000000000000/messages{query}");
        let (status, answer, asked) = told(&line, "");
        assert_eq!((status, &answer), (200, &json!({"data": [post()]})));
        assert_eq!(
            asked,
            [Live::NewsletterMessages(NewsletterMessages { newsletter: jid(), count, before })]
        );
        serde_json::from_value::<Vec<Post>>(answer["data"].clone()).unwrap();
    }
}

#[test]
fn a_post_is_reacted_to() {
    for emoji in ["👍", ""] {
        let (status, answer, asked) = told(REACT.line, &json!({"emoji": emoji}).to_string());
        assert_eq!((status, answer), (200, json!({"success": true})));
        let reaction = ReactToPost { newsletter: jid(), server_id: 42, emoji: emoji.into() };
        assert_eq!(asked, [Live::ReactToPost(reaction)]);
    }
}
