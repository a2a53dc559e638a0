//! Each route as its caller sees it.

use edgewire_contract::command::{self, Action, Command, GroupChange, GroupInvite, Live, UpdateGroup};
use edgewire_contract::fault::Fault;
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::Record as _;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::testing::live::{Asked, Component, asked};
use edgewire_edge::testing::{Answer, FakeGateway, gateway, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod answers;
mod invites;
mod pages;
mod refusals;

const GROUP: &str = "120363000000000000@g.us";
const CODE: &str = "AbCdEfGhIjKlMnOpQrStUv";
const COMPONENT: Component =
    Component { handle: |gateway, request| run(handle(gateway, request)), offline: OFFLINE };

const fn looks(line: &'static str) -> Asked {
    Asked { line, body: "", acts: false }
}

const fn acts(line: &'static str, body: &'static str) -> Asked {
    Asked { line, body, acts: true }
}

const CREATE: Asked = acts(
    "POST /api/v1/sessions/{s}/groups",
    r#"{"subject":"Club","description":"We meet","participants":["+62 812-3456-789","628123456789"]}"#,
);
const UPDATE: Asked = acts("PATCH /api/v1/sessions/{s}/groups/120363000000000000", r#"{"subject":"Club"}"#);
const JOIN: Asked = acts(
    "POST /api/v1/sessions/{s}/groups/join",
    r#"{"invite":"https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"}"#,
);
const PEOPLE: &str = r#"{"participants":["628123456789","100000000000001@lid"]}"#;

/// Every route, asked once.
const ALL: [Asked; 15] = [
    looks("GET /api/v1/sessions/{s}/groups"),
    CREATE,
    JOIN,
    looks("GET /api/v1/sessions/{s}/groups/invite?code=AbCdEfGhIjKlMnOpQrStUv"),
    looks("GET /api/v1/sessions/{s}/groups/invites/AbCdEfGhIjKlMnOpQrStUv"),
    looks("GET /api/v1/sessions/{s}/groups/120363000000000000%40g.us"),
    UPDATE,
    looks("GET /api/v1/sessions/{s}/groups/120363000000000000@g.us/members"),
    acts("POST /api/v1/sessions/{s}/groups/120363000000000000/participants", PEOPLE),
    acts("DELETE /api/v1/sessions/{s}/groups/120363000000000000/participants", PEOPLE),
    acts("POST /api/v1/sessions/{s}/groups/120363000000000000/participants/promote", PEOPLE),
    acts("POST /api/v1/sessions/{s}/groups/120363000000000000/participants/demote", PEOPLE),
    looks("GET /api/v1/sessions/{s}/groups/120363000000000000/invite"),
    acts("POST /api/v1/sessions/{s}/groups/120363000000000000/invite/reset", ""),
    acts("POST /api/v1/sessions/{s}/groups/120363000000000000/leave", ""),
];

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

fn ask(gateway: &FakeGateway, line: &str, body: &str) -> Answer {
    COMPONENT.ask(gateway, line, body)
}

/// A gateway with a conn-host that answers as [`host`] does.
fn hosted() -> FakeGateway {
    let gateway = gateway();
    gateway.bus.host(host);
    gateway
}

fn member(jid: &str, role: &str) -> Value {
    let phone = jid.strip_suffix("@s.whatsapp.net");
    json!({"groupJid": GROUP, "jid": jid, "lid": null, "phone": phone, "role": role})
}

fn members() -> Value {
    json!([member("628123456789@s.whatsapp.net", "superadmin"), member("100000000000001@lid", "member")])
}

fn group(jid: &str) -> Value {
    json!({
        "groupJid": jid, "subject": "Club", "description": null, "owner": "628123456789@s.whatsapp.net",
        "createdAt": 1_781_000_000_000_i64, "size": 2, "locked": false, "announce": true, "ephemeralSeconds": 86400,
        "parent": null,
    })
}

fn group_with_members() -> Value {
    let mut group = group(GROUP);
    group["members"] = members();
    group
}

fn host(command: &Command) -> Ending {
    let Action::Live(live) = &command.action else { panic!("not a live action") };
    let data = match live {
        Live::Groups => json!([group("2@g.us"), group_with_members(), group("1@g.us")]),
        Live::Group { .. } | Live::CreateGroup(_) | Live::UpdateGroup(_) => group_with_members(),
        Live::InviteInfo { .. } => group(GROUP),
        Live::Participants(asked) => {
            asked.participants.iter().map(|jid| json!({"jid": jid, "ok": true, "code": 200})).collect()
        }
        Live::GroupInvite(_) => {
            json!({"groupJid": GROUP, "code": CODE, "link": format!("https://chat.whatsapp.com/{CODE}")})
        }
        Live::JoinGroup { .. } => json!({"groupJid": GROUP}),
        Live::LeaveGroup { .. } => return Ending::Done(None),
        other => panic!("not a group's: {}", other.name()),
    };
    Ending::Done(Some(data))
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}", place in 0..ALL.len()) {
        let answer = ask(&hosted(), ALL[place].line, &body);
        prop_assert!([200, 201, 400].contains(&answer.status));
    }

    #[test]
    fn no_group_id_panics(gid in "\\PC{0,40}") {
        let encoded: String = gid.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = ask(&hosted(), &format!("GET /api/v1/sessions/{{s}}/groups/{encoded}"), "");
        prop_assert!([200, 400, 404].contains(&answer.status));
    }
}
