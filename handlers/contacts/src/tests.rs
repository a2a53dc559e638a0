//! Each route as its caller sees it.

use edgewire_contract::command::{
    self, Action, BlockContact, CheckContacts, Command, ContactPicture, Live, SetPresence, TypingState,
    WatchPresence,
};
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

const COMPONENT: Component =
    Component { handle: |gateway, request| run(handle(gateway, request)), offline: OFFLINE };

const fn looks(line: &'static str, body: &'static str) -> Asked {
    Asked { line, body, acts: false }
}

const fn acts(line: &'static str, body: &'static str) -> Asked {
    Asked { line, body, acts: true }
}

const CHECK: Asked =
    looks("POST /api/v1/sessions/{s}/contacts/check", r#"{"phones":["+62 812-3456-789","5511999999999"]}"#);
const PRESENCE: Asked = acts("POST /api/v1/sessions/{s}/presence", r#"{"presence":"available"}"#);
const TYPING: Asked = acts("POST /api/v1/sessions/{s}/chats/628123456789/typing", r#"{"state":"recording"}"#);

/// Every route, asked once.
const ALL: [Asked; 9] = [
    CHECK,
    looks("GET /api/v1/sessions/{s}/contacts/blocked", ""),
    looks("GET /api/v1/sessions/{s}/contacts/628123456789/picture?preview=true", ""),
    acts("POST /api/v1/sessions/{s}/contacts/628123456789/block", ""),
    acts("POST /api/v1/sessions/{s}/contacts/628123456789/unblock", ""),
    PRESENCE,
    acts("POST /api/v1/sessions/{s}/presence/628123456789/subscribe", ""),
    acts("DELETE /api/v1/sessions/{s}/presence/628123456789/subscribe", ""),
    TYPING,
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

fn found(phone: &str) -> Value {
    json!({"phone": phone, "exists": true, "jid": format!("{phone}@s.whatsapp.net"), "lid": "100000000000001@lid"})
}

fn missing(phone: &str) -> Value {
    json!({"phone": phone, "exists": false, "jid": null, "lid": null})
}

fn picture() -> Value {
    json!({"id": "17", "url": "https://pps.whatsapp.net/v/x.jpg", "direct_path": "/v/x.jpg"})
}

fn host(command: &Command) -> Ending {
    let Action::Live(live) = &command.action else { panic!("not a live action") };
    let data = match live {
        // In an order of its own; of numbers that begin with 9 it says nothing.
        Live::CheckContacts(asked) => asked
            .phones
            .iter()
            .rev()
            .filter(|phone| !phone.starts_with('9'))
            .map(|phone| found(phone))
            .collect(),
        Live::ContactPicture(_) => picture(),
        Live::Blocked => json!(["628123456789@s.whatsapp.net", "100000000000001@lid"]),
        Live::BlockContact(_) | Live::SetPresence(_) | Live::Typing(_) | Live::WatchPresence(_) => {
            return Ending::Done(None);
        }
        other => panic!("not a contact's: {}", other.name()),
    };
    Ending::Done(Some(data))
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}", place in 0..ALL.len()) {
        let answer = ask(&hosted(), ALL[place].line, &body);
        prop_assert!([200, 400].contains(&answer.status));
    }

    #[test]
    fn no_jid_panics(jid in "\\PC{0,40}") {
        let encoded: String = jid.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = ask(&hosted(), &format!("POST /api/v1/sessions/{{s}}/contacts/{encoded}/block"), "");
        prop_assert!([200, 400].contains(&answer.status));
    }

    #[test]
    fn numbers_are_told_in_the_order_that_they_were_asked(
        phones in prop::collection::vec("[19][0-9]{6,7}", 1..30),
    ) {
        let answer = ask(&hosted(), CHECK.line, &json!({"phones": phones}).to_string());
        let told: Vec<Value> = serde_json::from_str(&answer.text).unwrap();
        let expected: Vec<Value> =
            phones.iter().map(|phone| if phone.starts_with('9') { missing(phone) } else { found(phone) }).collect();
        prop_assert_eq!(told, expected);
    }
}
