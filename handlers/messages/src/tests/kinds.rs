//! The route of each kind.

use edgewire_contract::content::Kind;
use edgewire_contract::jid::{Jid, digits_of_phone};
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::draft::schema;
use edgewire_edge::testing::breaks::breaks;

use super::*;

fn line(kind: Kind) -> String {
    format!("{MESSAGES}/{}", kind.name())
}

pub fn example(kind: Kind) -> Value {
    serde_json::from_str(kind.about().example).unwrap()
}

/// Whether `kept` says what `given` says: addresses and numbers in their one form, defaults added.
pub fn says(kept: &Value, given: &Value) -> bool {
    match (kept, given) {
        (Value::Object(kept), Value::Object(given)) => {
            given.iter().all(|(name, given)| kept.get(name).is_some_and(|kept| says(kept, given)))
        }
        (Value::Array(kept), Value::Array(given)) => {
            kept.len() == given.len() && kept.iter().zip(given).all(|(kept, given)| says(kept, given))
        }
        (Value::String(kept), Value::String(given)) => {
            kept == given
                || Jid::parse_recipient(given).is_ok_and(|jid| jid.as_str() == kept)
                || digits_of_phone(given).is_ok_and(|digits| digits == *kept)
        }
        _ => kept == given,
    }
}

#[test]
fn each_example_is_sent_and_becomes_its_command() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    for kind in Kind::ALL {
        let gateway = gateway();
        gateway.bus.host(sends);
        let given = example(*kind);
        let answer = ask(&gateway, &line(*kind), &[], &given.to_string());
        assert_eq!(answer.status, 200, "{} {}", kind.name(), answer.text);
        let told = answer.json();
        assert_eq!(schemas.faults(&json!({"$ref": "#/components/schemas/SentMessage"}), &told), [""; 0]);
        let send = sent(&gateway);
        let to = Jid::parse_recipient(given[kind.to().field].as_str().unwrap()).unwrap();
        assert_eq!((&told["to"], &told["message_id"]), (&json!(to), &json!(send.message_id)));
        assert_eq!((&send.to, send.content.name()), (&to, kind.name()));
        let kept = serde_json::to_value(&send.content).unwrap();
        for (name, value) in given.as_object().unwrap() {
            let is_own = ![kind.to().field, "reply_to", "mentions"].contains(&name.as_str());
            assert!(!is_own || says(&kept[name], value), "{}: {name} became {}", kind.name(), kept[name]);
        }
    }
}

#[test]
fn each_example_is_queued() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    for kind in Kind::ALL {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("{}?async=true", line(*kind)), &[], &example(*kind).to_string());
        let told = answer.json();
        assert_eq!((answer.status, &told["status"]), (202, &json!("queued")), "{}", kind.name());
        assert_eq!(schemas.faults(&json!({"$ref": "#/components/schemas/QueuedMessage"}), &told), [""; 0]);
        assert_eq!(told["outbox_id"], json!(commands(&gateway)[0].id));
    }
}

#[test]
fn each_is_sent_once_under_a_key() {
    for kind in Kind::ALL {
        let gateway = gateway();
        gateway.bus.host(sends);
        let once = || ask(&gateway, &line(*kind), &["idempotency-key: k"], &example(*kind).to_string());
        let (first, again) = (once(), once());
        assert_eq!((first.status, first.json()), (again.status, again.json()), "{}", kind.name());
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(commands(&gateway).len(), 1);
    }
}

#[test]
fn quotes_and_mentions_go_with_the_kinds_that_carry_them() {
    for kind in Kind::ALL {
        let gateway = gateway();
        let mut body = example(*kind);
        body["reply_to"] = json!("3EB0AA");
        body["mentions"] = json!(["628111111111", "1@lid"]);
        let answer = ask(&gateway, &format!("{}?async=true", line(*kind)), &[], &body.to_string());
        assert_eq!(answer.status, 202, "{}", kind.name());
        let send = sent(&gateway);
        assert_eq!((send.reply_to.is_some(), send.mentions.len() == 2), (kind.quotes(), kind.mentions()));
    }
}

#[test]
fn every_broken_field_is_named_and_nothing_is_sent() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    let mut count = 0;
    for kind in Kind::ALL {
        let schema = schema::of_kind(*kind);
        for good in goods(*kind) {
            assert_eq!(schemas.faults(&schema, &good), [""; 0], "{}", kind.name());
            for broken in breaks(&schemas, &schema, &good) {
                let what = format!("{}: {} {}", kind.name(), broken.field, broken.how);
                refused(&line(*kind), &broken.body, &broken.field, &what);
                count += 1;
            }
        }
    }
    assert!(count > 1_000, "only {count} ways to break a body");
}

/// The example, and of a file also one that was uploaded.
fn goods(kind: Kind) -> Vec<Value> {
    let mut goods = vec![example(kind)];
    if goods[0][kind.name()]["url"].is_string() {
        let mut uploaded = example(kind);
        uploaded[kind.name()] = super::media::uploaded(1_000);
        goods.push(uploaded);
    }
    goods
}

#[test]
fn what_must_hold_between_fields_is_held() {
    let rows =
        |n: usize| -> Vec<Value> { (0..n).map(|i| json!({"row_id": i.to_string(), "title": "T"})).collect() };
    let list = |sections: Vec<usize>| {
        let sections: Vec<Value> =
            sections.into_iter().map(|n| json!({"title": "S", "rows": rows(n)})).collect();
        json!({"to": "628123456789", "title": "T", "description": "D", "button_text": "B", "sections": sections})
    };
    let poll = |count: i64| json!({"to": "628123456789", "name": "?", "options": ["a", "b"], "selectable_count": count});
    let vote = |name: &str| json!({"to": "628123456789", "poll_message_id": "A", "selected_options": [], name: "AAAA"});
    for (kind, body, bad) in [
        (Kind::List, list(vec![5, 5]), None),
        (Kind::List, list(vec![5, 6]), Some("sections")),
        (Kind::Poll, poll(2), None),
        (Kind::Poll, poll(0), None),
        (Kind::Poll, poll(3), Some("selectable_count")),
        (Kind::PollUpdate, vote("x"), None),
        (Kind::PollUpdate, vote("enc_iv"), Some("enc_payload")),
        (Kind::PollUpdate, vote("enc_payload"), Some("enc_iv")),
    ] {
        match bad {
            Some(field) => refused(&line(kind), &body, field, kind.name()),
            None => {
                let line = format!("{}?async=true", line(kind));
                assert_eq!(ask(&gateway(), &line, &[], &body.to_string()).status, 202, "{body}");
            }
        }
    }
}

#[test]
fn a_kind_that_there_is_not_is_not_found() {
    for kind in ["smoke", "Text", "3EB0AA", "forward-stored"] {
        let answer = ask(&gateway(), &format!("{MESSAGES}/{kind}"), &[], "{}");
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{kind}");
    }
}
