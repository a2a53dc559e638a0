//! The shapes of the answers.

use edgewire_contract::session::SessionStatus;
use serde_json::{Value, json};

/// Their names and themselves.
pub fn all() -> Vec<(&'static str, Value)> {
    let status = json!({"type": "string", "enum": SessionStatus::ALL.map(SessionStatus::as_str)});
    let [text, flag] = [json!({"type": "string"}), json!({"type": "boolean"})];
    let maybe = |name: &str| json!({"type": [name, "null"]});
    let time = json!({"type": "string", "format": "date-time"});
    let id = json!({"$ref": "#/components/schemas/MessageId"});
    let device = json!({"$ref": "#/components/schemas/SessionId"});
    let success = json!({"const": true});
    let measured = [
        ("conversion_applied", maybe("boolean")),
        ("conversion_time_ms", maybe("integer")),
        ("download_time_ms", maybe("integer")),
        ("upload_time_ms", maybe("integer")),
        ("original_format", maybe("string")),
    ];
    let metadata = |own: Vec<(&'static str, Value)>| {
        let mut fields = vec![("device_id", device.clone()), ("async_processing", flag.clone())];
        fields.extend(measured.clone());
        fields.extend(own);
        object(fields, "What was measured on the way; null what is not known.")
    };
    vec![
        ("DeviceTextMetadata", object(vec![("device_id", device.clone())], "")),
        (
            "DeviceAudioMetadata",
            metadata(vec![
                ("audio_size_bytes", maybe("integer")),
                ("audio_format", maybe("string")),
                ("audio_duration_seconds", maybe("number")),
                ("ptt_enabled", flag.clone()),
                ("waveform_generated", maybe("boolean")),
            ]),
        ),
        (
            "DeviceFileMetadata",
            metadata(vec![
                ("media_size_bytes", maybe("integer")),
                ("mime_type", maybe("string")),
                ("width", maybe("integer")),
                ("height", maybe("integer")),
                ("duration_seconds", maybe("number")),
                ("pages", maybe("integer")),
                ("thumbnail_generated", maybe("boolean")),
            ]),
        ),
        ("DeviceTextSent", sent("DeviceTextMetadata")),
        ("DeviceAudioSent", sent("DeviceAudioMetadata")),
        ("DeviceFileSent", sent("DeviceFileMetadata")),
        ("DeviceProcessing", processing()),
        (
            "DeviceJobCancelled",
            object(
                vec![
                    ("success", success.clone()),
                    ("job_id", text.clone()),
                    ("status", json!({"const": "cancelled"})),
                ],
                "It is not sent.",
            ),
        ),
        ("DeviceJob", job()),
        (
            "DeviceEdited",
            object(
                vec![
                    ("success", success.clone()),
                    ("message_id", id.clone()),
                    ("timestamp", time.clone()),
                    ("message", text.clone()),
                ],
                "",
            ),
        ),
        (
            "DeviceDeleted",
            object(vec![("success", success.clone()), ("message_id", id), ("timestamp", time.clone())], ""),
        ),
        (
            "DeviceList",
            object(
                vec![
                    ("success", success.clone()),
                    (
                        "devices",
                        json!({"type": "array", "items": object(
                            vec![
                                ("device_id", device.clone()),
                                ("name", maybe("string")),
                                ("phone_number", maybe("string")),
                                ("push_name", maybe("string")),
                                ("status", status.clone()),
                                ("is_logged_in", flag.clone()),
                            ],
                            "",
                        )}),
                    ),
                ],
                "",
            ),
        ),
        (
            "DeviceStatus",
            object(
                vec![
                    ("success", success.clone()),
                    ("device_id", device.clone()),
                    ("status", status.clone()),
                    ("is_logged_in", flag),
                    ("phone_number", maybe("string")),
                    ("push_name", maybe("string")),
                ],
                "",
            ),
        ),
        (
            "DeviceQr",
            object(
                vec![
                    ("success", success.clone()),
                    ("device_id", device),
                    ("code", text.clone()),
                    ("qr_codes", json!({"type": "array", "items": {"type": "string"}})),
                    ("expires_at", time),
                    ("status", status.clone()),
                ],
                "",
            ),
        ),
        (
            "DevicePairCode",
            object(
                vec![
                    ("success", success.clone()),
                    ("code", text),
                    ("timeout_seconds", json!({"type": "integer"})),
                ],
                "",
            ),
        ),
        ("DeviceChanged", object(vec![("success", success), ("status", status)], "")),
    ]
}

/// A message that was sent, with the metadata of that name.
fn sent(metadata: &str) -> Value {
    object(
        vec![
            ("success", json!({"const": true})),
            ("message_id", json!({"$ref": "#/components/schemas/MessageId"})),
            ("timestamp", json!({"type": "string", "format": "date-time"})),
            ("status", progress()),
            ("chat_jid", json!({"type": "string"})),
            ("metadata", json!({"$ref": format!("#/components/schemas/{metadata}")})),
        ],
        "WhatsApp has acknowledged it.",
    )
}

fn processing() -> Value {
    let mut processing = object(
        vec![
            ("success", json!({"const": true})),
            ("status", progress()),
            ("chat_jid", json!({"type": "string"})),
            ("job_id", json!({"type": "string"})),
            ("timestamp", json!({"type": "string", "format": "date-time"})),
        ],
        "It is on its way: `GET /jobs/{job_id}` tells what becomes of it.",
    );
    processing["properties"]["send_at"] = send_at();
    processing
}

fn send_at() -> Value {
    json!({"type": "string", "format": "date-time", "description": "When it is to go out, where that was said."})
}

fn job() -> Value {
    let metadata = ["DeviceAudioMetadata", "DeviceFileMetadata", "DeviceTextMetadata"]
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let mut job = object(
        vec![
            ("success", json!({"type": "boolean", "description": "`false` once it has failed."})),
            ("job_id", json!({"type": "string"})),
            ("status", progress()),
            (
                "message_id",
                json!({"anyOf": [{"$ref": "#/components/schemas/MessageId"}, {"type": "null"}], "description": "Null of a receipt."}),
            ),
            ("chat_jid", json!({"type": "string"})),
            ("timestamp", json!({"type": "string", "format": "date-time"})),
        ],
        "How far a job is.",
    );
    job["properties"]["metadata"] = json!({"anyOf": metadata, "description": "Once it is sent."});
    job["properties"]["send_at"] = send_at();
    job["properties"]["error"] = json!({"type": "string", "description": "Why it failed."});
    job["properties"]["error_code"] = json!({"type": "string", "description": "Why it failed."});
    job
}

fn progress() -> Value {
    json!({"type": "string", "enum": ["processing", "sent", "failed"]})
}

/// An object with all of `fields`.
pub fn object(fields: Vec<(&'static str, Value)>, about: &str) -> Value {
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let mut schema = json!({"type": "object", "required": required, "properties": properties});
    if !about.is_empty() {
        schema["description"] = about.into();
    }
    schema
}
