//! Sends, edits, deletions and jobs.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::media::MediaKind;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Body, Operation, Parameter};
use serde_json::{Value, json};

use super::{AT, DEVICE, JOB, answer, device_id, operation};
use crate::delete::Deletion;
use crate::edit::Editing;
use crate::wording;

/// The chapter.
pub const TAG: &str = "Device API: messages";
const SEND: &[Capability] = &[Capability::Send];
/// A message in the examples.
pub const ID: &str = "3EB0A1B2C3D4E5F60718";
/// A person in the examples.
pub const PERSON: &str = "5511999999999@s.whatsapp.net";

/// Every send.
pub fn sends() -> Vec<Operation> {
    vec![
        text(),
        file(
            MediaKind::Image,
            "Image",
            "Send an image",
            json!({"image_url": "https://example.com/image.jpg", "caption": "Look!"}),
        ),
        file(
            MediaKind::Video,
            "Video",
            "Send a video",
            json!({"video_url": "https://example.com/video.mp4"}),
        ),
        file(
            MediaKind::Audio,
            "Audio",
            "Send an audio message",
            json!({"audio_url": "https://example.com/audio.mp3", "ptt": true}),
        ),
        file(
            MediaKind::Document,
            "Document",
            "Send a document",
            json!({"document_url": "https://example.com/report.pdf", "file_name": "report.pdf"}),
        ),
        file(
            MediaKind::Sticker,
            "Sticker",
            "Send a sticker",
            json!({"sticker_url": "https://example.com/sticker.webp"}),
        ),
    ]
}

/// What all routes have that send something.
fn sending(method: &'static str, path: &'static str, id: &str) -> Operation {
    operation(method, path, id, TAG)
        .needs(SEND)
        .parameter(device_id())
        .parameter(Parameter::asynchronous())
        .parameter(Parameter::idempotency_key())
        .fails(&[
            FaultCode::Conflict,
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::NotImplemented,
            FaultCode::RateLimited,
            FaultCode::Timeout,
        ])
        .answer(answer(202, "It is on its way, and is a job.", "DeviceProcessing", processing()))
}

fn text() -> Operation {
    let example = json!({"number": "5511999999999", "text": "Hello", "quoted": ID, "delay": 1000});
    sending("POST", "/send/text", "deviceSendText")
        .summed_up("Send a text message")
        .body(Body::json(wording::text_schema()).example("text", example))
        .answer(answer(200, "Sent.", "DeviceTextSent", sent(json!({"device_id": DEVICE}))))
}

fn file(kind: MediaKind, name: &str, summary: &str, own: Value) -> Operation {
    let path = match kind {
        MediaKind::Image => "/send/image",
        MediaKind::Video => "/send/video",
        MediaKind::Audio => "/send/audio",
        MediaKind::Document => "/send/document",
        MediaKind::Sticker => "/send/sticker",
    };
    let mut example = json!({"number": "5511999999999"});
    if let (Some(example), Some(own)) = (example.as_object_mut(), own.as_object()) {
        example.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    let audio = kind == MediaKind::Audio;
    let told = if audio {
        "The clip comes as base64 or from a URL, in any usual format, and goes out as Opus. One over 2 MiB or 120 seconds is not waited for: 202 with a job."
    } else {
        "The file comes as base64 or from a URL."
    };
    let (schema, metadata) = if audio { ("DeviceAudioSent", clip()) } else { ("DeviceFileSent", picture()) };
    sending("POST", path, &format!("deviceSend{name}"))
        .summed_up(summary)
        .told(told)
        .body(Body::json(wording::file_schema(kind)).example("url", example))
        .answer(answer(200, "Sent.", schema, sent(metadata)))
        .fails(&[FaultCode::UnsupportedMediaType, FaultCode::MediaFetchFailed])
}

/// `PUT /messages/{id}`.
pub fn edit() -> Operation {
    let example = json!({"to": "5511999999999", "message": "Hello again"});
    let told = json!({"success": true, "message_id": ID, "timestamp": AT, "message": "Hello again"});
    sending("PUT", "/messages/{id}", "deviceEditMessage")
        .summed_up("Edit a previously sent message")
        .told("Replaces the text of a message that the device sent. WhatsApp takes edits for some 15 minutes. A message that is not known in that chat is a 404.")
        .parameter(message())
        .body(Body::json(Editing::schema()).example("text", example))
        .answer(answer(200, "Edited.", "DeviceEdited", told))
}

/// `DELETE /messages/{id}`.
pub fn delete() -> Operation {
    let example = json!({"chat_jid": PERSON, "deleteType": "for_everyone"});
    let told = json!({"success": true, "message_id": ID, "timestamp": AT});
    sending("DELETE", "/messages/{id}", "deviceDeleteMessage")
        .summed_up("Delete a message")
        .told("For everyone, or on the account's own devices; the latter only while the device is connected, and it is always waited for.")
        .parameter(message())
        .body(Body::json(Deletion::schema()).example("everyone", example))
        .answer(answer(200, "Deleted.", "DeviceDeleted", told))
}

/// `GET /jobs/{job_id}`.
pub fn job() -> Operation {
    let mut told = json!({"success": true, "job_id": JOB, "status": "sent", "message_id": ID, "chat_jid": PERSON, "timestamp": AT});
    told["metadata"] = clip();
    told["metadata"]["async_processing"] = true.into();
    operation("GET", "/jobs/{job_id}", "deviceJob", TAG)
        .summed_up("Get what became of a job")
        .told("For 24 hours after the send or its end.")
        .needs(&[Capability::Read, Capability::Send])
        .parameter(Parameter::path("job_id", "The job.", json!({"type": "string"})).such_as(JOB))
        .answer(answer(200, "How far it is.", "DeviceJob", told))
}

/// `DELETE /jobs/{job_id}`.
pub fn cancel() -> Operation {
    let told = json!({"success": true, "job_id": JOB, "status": "cancelled"});
    operation("DELETE", "/jobs/{job_id}", "deviceCancelJob", TAG)
        .summed_up("Cancel a scheduled message")
        .told("Takes a message that was sent with `send_at` back before its time. 409 for what is on its way or has ended.")
        .needs(SEND)
        .parameter(Parameter::path("job_id", "The job.", json!({"type": "string"})).such_as(JOB))
        .fails(&[FaultCode::Conflict])
        .answer(answer(200, "Cancelled.", "DeviceJobCancelled", told))
}

/// `{id}`.
pub fn message() -> Parameter {
    let schema = json!({"$ref": "#/components/schemas/MessageId"});
    Parameter::path("id", "The message's id at WhatsApp.", schema).such_as(ID)
}

fn sent(metadata: Value) -> Value {
    json!({"success": true, "message_id": ID, "timestamp": AT, "status": "sent", "chat_jid": PERSON, "metadata": metadata})
}

/// What is on its way.
pub fn processing() -> Value {
    json!({"success": true, "status": "processing", "chat_jid": PERSON, "job_id": JOB, "timestamp": AT})
}

fn clip() -> Value {
    json!({
        "device_id": DEVICE, "audio_size_bytes": 48_213, "audio_format": "audio/ogg; codecs=opus",
        "audio_duration_seconds": 12.4, "conversion_time_ms": 85, "download_time_ms": 140, "upload_time_ms": 210,
        "ptt_enabled": true, "conversion_applied": true, "original_format": "audio/mpeg", "waveform_generated": true,
        "async_processing": false,
    })
}

fn picture() -> Value {
    json!({
        "device_id": DEVICE, "media_size_bytes": 48_213, "mime_type": "image/jpeg", "original_format": "image/png",
        "conversion_applied": true, "conversion_time_ms": 12, "download_time_ms": 140, "upload_time_ms": 210,
        "width": 1280, "height": 720, "duration_seconds": null, "pages": null, "thumbnail_generated": true,
        "async_processing": false,
    })
}
