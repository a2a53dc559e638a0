//! What crosses Redis as an outcome's `data` keeps its form, and is what its schema says.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::told::{Told, schemas};
use super::*;

/// Holds `json` against a type, both ways, and against its schema: the fields of one are those of the other.
fn is<T: Told + Serialize + DeserializeOwned>(name: &str, value: Value) {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), value, "{name}");
    assert_eq!(T::schema(), json!({"$ref": format!("#/components/schemas/{name}")}));
    let schema = &schemas::<T>()[name];
    let properties = schema["properties"].as_object().unwrap();
    for field in value.as_object().unwrap().keys() {
        let told = &properties.get(field).unwrap_or_else(|| panic!("{name} does not describe {field}"));
        assert!(told["description"].is_string(), "{name}.{field}");
    }
    let required: Vec<&str> =
        schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for field in &required {
        // What must be there is there, be it as null.
        let mut less = value.clone();
        assert!(less.as_object_mut().unwrap().remove(*field).is_some(), "{name} has no {field}");
    }
    for field in properties.keys().filter(|field| !required.contains(&field.as_str())) {
        let mut less = value.clone();
        less.as_object_mut().unwrap().remove(field);
        serde_json::from_value::<T>(less).unwrap_or_else(|e| panic!("{name} without {field}: {e}"));
    }
}

fn member(role: &str) -> Value {
    json!({"groupJid": "1@g.us", "jid": "7@lid", "lid": "7@lid", "phone": "628123456789", "role": role})
}

fn group() -> Value {
    json!({
        "groupJid": "120363000000000000@g.us", "subject": "Club", "description": "We meet",
        "owner": "628123456789@s.whatsapp.net", "createdAt": 1_781_000_000_000_i64, "size": 1, "locked": true,
        "announce": false, "ephemeralSeconds": 86_400, "parent": "120363000000000001@g.us",
    })
}

fn with(mut value: Value, field: &str, other: Value) -> Value {
    value[field] = other;
    value
}

#[test]
fn groups_keep_their_form() {
    is::<Group>("GroupInfo", group());
    is::<Group>("GroupInfo", with(group(), "members", json!([member("superadmin")])));
    let unknown = ["description", "owner", "createdAt", "parent"];
    is::<Group>("GroupInfo", unknown.iter().fold(group(), |group, field| with(group, field, Value::Null)));
    for role in ["member", "admin", "superadmin"] {
        is::<Member>("GroupMember", member(role));
    }
    is::<ParticipantResult>("GroupParticipantResult", json!({"jid": "7@lid", "ok": false, "code": 403}));
    is::<Invite>(
        "GroupInvite",
        json!({"groupJid": "1@g.us", "code": "AbC", "link": "https://chat.whatsapp.com/AbC"}),
    );
    is::<Joined>("GroupJoined", json!({"groupJid": "1@g.us"}));
    is::<Joined>("GroupJoined", json!({"groupJid": "1@g.us", "pending": true}));
}

#[test]
fn contacts_keep_their_form() {
    let jid = "628123456789@s.whatsapp.net";
    is::<ContactCheck>(
        "ContactCheck",
        json!({"phone": "628123456789", "exists": true, "jid": jid, "lid": "7@lid"}),
    );
    is::<ContactCheck>(
        "ContactCheck",
        json!({"phone": "628123456789", "exists": false, "jid": null, "lid": null}),
    );
    is::<Picture>("Picture", json!({"id": "17", "url": "https://pps.whatsapp.net/x", "direct_path": "/x"}));
}

#[test]
fn newsletters_keep_their_form() {
    let newsletter = json!({
        "newsletterJid": "120363000000000000@newsletter", "name": "News", "description": null, "followers": 12,
        "invite": null, "createdAt": null, "verified": true, "role": "owner",
    });
    is::<Newsletter>("NewsletterInfo", newsletter);
    let post = json!({
        "serverId": 42, "messageId": null, "timestamp": 1_781_000_000_000_i64, "kind": "image", "text": null,
        "reactions": [{"emoji": "👍", "count": 3}],
    });
    is::<Post>("NewsletterPost", post);
    is::<Reaction>("NewsletterReaction", json!({"emoji": "👍", "count": 3}));
}

#[test]
fn schemas_name_all_that_they_are_made_of() {
    let all = schemas::<Group>();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["GroupInfo", "GroupMember"]);
    let group = &all["GroupInfo"]["properties"];
    assert_eq!(group["createdAt"]["type"], json!(["integer", "null"]));
    assert_eq!(group["members"]["items"]["$ref"], "#/components/schemas/GroupMember");
    let role = &all["GroupMember"]["properties"]["role"];
    assert_eq!(role["enum"], json!(["member", "admin", "superadmin"]));
}
