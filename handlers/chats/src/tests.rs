//! Each route as its caller sees it.

use edgewire_contract::token::Capability;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use serde_json::{Value, json};

use super::*;

const PERSON: &str = "628123456780@s.whatsapp.net";
const LID: &str = "100000000000009@lid";
const GROUP: &str = "120363000000000000@g.us";
const CHATS: &str = "GET /api/v1/sessions/main/chats";

fn ask(gateway: &FakeGateway, line: &str, headers: &[&str]) -> Answer {
    Answer::read(run(handle(gateway.clone(), request(line, headers, ""))))
}

/// A text in a chat that goes by `chat`.
fn keep(gateway: &FakeGateway, chat: &str, id: &str, at: i64) {
    let view = json!({"message_id": id, "chat": chat, "is_group": chat == GROUP, "from": PERSON, "text": id});
    let (at_text, view) = (at.to_string(), view.to_string());
    let record = [("chat", chat), ("from_me", "0"), ("kind", "text"), ("at", &*at_text), ("view", &view)];
    gateway.bus.add_kept("main", id, &record);
    gateway.bus.add_to_chat("main", chat, id, at);
}

/// Two chats: five messages of a person, three of them of one millisecond, and one in a group.
fn with_chats() -> FakeGateway {
    let gateway = gateway();
    for (id, at) in [("A1", 1000), ("B1", 2000), ("B3", 2000), ("B2", 2000), ("C1", 3000)] {
        keep(&gateway, PERSON, id, at);
    }
    keep(&gateway, GROUP, "G1", 2500);
    gateway.bus.describe_chat("main", PERSON, &[("name", "Bob"), ("phone", "628123456780"), ("lid", LID)]);
    gateway
}

/// What the description of `id` says against an answer.
fn faults(id: &str, answer: &Value) -> Vec<String> {
    let description = describe::describe();
    let operation = description.operations.iter().find(|operation| operation.id == id).unwrap();
    let schema = &operation.answers[0].content.as_ref().unwrap().schema;
    Schemas::of(&description).faults(schema, answer)
}

/// All pages of `line`, by the field `name`.
fn walk(gateway: &FakeGateway, line: &str, name: &str) -> Vec<String> {
    let (mut told, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = ask(gateway, &format!("{line}&cursor={cursor}"), &[]).json();
        let data = answer["data"].as_array().unwrap();
        told.extend(data.iter().map(|item| item[name].as_str().unwrap().to_owned()));
        let Some(next) = answer["nextCursor"].as_str() else { return told };
        assert!(told.len() < 100, "it never ends");
        cursor = next.to_owned();
    }
}

#[test]
fn chats_are_listed_by_their_last_message() {
    let gateway = with_chats();
    let answer = ask(&gateway, CHATS, &[]);
    let told = answer.json();
    assert_eq!((answer.status, &told["nextCursor"]), (200, &Value::Null));
    let [person, group] = &told["data"].as_array().unwrap()[..] else { panic!("two chats: {told}") };
    assert_eq!(
        (&person["chat"], &person["lid"], &person["name"]),
        (&json!(PERSON), &json!(LID), &json!("Bob"))
    );
    assert_eq!((&person["kind"], &person["lastAt"]), (&json!("user"), &json!(3000)));
    assert_eq!(person["lastMessage"]["text"], "C1");
    assert_eq!((&person["unread"], &person["archived"]), (&json!(0), &json!(false)));
    assert_eq!(
        (&group["kind"], &group["phone"], &group["name"]),
        (&json!("group"), &Value::Null, &Value::Null)
    );
    assert_eq!(faults("listChats", &told), Vec::<String>::new());
}

#[test]
fn what_is_unread_and_what_is_archived_is_told() {
    let gateway = with_chats();
    gateway.bus.describe_chat("main", PERSON, &[("unread", "2"), ("lid", LID)]);
    gateway.bus.describe_chat("main", GROUP, &[("unread", "0"), ("marked", "1")]);
    // Archived while nobody knew its number.
    gateway.bus.archive_chat("main", LID);
    let told = ask(&gateway, CHATS, &[]).json();
    let of = |i: usize| (told["data"][i]["unread"].clone(), told["data"][i]["archived"].clone());
    assert_eq!((of(0), of(1)), ((json!(2), json!(true)), (json!(1), json!(false))));
    gateway.bus.archive_chat("main", GROUP);
    assert_eq!(ask(&gateway, CHATS, &[]).json()["data"][1]["archived"], true);
}

#[test]
fn a_chats_messages_are_listed_by_either_address() {
    let gateway = with_chats();
    for chat in [PERSON, LID, "628123456780", "%2B62%208123456780"] {
        let answer = ask(&gateway, &format!("{CHATS}/{chat}/messages"), &[]);
        let told = answer.json();
        let ids: Vec<&str> =
            told["data"].as_array().unwrap().iter().map(|it| it["messageId"].as_str().unwrap()).collect();
        assert_eq!((answer.status, ids), (200, vec!["C1", "B3", "B2", "B1", "A1"]), "{chat}");
        assert_eq!(faults("listChatMessages", &told), Vec::<String>::new());
    }
    let none = ask(&gateway, &format!("{CHATS}/628111111111/messages"), &[]).json();
    assert_eq!(none, json!({"data": [], "nextCursor": null}));
}

#[test]
fn pages_leave_nothing_out_in_either_order() {
    let gateway = with_chats();
    for limit in 1..7 {
        let line = format!("{CHATS}/{PERSON}/messages?limit={limit}");
        assert_eq!(walk(&gateway, &line, "messageId"), ["C1", "B3", "B2", "B1", "A1"]);
        assert_eq!(walk(&gateway, &format!("{line}&order=asc"), "messageId"), ["A1", "B1", "B2", "B3", "C1"]);
        let line = format!("{CHATS}?limit={limit}");
        assert_eq!(walk(&gateway, &line, "chat"), [PERSON, GROUP]);
        assert_eq!(walk(&gateway, &format!("{line}&order=asc"), "chat"), [GROUP, PERSON]);
    }
}

#[test]
fn what_is_over_is_left_out() {
    let gateway = with_chats();
    gateway.bus.add_to_chat("main", PERSON, "D1", 4000);
    let line = format!("{CHATS}/{PERSON}/messages?limit=2");
    assert_eq!(walk(&gateway, &line, "messageId"), ["C1", "B3", "B2", "B1", "A1"]);
    let told = ask(&gateway, CHATS, &[]).json();
    assert_eq!((&told["data"][0]["chat"], &told["data"][0]["lastMessage"]), (&json!(PERSON), &Value::Null));
    assert_eq!(told["data"][1]["lastMessage"]["text"], "G1");
}

#[test]
fn strangers_and_trouble_are_told_so() {
    let gateway = with_chats();
    gateway.bus.add_token("wa_send", "acme", &[Capability::Send]);
    for tail in ["chats", "chats/628123456780/messages"] {
        let line = format!("GET /api/v1/sessions/main/{tail}");
        for (token, status) in [("wrong", 401), ("wa_none", 403), ("wa_send", 403), ("wa_all", 200)] {
            assert_eq!(
                ask(&gateway, &line, &[&format!("x-api-key: {token}")]).status,
                status,
                "{token} {tail}"
            );
        }
        for session in ["other", "none", "a%20b"] {
            let answer = ask(&gateway, &line.replace("main", session), &[]);
            assert_eq!((answer.status, answer.error().as_str()), (404, "not_found"), "{session} {tail}");
        }
        let answer = ask(&gateway, &format!("{line}?limit=0&cursor=x&order=up"), &[]);
        assert_eq!((answer.status, answer.bad_fields().len()), (400, 3), "{tail}");
    }
    let answer = ask(&gateway, &format!("{CHATS}/nobody/messages?limit=x"), &[]);
    assert_eq!(answer.bad_fields(), ["path.chat", "query.limit"]);
    gateway.bus.with(|state| state.down = true);
    assert_eq!(ask(&gateway, CHATS, &[]).status, 503);
}
