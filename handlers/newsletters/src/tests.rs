//! Each route as its caller sees it.

use edgewire_contract::command::{self, Action, Command, Live, NewsletterMessages, ReactToPost};
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
mod refusals;

const NEWSLETTER: &str = "120363000000000000@newsletter";
const COMPONENT: Component =
    Component { handle: |gateway, request| run(handle(gateway, request)), offline: OFFLINE };

const fn looks(line: &'static str) -> Asked {
    Asked { line, body: "", acts: false }
}

const fn acts(line: &'static str, body: &'static str) -> Asked {
    Asked { line, body, acts: true }
}

const CREATE: Asked =
    acts("POST /api/v1/sessions/{s}/newsletters", r#"{"name":"News","description":"What happens"}"#);
const REACT: Asked = acts(
    "POST /api/v1/sessions/{s}/newsletters/120363000000000000/messages/42/reactions",
    r#"{"emoji":"👍"}"#,
);

/// Every route, asked once.
const ALL: [Asked; 8] = [
    looks("GET /api/v1/sessions/{s}/newsletters"),
    CREATE,
    looks("GET /api/v1/sessions/{s}/newsletters/invites/0029VaExample"),
    looks("GET /api/v1/sessions/{s}/newsletters/120363000000000000"),
    acts("POST /api/v1/sessions/{s}/newsletters/120363000000000000/follow", ""),
    acts("POST /api/v1/sessions/{s}/newsletters/120363000000000000/unfollow", ""),
    looks("GET /api/v1/sessions/{s}/newsletters/120363000000000000/messages"),
    REACT,
];

fn jid() -> Jid {
    Jid::parse_recipient(NEWSLETTER).unwrap()
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

fn newsletter(role: &str) -> Value {
    json!({
        "newsletterJid": NEWSLETTER, "name": "News", "description": "What happens", "followers": 12,
        "invite": "0029VaExample", "createdAt": 1_781_000_000_000_i64, "verified": false, "role": role,
    })
}

fn post() -> Value {
    json!({
        "serverId": 42, "messageId": "3EB0A1B2C3", "timestamp": 1_781_000_000_000_i64, "kind": "text",
        "text": "Hello", "reactions": [{"emoji": "👍", "count": 3}],
    })
}

fn host(command: &Command) -> Ending {
    let Action::Live(live) = &command.action else { panic!("not a live action") };
    let data = match live {
        Live::Newsletters => json!([newsletter("subscriber")]),
        Live::CreateNewsletter(_) => newsletter("owner"),
        Live::Newsletter { .. } | Live::NewsletterByInvite { .. } => newsletter("guest"),
        Live::FollowNewsletter { .. } => newsletter("subscriber"),
        Live::NewsletterMessages(_) => json!([post()]),
        Live::UnfollowNewsletter { .. } | Live::ReactToPost(_) => return Ending::Done(None),
        other => panic!("not a newsletter's: {}", other.name()),
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
    fn no_path_panics(id in "\\PC{0,40}") {
        let encoded: String = id.bytes().map(|b| format!("%{b:02X}")).collect();
        let line = format!("GET /api/v1/sessions/{{s}}/newsletters/{encoded}/messages?before={encoded}");
        prop_assert!([200, 400, 404].contains(&ask(&hosted(), &line, "").status));
    }
}
