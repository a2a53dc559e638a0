//! The single send endpoint: nine types, in camelCase.

use edgewire_contract::content::single::Type;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::draft::schema;
use edgewire_edge::testing::breaks::breaks;

use super::*;

fn example(it: Type) -> Value {
    serde_json::from_str(it.example()).unwrap()
}

/// The same message by the route of its kind.
fn by_its_own_route(it: Type) -> Value {
    match it {
        Type::Text | Type::Location => example(it),
        Type::Poll => {
            json!({"name": "What is your favorite color?", "options": ["Red", "Blue", "Green"], "selectable_count": 1})
        }
        Type::Contact => {
            json!({"contact": {"display_name": "John Doe", "phones": [{"number": "+628123456789", "phone_type": "CELL"}], "organization": "Acme", "email": "john@example.com"}})
        }
        Type::Image => {
            json!({"image": {"url": "https://example.com/image.jpg", "mimetype": "image/jpeg"}, "caption": "Check this out!", "view_once": false})
        }
        Type::Video => json!({"video": {"url": "https://example.com/video.mp4"}, "caption": "Watch this!"}),
        Type::Audio => json!({"audio": {"url": "https://example.com/audio.mp3"}, "ptt": true}),
        Type::Document => {
            json!({"document": {"url": "https://example.com/document.pdf"}, "filename": "report.pdf", "caption": "The report"})
        }
        Type::Sticker => json!({"sticker": {"url": "https://example.com/sticker.webp"}}),
    }
}

fn content(line: &str, body: &Value) -> Content {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("{line}?async=true"), &[], &body.to_string());
    assert_eq!(answer.status, 202, "{body} {}", answer.text);
    sent(&gateway).content
}

#[test]
fn each_type_is_sent_as_its_kind_sends_it() {
    for it in Type::ALL {
        let mut other = by_its_own_route(it);
        other["to"] = json!("628123456789");
        let line = format!("{MESSAGES}/{}", it.kind().name());
        assert_eq!(content(MESSAGES, &example(it)), content(&line, &other), "{it:?}");
    }
}

#[test]
fn each_is_answered_sync_and_async() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    for it in Type::ALL {
        let gateway = gateway();
        gateway.bus.host(sends);
        for (line, status, told_status) in
            [(MESSAGES.to_owned(), 200, "sent"), (format!("{MESSAGES}?async=true"), 202, "queued")]
        {
            let answer = ask(&gateway, &line, &[], it.example());
            let told = answer.json();
            assert_eq!((answer.status, &told["status"]), (status, &json!(told_status)), "{it:?}");
            assert_eq!(schemas.faults(&json!({"$ref": "#/components/schemas/SendResult"}), &told), [""; 0]);
        }
    }
}

#[test]
fn what_may_be_left_out_has_its_default() {
    let poll = json!({"to": "628123456789", "type": "poll", "name": "?", "options": ["a", "b"]});
    let Content::Poll(poll) = content(MESSAGES, &poll) else { panic!("no poll") };
    assert_eq!(poll.selectable_count, 1);
    let audio = json!({"to": "628123456789", "type": "audio", "media": {"url": "https://example.com/a"}});
    let Content::Audio(audio) = content(MESSAGES, &audio) else { panic!("no audio") };
    assert_eq!((audio.ptt, audio.view_once), (false, false));
}

#[test]
fn a_contact_may_be_short() {
    let contact = |card: Value| json!({"to": "628123456789", "type": "contact", "contact": card});
    let short = contact(json!({"name": "Ana", "phone": "+62 812 3456 789"}));
    let long = contact(json!({"displayName": "Ana", "phones": [{"number": "628123456789"}]}));
    assert_eq!(content(MESSAGES, &short), content(MESSAGES, &long));
    for (card, bad) in [
        (json!({}), vec!["contact.displayName", "contact.phones"]),
        (json!({"name": "Ana"}), vec!["contact.phone"]),
        (json!({"phone": "12"}), vec!["contact.name", "contact.phone"]),
        (json!({"name": "Ana", "phones": [{"number": "628123456789"}]}), vec!["contact.displayName"]),
        (json!("Ana"), vec!["contact"]),
    ] {
        let answer = ask(&gateway(), MESSAGES, &[], &contact(card.clone()).to_string());
        assert_eq!(answer.bad_fields(), bad, "{card}");
    }
}

#[test]
fn every_broken_field_is_named_and_nothing_is_sent() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    let mut count = 0;
    for it in Type::ALL {
        let schema = schema::of_type(it);
        let mut goods = vec![example(it)];
        if goods[0]["media"].is_object() {
            let mut uploaded = example(it);
            uploaded["media"] = media::uploaded_camel(1_000);
            goods.push(uploaded);
        }
        for good in goods {
            assert_eq!(schemas.faults(&schema, &good), [""; 0], "{it:?}");
            for broken in breaks(&schemas, &schema, &good) {
                let what = format!("{it:?}: {} {}", broken.field, broken.how);
                refused(MESSAGES, &broken.body, &broken.field, &what);
                count += 1;
            }
        }
    }
    assert!(count > 300, "only {count} ways to break a body");
}

#[test]
fn more_cannot_be_picked_than_there_is() {
    let body = json!({"to": "628123456789", "type": "poll", "name": "?", "options": ["a", "b"], "selectableCount": 3});
    refused(MESSAGES, &body, "selectableCount", "poll");
}

#[test]
fn fields_of_other_types_do_not_count() {
    let body = json!({"to": "628123456789", "type": "text", "text": "x", "media": 7, "options": "?", "latitude": 900});
    assert!(matches!(content(MESSAGES, &body), Content::Text(_)));
}
