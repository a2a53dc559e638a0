//! The bodies of sends: where a message goes and what it answers, and the file that it carries.

use edgewire_contract::command::Quoted;
use edgewire_contract::content::{Audio, Content, Document, Image, Sticker, Text, Video};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::SessionId;
use edgewire_contract::jid::Jid;
use edgewire_contract::media::{Media, MediaKind, Source};
use edgewire_contract::shape::media::{Mimetype, from_text};
use edgewire_contract::shape::{
    Moment, Optional, Record as _, Rule, Text as TextRule, flag, message_id, optional, person, recipient,
    session_id, text, url, whole,
};
use edgewire_edge::draft::{Draft, mentioned};
use serde_json::{Value, json};

/// The longest pause before a message, ms.
const LONGEST_DELAY: i64 = 60_000;

edgewire_contract::record! {
    /// What every send takes.
    pub struct Addressing {
        /// Where it goes: a phone number, or the JID of a person, a group, a newsletter or the status.
        pub number: Jid = recipient();
        /// Whom it mentions.
        pub mentions: Vec<Jid> = mentioned();
        /// The message that it answers.
        pub quoted: Option<Quoted> = optional(QuotedRule);
        /// How long to wait before it is sent, milliseconds. What takes over half of the time that a synchronous call waits (15 s unless configured otherwise) is not waited for: 202 with a job.
        pub delay: Option<i64> = optional(whole(0, LONGEST_DELAY));
        /// When to send it. The answer is 202 with a job, which `DELETE /jobs/{job_id}` takes back until then. A time that is over is now.
        pub send_at: Option<i64> = optional(Moment::TEXT);
        /// The device that sends it. May be left out where there is one, or where the query names it. In a body over 1 MiB it stands before the file.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

/// What a body asks for.
#[derive(Debug)]
pub struct Wish {
    /// The message.
    pub draft: Draft,
    /// The device that it names.
    pub device: Option<SessionId>,
}

impl Wish {
    /// Reads a text. `None` after noting what is wrong.
    pub fn text(fields: &mut Fields<'_>) -> Option<Self> {
        let addressing = Addressing::read(fields);
        let content = Text::read(fields).map(Content::Text);
        Some(Self::of(addressing?, content?, true))
    }

    /// Reads a file of `kind`. `None` after noting what is wrong.
    pub fn file(kind: MediaKind, fields: &mut Fields<'_>) -> Option<Self> {
        let addressing = Addressing::read(fields);
        let content = content(kind, fields);
        // WhatsApp carries no mentions in a sticker.
        Some(Self::of(addressing?, content?, kind != MediaKind::Sticker))
    }

    fn of(addressing: Addressing, content: Content, mentions: bool) -> Self {
        let Addressing { number, mentions: mentioned, quoted, delay, send_at, device_id } = addressing;
        let mut draft = Draft::new(number, content);
        draft.reply_to = quoted;
        draft.mentions = if mentions { mentioned } else { Vec::new() };
        draft.delay_ms = delay.map_or(0, i64::unsigned_abs);
        draft.send_at = send_at;
        Self { draft, device: device_id }
    }
}

/// The rule of `caption`.
const CAPTION: Optional<TextRule> = optional(text(1, 1024));
/// The rule of `file_name`.
const FILE_NAME: Optional<TextRule> = optional(text(1, 255));

fn content(kind: MediaKind, fields: &mut Fields<'_>) -> Option<Content> {
    let media = media(kind, fields);
    let caption = CAPTION.read(fields, "caption");
    let filename = FILE_NAME.read(fields, "file_name");
    let view_once = fields.flag("view_once", false);
    let ptt = kind == MediaKind::Audio && fields.flag("ptt", false);
    if view_once && !once(kind) {
        // To ignore it would show for good what its sender meant to be seen once.
        fields.note("view_once", format!("WhatsApp has no {} that is seen once", kind.as_str()));
    }
    let (media, caption, filename) = (media?, caption?, filename?);
    Some(match kind {
        MediaKind::Image => Content::Image(Image { image: media, caption, view_once }),
        MediaKind::Video => Content::Video(Video { video: media, caption, view_once, gif_playback: false }),
        MediaKind::Audio => Content::Audio(Audio { audio: media, ptt, view_once }),
        MediaKind::Document => Content::Document(Document { document: media, filename, caption }),
        MediaKind::Sticker => Content::Sticker(Sticker { sticker: media }),
    })
}

/// Whether WhatsApp has files of the kind that are seen once.
fn once(kind: MediaKind) -> bool {
    matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Audio)
}

/// The field of a file's URL.
fn url_field(kind: MediaKind) -> String {
    format!("{}_url", kind.as_str())
}

/// Reads the file: in the field of its kind, or at the URL beside it.
fn media(kind: MediaKind, fields: &mut Fields<'_>) -> Option<Media> {
    let (field, at_url) = (kind.as_str(), url_field(kind));
    let mimetype = optional(Mimetype).read(fields, "mime_type");
    match (fields.raw(field).is_some(), fields.raw(&at_url).is_some()) {
        (true, false) => from_text(fields, field, mimetype.clone().flatten()),
        (false, true) => {
            let url = url().read(fields, &at_url)?;
            Some(Media { source: Source::Url { url }, mimetype: mimetype.clone().flatten() })
        }
        (false, false) => {
            fields.note(field, format!("is required, or {at_url}"));
            None
        }
        (true, true) => {
            fields.note(&at_url, format!("cannot stand beside {field}"));
            None
        }
    }
    .filter(|_| mimetype.is_some())
}

/// A message that is quoted: its id, or an object with its id and its sender.
#[derive(Debug, Clone, Copy)]
pub struct QuotedRule;

impl Rule for QuotedRule {
    type Value = Quoted;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Quoted> {
        if !matches!(fields.raw(field), Some(Value::Object(_))) {
            return message_id().read(fields, field).map(|message_id| Quoted { message_id, sender: None });
        }
        fields.object(field, |inner| {
            let id = message_id().read(inner, "message_id");
            let sender = optional(person()).read(inner, "sender");
            Some(Quoted { message_id: id?, sender: sender? })
        })
    }

    fn schema(&self) -> Value {
        json!({
            "oneOf": [
                message_id().schema(),
                {
                    "type": "object", "required": ["message_id"],
                    "properties": {"message_id": message_id().schema(), "sender": person().schema()},
                },
            ],
        })
    }
}

/// The JSON schema of a text's body. Not for a component.
pub fn text_schema() -> Value {
    merged(Addressing::schema(), Text::schema())
}

/// The JSON schema of the body of a file of `kind`. Not for a component.
pub fn file_schema(kind: MediaKind) -> Value {
    let (field, at_url) = (kind.as_str(), url_field(kind));
    let types = if kind.types().is_empty() { "any type".to_owned() } else { kind.types().join(", ") };
    let about = format!("The file, base64 or a data: URI; at most {} MiB: {types}.", kind.max_bytes() >> 20);
    let told = |schema: Value, about: &str| {
        let mut schema = schema;
        schema["description"] = about.into();
        schema
    };
    let mut own = json!({
        field: {"type": "string", "contentEncoding": "base64", "minLength": 4, "description": about},
        at_url.as_str(): told(url().schema(), "Where the file is, instead of the file."),
        "mime_type": told(Mimetype.schema(), "The file's type; its content counts in the end."),
    });
    if !matches!(kind, MediaKind::Audio | MediaKind::Sticker) {
        own["caption"] = told(CAPTION.schema(), "Text below it.");
    }
    if kind == MediaKind::Document {
        own["file_name"] = told(FILE_NAME.schema(), "The name it is shown with.");
    }
    if once(kind) {
        own["view_once"] = told(flag(false).schema(), "Whether it can be opened once only.");
    }
    if kind == MediaKind::Audio {
        own["ptt"] = told(flag(false).schema(), "Whether it is a voice note (push to talk).");
    }
    let mut schema = merged(Addressing::schema(), json!({"properties": own}));
    schema["oneOf"] = json!([{"required": [field]}, {"required": [at_url]}]);
    schema
}

/// An object with the fields of both.
fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(fields), Some(more)) = (one["properties"].as_object_mut(), other["properties"].as_object()) {
        fields.extend(more.iter().map(|(name, schema)| (name.clone(), schema.clone())));
    }
    if let (Some(names), Some(more)) = (one["required"].as_array_mut(), other["required"].as_array()) {
        names.extend(more.iter().cloned());
    }
    one["description"] = Value::Null;
    if let Value::Object(object) = &mut one {
        object.remove("description");
    }
    one
}
