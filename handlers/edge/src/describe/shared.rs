//! The schemas that every component may refer to as `#/components/schemas/<name>`.

use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::media::MAX_DOCUMENT_BYTES;
use edgewire_contract::session::SessionStatus;
use serde_json::{Value, json};

use super::stored::{self, STORED_MESSAGE};

/// Their names and themselves.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let jid = |description: &str, pattern: &str, example: &str| json!({"type": "string", "description": description, "pattern": pattern, "examples": [example]});
    vec![
        (
            "SessionId",
            json!({"type": "string", "description": "A session: a WhatsApp number that is linked.", "pattern": "^[A-Za-z0-9_-]{1,64}$", "examples": ["main"]}),
        ),
        (
            "SessionStatus",
            json!({"type": "string", "description": "A session's state, true of the live socket, not of the last command.", "enum": SessionStatus::ALL.map(SessionStatus::as_str)}),
        ),
        ("EventKind", json!({"type": "string", "description": "A kind of event.", "enum": EVENT_KINDS})),
        (
            "MessageId",
            json!({"type": "string", "description": "A message's id at WhatsApp.", "pattern": "^[A-Za-z0-9_.:-]{1,64}$", "examples": ["3EB0218E40B57E61441F58"]}),
        ),
        (
            "Recipient",
            jid(
                "A phone number (7 to 15 digits; a leading `+`, spaces, dashes, dots and parentheses are dropped) or a JID: `@s.whatsapp.net`, `@lid`, `@g.us`, `@newsletter`, `status@broadcast`.",
                "^(\\+?[0-9 .()-]{7,40}|[0-9]{7,15}@s\\.whatsapp\\.net|[0-9]{1,20}@lid|[0-9-]{1,32}@g\\.us|[0-9]{1,32}@newsletter|status@broadcast)$",
                "628123456789",
            ),
        ),
        (
            "Person",
            jid(
                "A person: a phone number or a JID (`@s.whatsapp.net`, `@lid`).",
                "^(\\+?[0-9 .()-]{7,40}|[0-9]{7,15}@s\\.whatsapp\\.net|[0-9]{1,20}@lid)$",
                "628123456789",
            ),
        ),
        ("Group", jid("A group's JID.", "^[0-9-]{1,32}@g\\.us$", "120363021234567890@g.us")),
        (
            "Newsletter",
            jid(
                "The JID of a newsletter (channel).",
                "^[0-9]{1,32}@newsletter$",
                "120363000000000000@newsletter",
            ),
        ),
        (
            "Phone",
            jid(
                "A phone number with its country code, 7 to 15 digits; a leading `+`, spaces, dashes, dots and parentheses are dropped.",
                "^\\+?[0-9 .()-]{7,40}$",
                "+628123456789",
            ),
        ),
        ("Media", media("direct_path", "media_key", "file_sha256", "file_enc_sha256", "file_length")),
        ("MediaFile", media("directPath", "mediaKey", "fileSha256", "fileEncSha256", "fileLength")),
        (STORED_MESSAGE, stored::schema()),
    ]
}

/// A file in one of its three forms; the names are those of the uploaded one.
fn media(path: &str, key: &str, sha256: &str, enc_sha256: &str, length: &str) -> Value {
    let mimetype = json!({"type": "string", "maxLength": 127, "pattern": "^[ -~]*/[ -~]*$", "description": "The file's type; its content counts in the end."});
    let url = json!({"type": "string", "format": "uri", "maxLength": 2048, "pattern": "^https?://[!-~]+$"});
    let hash = json!({"type": "string", "contentEncoding": "base64", "minLength": 44, "maxLength": 44});
    let uploaded = json!({
        path: {"type": "string", "maxLength": 2048, "pattern": "^/[!-~]*$"}, key: hash, sha256: hash, enc_sha256: hash,
        length: {"type": "integer", "minimum": 0, "maximum": 2u64 << 30}, "url": url, "mimetype": mimetype,
    });
    json!({
        "description": format!("A file: at a URL, or in the request, or uploaded before (what `POST …/media/upload` gives). At most {} MiB.", MAX_DOCUMENT_BYTES >> 20),
        "oneOf": [
            {
                "title": "At a URL", "type": "object", "required": ["url"],
                "properties": {"url": url, "mimetype": mimetype},
                "not": {"anyOf": [{"required": ["data"]}, {"required": [path]}, {"required": [key]}]},
            },
            {
                "title": "In the request", "type": "object", "required": ["data"],
                "properties": {
                    "data": {"type": "string", "contentEncoding": "base64", "minLength": 4, "description": "Base64, or a data: URI."},
                    "mimetype": mimetype,
                },
                "not": {"anyOf": [{"required": ["url"]}, {"required": [path]}, {"required": [key]}]},
            },
            {
                "title": "Uploaded", "type": "object", "required": [path, key, sha256, enc_sha256, length],
                "properties": uploaded, "not": {"required": ["data"]},
            },
        ],
    })
}
