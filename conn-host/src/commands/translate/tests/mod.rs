//! What the tests of the kinds share: commands out of bodies as callers write them, material, and messages as JSON.
//!
//! * [`table`]: every kind's documented example, field by field;
//! * beside each kind that has more to it: its own tests.

mod table;

use edgewire_contract::command::{MessageSecret, Quoted, SendMessage};
use edgewire_contract::content::Kind;
use edgewire_contract::fault::Fault;
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::media::{FileFacts, Uploaded};
use serde_json::{Value, json};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::commands::material::{KeptMessage, Material, SentFile};
use crate::wire::{Identity, Outgoing};

/// Our phone number's JID.
pub const ME: &str = "15550001@s.whatsapp.net";
/// Our LID.
pub const MY_LID: &str = "1000@lid";
/// Somebody else.
pub const BOB: &str = "15550002@s.whatsapp.net";
/// Somebody else, as groups know him.
pub const BOBS_LID: &str = "2000@lid";
/// A group.
pub const GROUP: &str = "120363000000000001@g.us";
/// A newsletter.
pub const NEWSLETTER: &str = "120363000000000009@newsletter";
/// The command's time.
pub const NOW: i64 = 1_700_000_000_123;
/// The secret of the message that a command is about.
pub const TARGET_SECRET: [u8; 32] = [9; 32];

/// The command of a body, as a caller writes it.
pub fn command(kind: Kind, body: &Value) -> SendMessage {
    let bytes = body.to_string().into_bytes();
    let content = Fields::read(&bytes, |fields| kind.read(fields).ok_or(Noted)).unwrap();
    let jid = |value: &Value| Jid::parse_recipient(value.as_str().unwrap()).unwrap();
    let reply_to = body["reply_to"].as_str().map(|id| Quoted {
        message_id: MessageId::parse(id).unwrap(),
        sender: body.get("reply_sender").map(jid),
    });
    SendMessage {
        message_id: MessageId::parse("3EB0AA").unwrap(),
        to: jid(&body[kind.to().field]),
        secret: MessageSecret([7; 32]),
        timestamp: NOW,
        content,
        reply_to,
        mentions: body["mentions"].as_array().into_iter().flatten().map(jid).collect(),
        delay_ms: 0,
        send_at: None,
    }
}

/// What goes on the wire for a body.
pub fn outgoing(kind: Kind, body: &Value, material: &Material) -> Result<Outgoing, Fault> {
    super::message(&command(kind, body), material)
}

/// What the message of a body says, as JSON without what is not set, and without the secret that every message has.
pub fn says(kind: Kind, body: &Value, material: &Material) -> Value {
    seen(&outgoing(kind, body, material).unwrap().message)
}

/// The fields that a body is refused for, or the fault's code where it names none.
pub fn refused(kind: Kind, body: &Value, material: &Material) -> Vec<String> {
    let fault = outgoing(kind, body, material).unwrap_err();
    match fault.details.get("fields").and_then(Value::as_array) {
        Some(fields) => fields.iter().map(|field| field["field"].as_str().unwrap().to_owned()).collect(),
        None => vec![fault.code.as_str().to_owned()],
    }
}

/// A message as JSON, without what is not set; checks and drops the secret that every message has.
pub fn seen(message: &wa::Message) -> Value {
    let mut json = serde_json::to_value(message).unwrap();
    let secret = json["message_context_info"]["message_secret"].take();
    assert_eq!(secret, json!(vec![7; 32]), "the command's secret is in every message");
    prune(&mut json);
    json
}

/// Any part of a message as JSON, without what is not set.
pub fn part(part: &impl serde::Serialize) -> Value {
    let mut json = serde_json::to_value(part).unwrap();
    prune(&mut json);
    json
}

fn prune(json: &mut Value) {
    if let Value::Object(object) = json {
        object.values_mut().for_each(prune);
        object.retain(|_, value| !value.is_null() && *value != json!({}) && *value != json!([]));
    } else if let Value::Array(items) = json {
        items.iter_mut().for_each(prune);
    }
}

/// Material with us and a file.
pub fn material() -> Material {
    Material {
        me: Identity {
            phone: Some("15550001".into()),
            lid: Some(MY_LID.into()),
            device: Some("15550001:3@s.whatsapp.net".into()),
            push_name: None,
        },
        file: Some(file()),
        ..Material::default()
    }
}

/// As [`material`], about a message.
pub fn about(target: KeptMessage) -> Material {
    Material { target: Some(target), target_secret: Some(TARGET_SECRET.to_vec()), ..material() }
}

/// As [`material`], answering a message.
pub fn answering(quoted: KeptMessage) -> Material {
    Material { quoted: Some(quoted), ..material() }
}

/// A kept message.
pub fn kept(chat: &str, sender: Option<&str>, message: wa::Message) -> KeptMessage {
    KeptMessage {
        id: "3EB0BB".into(),
        chat: chat.into(),
        sender: sender.map(str::to_owned),
        at: 1,
        message: Some(message),
    }
}

/// A text.
pub fn text(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.into()), ..Default::default() }
}

/// A picture with a caption and a context.
pub fn picture() -> wa::Message {
    let image = wa::message::ImageMessage {
        direct_path: Some("/v/old".into()),
        caption: Some("old".into()),
        jpeg_thumbnail: Some(vec![1, 2, 3]),
        context_info: MessageField::some(wa::ContextInfo {
            stanza_id: Some("3EB0CC".into()),
            mentioned_jid: vec![BOB.into()],
            expiration: Some(86_400),
            ..Default::default()
        }),
        ..Default::default()
    };
    wa::Message { image_message: MessageField::some(image), ..Default::default() }
}

fn file() -> SentFile {
    SentFile {
        uploaded: Uploaded {
            url: Some("https://mmg.whatsapp.net/v/new?x=1".into()),
            direct_path: "/v/new".into(),
            media_key: "AQE=".into(),
            file_sha256: "AgI=".into(),
            file_enc_sha256: "AwM=".into(),
            file_length: 12_345,
            facts: FileFacts::default(),
        },
        key_timestamp: 1_700_000_000,
        mimetype: "a/b".into(),
        name: Some("named.pdf".into()),
        width: Some(640),
        height: Some(480),
        seconds: Some(7),
        thumbnail: Some(vec![5, 6]),
        waveform: Some(vec![8; 64]),
        pages: Some(3),
        animated: true,
    }
}
