//! What each route asks of WhatsApp, and what it answers.

use edgewire_contract::answer::{Group, Invite, Joined, Member, ParticipantResult};
use edgewire_contract::command::ParticipantChange;

use super::*;

fn told(line: &str, body: &str) -> (u16, Value, Vec<Live>) {
    let gateway = hosted();
    let answer = ask(&gateway, line, body);
    (answer.status, answer.json(), asked(&gateway))
}

#[test]
fn a_group_is_told() {
    for gid in ["120363000000000000", "120363000000000000@g.us", "120363000000000000%40g.us"] {
        let (status, answer, asked) = told(&format!("GET /api/v1/sessions/{{s}}/groups/{gid}"), "");
        assert_eq!((status, &answer), (200, &group_with_members()));
        assert_eq!(asked, [Live::Group { group: jid(GROUP) }]);
        serde_json::from_value::<Group>(answer).unwrap();
    }
}

#[test]
fn a_group_is_made() {
    let (status, answer, asked) = told(CREATE.line, CREATE.body);
    assert_eq!((status, answer), (201, group_with_members()));
    let made = command::CreateGroup {
        subject: "Club".into(),
        description: Some("We meet".into()),
        participants: vec![jid("628123456789")],
    };
    assert_eq!(asked, [Live::CreateGroup(made)]);
    let (_, _, asked) = told(CREATE.line, r#"{"subject":"Me","description":null}"#);
    let made = command::CreateGroup { subject: "Me".into(), description: None, participants: Vec::new() };
    assert_eq!(asked, [Live::CreateGroup(made)]);
}

#[test]
fn what_is_given_changes() {
    let all =
        r#"{"subject":"Club","description":"","locked":true,"announce":false,"ephemeralSeconds":7776000}"#;
    for (body, change) in [
        (
            all,
            GroupChange {
                subject: Some("Club".into()),
                description: Some(String::new()),
                locked: Some(true),
                announce: Some(false),
                ephemeral_seconds: Some(7_776_000),
            },
        ),
        (r#"{"locked":false,"subject":null}"#, GroupChange { locked: Some(false), ..GroupChange::default() }),
        (r#"{"ephemeralSeconds":0}"#, GroupChange { ephemeral_seconds: Some(0), ..GroupChange::default() }),
    ] {
        let (status, answer, asked) = told(UPDATE.line, body);
        assert_eq!((status, answer), (200, group_with_members()));
        assert_eq!(asked, [Live::UpdateGroup(UpdateGroup { group: jid(GROUP), change })]);
    }
}

#[test]
fn participants_change() {
    for (line, change) in [
        ("POST /api/v1/sessions/{s}/groups/120363000000000000/participants", ParticipantChange::Add),
        ("DELETE /api/v1/sessions/{s}/groups/120363000000000000/participants", ParticipantChange::Remove),
        (
            "POST /api/v1/sessions/{s}/groups/120363000000000000/participants/promote",
            ParticipantChange::Promote,
        ),
        (
            "POST /api/v1/sessions/{s}/groups/120363000000000000/participants/demote",
            ParticipantChange::Demote,
        ),
    ] {
        let (status, answer, asked) = told(line, PEOPLE);
        let expected = json!({"data": [
            {"jid": "628123456789@s.whatsapp.net", "ok": true, "code": 200},
            {"jid": "100000000000001@lid", "ok": true, "code": 200},
        ]});
        assert_eq!((status, &answer), (200, &expected));
        let participants = vec![jid("628123456789"), jid("100000000000001@lid")];
        assert_eq!(
            asked,
            [Live::Participants(command::Participants { group: jid(GROUP), change, participants })]
        );
        serde_json::from_value::<Vec<ParticipantResult>>(answer["data"].clone()).unwrap();
    }
}

#[test]
fn an_invite_link_is_told_and_renewed() {
    for (line, reset) in [
        ("GET /api/v1/sessions/{s}/groups/120363000000000000/invite", false),
        ("POST /api/v1/sessions/{s}/groups/120363000000000000/invite/reset", true),
    ] {
        let (status, answer, asked) = told(line, "");
        assert_eq!(status, 200);
        assert_eq!(
            answer,
            json!({"groupJid": GROUP, "code": CODE, "link": format!("https://chat.whatsapp.com/{CODE}")})
        );
        assert_eq!(asked, [Live::GroupInvite(GroupInvite { group: jid(GROUP), reset })]);
        serde_json::from_value::<Invite>(answer).unwrap();
    }
}

#[test]
fn a_group_is_joined_and_left() {
    let (status, answer, asked) = told(JOIN.line, JOIN.body);
    assert_eq!((status, &answer), (200, &json!({"groupJid": GROUP})));
    assert_eq!(asked, [Live::JoinGroup { code: CODE.into() }]);
    assert!(!serde_json::from_value::<Joined>(answer).unwrap().pending);
    let (status, answer, asked) = told("POST /api/v1/sessions/{s}/groups/628123456789-1/leave", "");
    assert_eq!((status, answer), (200, json!({"success": true})));
    assert_eq!(asked, [Live::LeaveGroup { group: jid("628123456789-1@g.us") }]);
}

#[test]
fn groups_and_members_are_as_the_contract_has_them() {
    let (_, groups, asked) = told("GET /api/v1/sessions/{s}/groups", "");
    assert_eq!(asked, [Live::Groups]);
    let groups: Vec<Group> = serde_json::from_value(groups["data"].clone()).unwrap();
    assert!(groups.len() == 3 && groups.iter().all(|group| group.members.is_none()));
    let (_, told, asked) = told("GET /api/v1/sessions/{s}/groups/120363000000000000/members", "");
    assert_eq!(asked, [Live::Group { group: jid(GROUP) }]);
    let members: Vec<Member> = serde_json::from_value(told["data"].clone()).unwrap();
    assert_eq!((members.len(), told["nextCursor"].clone()), (2, Value::Null));
}
