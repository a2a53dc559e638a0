//! A message that is kept, as the camelCase routes show it: what its event said, with milliseconds for its time, and how
//! far it has come since.

use edgewire_contract::event::{MessageStatus, Party};
use edgewire_contract::ids::MessageId;
use serde_json::{Map, Value, json};

use crate::bus::archive::Kept;

/// When a message came so far, in the order of [`Kept::reached`].
const REACHED: [&str; 4] = ["sentAt", "deliveredAt", "readAt", "playedAt"];

/// The message `id`.
pub fn message(id: &MessageId, kept: Kept) -> Value {
    let mut shown = plain(&kept);
    if let Value::Object(view) = camel(Value::Object(kept.view)) {
        shown.extend(view);
    }
    let seconds = shown.get("timestamp").and_then(Value::as_i64);
    let at = kept.at.filter(|at| *at > 0).or(seconds.map(|seconds| seconds.saturating_mul(1000)));
    let mut set = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    set("messageId", id.as_str().into());
    set("timestamp", at.into());
    set("editedAt", kept.edited_at.into());
    set("revokedAt", kept.revoked_at.into());
    set("status", kept.status.map(MessageStatus::as_str).into());
    for (name, at) in REACHED.into_iter().zip(kept.reached) {
        set(name, at.into());
    }
    set("error", kept.error.map_or(Value::Null, |error| json!(error)));
    set("outboxId", kept.outbox.into());
    Value::Object(shown)
}

/// What is known without the event: a message on its way, one that could not be read, one whose contents are not kept.
fn plain(kept: &Kept) -> Map<String, Value> {
    let chat = Party::of(&kept.chat, None);
    let from = kept.sender.as_ref().map(|sender| Party::of(sender, None)).unwrap_or_default();
    let from_jid = kept.sender.as_ref().map(|_| from.jid);
    let shown = json!({
        "isGroup": chat.jid.ends_with("@g.us"),
        "chat": chat.jid, "chatPhone": chat.phone, "chatLid": chat.lid,
        "from": from_jid, "fromPhone": from.phone, "fromLid": from.lid,
        "fromMe": kept.from_me,
        "pushName": null,
        "type": kept.kind,
        "text": null,
        "quotedMessageId": null, "quoted": null,
        "mentions": [], "mentioned": [],
        "media": null,
        "forwarded": false, "viewOnce": false, "offline": false,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

/// `value` with the names of all its fields in camelCase.
fn camel(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (renamed(&name), camel(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(camel).collect()),
        other => other,
    }
}

/// `push_name` as `pushName`.
fn renamed(name: &str) -> String {
    let mut parts = name.split('_');
    let mut renamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        renamed.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        renamed.push_str(letters.as_str());
    }
    renamed
}

#[cfg(test)]
mod tests {
    use edgewire_contract::event::MessagePayload;

    use super::*;
    use crate::describe::Description;
    use crate::describe::stored::STORED_MESSAGE;
    use crate::describe::valid::Schemas;

    fn kept(record: &[(&str, &str)]) -> Value {
        let field = |name: &str| record.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
        let kept = Kept::read(Kept::FIELDS.map(field)).unwrap();
        let shown = message(&MessageId::parse("3EB0AA").unwrap(), kept);
        let description = Description::default();
        let schema = json!({"$ref": format!("#/components/schemas/{STORED_MESSAGE}")});
        assert_eq!(Schemas::of(&description).faults(&schema, &shown), Vec::<String>::new());
        shown
    }

    #[test]
    fn what_the_event_said_is_shown() {
        // As the golden file of the event has it: every field there is.
        let event: Value =
            serde_json::from_str(include_str!("../../../contract/tests/golden/event.message.json")).unwrap();
        let payload: MessagePayload = serde_json::from_value(event["payload"].clone()).unwrap();
        let shown = kept(&[
            ("chat", &payload.chat),
            ("from_me", "0"),
            ("kind", &payload.kind),
            ("at", "1781000000123"),
            ("view", &serde_json::to_string(&payload).unwrap()),
            ("edited_at", "1781000009000"),
        ]);
        assert_eq!(
            (&shown["timestamp"], &shown["editedAt"]),
            (&json!(1_781_000_000_123_i64), &json!(1_781_000_009_000_i64))
        );
        assert_eq!(shown["pushName"], json!(payload.push_name));
        assert_eq!(shown["media"]["fileLength"], json!(payload.media.unwrap().file_length));
        assert_eq!(shown["chatPhone"], json!(payload.chat_phone));
        assert_eq!((&shown["status"], &shown["outboxId"]), (&Value::Null, &Value::Null));
        let names = shown.as_object().unwrap().keys();
        assert!(names.clone().all(|name| !name.contains('_')), "{names:?}");
    }

    #[test]
    fn a_message_that_failed_says_why() {
        let shown = kept(&[
            ("chat", "628123456789@s.whatsapp.net"),
            ("outbox", "01K8ZQ4T5V0006N6R6J1Q4X0AB"),
            ("status", "failed"),
            ("error", r#"{"code":"recipient_unavailable","message":"refused","details":{"ack_error":463}}"#),
        ]);
        assert_eq!(
            (&shown["status"], &shown["error"]["details"]["ack_error"]),
            (&json!("failed"), &json!(463))
        );
        assert_eq!((&shown["fromMe"], &shown["chatPhone"]), (&json!(true), &json!("628123456789")));
        assert_eq!(
            (&shown["type"], &shown["timestamp"], &shown["text"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }

    #[test]
    fn a_message_that_cannot_be_read_says_who_wrote_it() {
        let shown = kept(&[
            ("chat", "1@g.us"),
            ("sender", "1000@lid"),
            ("from_me", "0"),
            ("kind", "undecryptable"),
            ("at", "7000"),
        ]);
        assert_eq!((&shown["from"], &shown["fromLid"]), (&json!("1000@lid"), &json!("1000@lid")));
        assert_eq!((&shown["isGroup"], &shown["timestamp"]), (&json!(true), &json!(7000)));
    }
}
