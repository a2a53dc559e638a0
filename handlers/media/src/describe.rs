//! The routes, told for `openapi.json`.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::media::{MAX_DOCUMENT_BYTES, MAX_MEDIA_BYTES};
use edgewire_contract::shape::Record as _;
use edgewire_edge::asking::{ACT, LOOK};
use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
use edgewire_edge::render::Family;
use serde_json::{Value, json};

use crate::download::Wanted;

/// Tells the component's routes.
pub fn describe() -> Description {
    Description::of(vec![upload(), download(), received(), device()])
}

fn example() -> Value {
    json!({
        "url": "https://mmg.whatsapp.net/v/t62.7118-24/12345_n.enc?ccb=11-4",
        "direct_path": "/v/t62.7118-24/12345_n.enc?ccb=11-4",
        "media_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "file_sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "file_enc_sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "file_length": 12345,
        "mimetype": "image/jpeg",
        "kind": "image",
    })
}

/// [`Wanted`], as an upload gives it.
fn uploaded() -> Value {
    let mut schema = Wanted::schema();
    schema["description"] = "The uploaded format: a file on WhatsApp's media servers, for any message. What was found out of the file (`seconds`, `width`, `height`, `thumbnail`, …) stands in it too; give it back as it is.".into();
    schema
}

fn upload() -> Operation {
    let kinds = json!({"type": "string", "enum": ["image", "video", "audio", "document", "sticker"]});
    let bytes = json!({"type": "string", "format": "binary"});
    let form = json!({
        "type": "object", "required": ["file"],
        "properties": {
            "file": bytes,
            "kind": kinds,
            "mimetype": {"type": "string", "description": "The file's type, where its part does not say it."},
        },
    });
    let told = format!(
        "Puts a file on WhatsApp's media servers, to be sent in as many messages as you like. The body is the file (its type is the body's `Content-Type`), or a form with it. At most {} MiB, of a document {} MiB.",
        MAX_MEDIA_BYTES >> 20,
        MAX_DOCUMENT_BYTES >> 20,
    );
    let kind = "What it is to be sent as. By its type when left out: `image/*` an image, `video/*` a video, `audio/*` audio, anything else a document.";
    Operation::new("POST", "/api/v1/sessions/{session}/media/upload", "uploadMedia")
        .tagged("Media")
        .summed_up("Upload a file")
        .told(told)
        .needs(ACT)
        .parameter(Parameter::session())
        .parameter(Parameter::query("kind", kind, kinds).such_as("image"))
        .body(Body::of("application/octet-stream", json!({})).or("multipart/form-data", form))
        .answer(Answer::json(200, "Where it is, and the keys to it.", uploaded(), example()))
        .fails(FAILS)
        .fails(&[FaultCode::UnsupportedMediaType])
}

fn download() -> Operation {
    Operation::new("POST", "/api/v1/sessions/{session}/media/download", "downloadMedia")
        .tagged("Media")
        .summed_up("Download a file")
        .told("Gets a file from WhatsApp's media servers: one that was uploaded, or that came in a message.")
        .needs(LOOK)
        .parameter(Parameter::session())
        .body(Body::json(Wanted::schema()).example("image", example()))
        .answer(
            Answer::of(200, "The file.", "application/octet-stream", json!({}))
                .header("Content-Type", "The `mimetype` that was asked with.")
                .header("Content-Length", "The file's length, bytes.")
                .header("Content-Disposition", "`attachment`."),
        )
        .fails(FAILS)
}

fn received() -> Operation {
    let whole = |status, description: &str| {
        Answer::of(status, description, "application/octet-stream", json!({}))
            .header("Content-Type", "The type that its sender says.")
            .header("Content-Length", "How many bytes come.")
            .header("Content-Disposition", "`attachment`, with the name that its sender gave it.")
            .header("ETag", "The SHA-256 of the file.")
    };
    let retry = json!({
        "type": "object", "required": ["status", "messageId"],
        "properties": {"status": {"const": "retry_requested"}, "messageId": {"type": "string"}},
    });
    Operation::new("GET", "/api/v1/sessions/{session}/messages/{mid}/media", "getMessageMedia")
        .tagged("Media")
        .summed_up("A message's file")
        .told("The file of a message that was sent or received: from the cache, else from WhatsApp. When WhatsApp has it no more, its sender is asked to upload it again: 202, and after the event `media.retry` it is there.")
        .needs(LOOK)
        .parameter(Parameter::session())
        .parameter(Parameter::path("mid", "The message's id.", json!({"$ref": "#/components/schemas/MessageId"})).such_as("3EB0AA"))
        .parameter(Parameter::header("Range", "A part of it: `bytes=0-1023`.", json!({"type": "string"})))
        .parameter(Parameter::header("If-None-Match", "ETags that you have.", json!({"type": "string"})))
        .answer(whole(200, "The file."))
        .answer(whole(206, "The part that was asked for.").header("Content-Range", "Which part, of how many bytes."))
        .answer(Answer::json(202, "Its sender was asked for it again.", retry, json!({"status": "retry_requested", "messageId": "3EB0AA"})))
        .answer(Answer::empty(304, "You have it: `If-None-Match` names it."))
        .answer(Answer::empty(416, "It has no such part.").header("Content-Range", "How many bytes it has."))
        .fails(FAILS)
}

fn device() -> Operation {
    let bytes = |status, description: &str| {
        Answer::of(status, description, "application/octet-stream", json!({}))
            .header("Content-Type", "The type that its sender says.")
            .header("Content-Length", "How many bytes come.")
            .header("Content-Disposition", "`attachment`, with the name that its sender gave it.")
            .header("ETag", "The SHA-256 of the file.")
    };
    let retry = json!({
        "type": "object", "required": ["success", "status"],
        "properties": {"success": {"const": false}, "status": {"const": "retry_requested"}},
    });
    let id = json!({"$ref": "#/components/schemas/MessageId"});
    let session = json!({"$ref": "#/components/schemas/SessionId"});
    Operation::new("GET", "/messages/{id}/media", "deviceMessageMedia")
        .of_family(Family::Device)
        .tagged("Device API: messages")
        .summed_up("Get a message's file")
        .told("From the cache, else from WhatsApp. When WhatsApp has it no more, its sender is asked to upload it again: 202, and a later call gets it.")
        .needs(LOOK)
        .parameter(Parameter::path("id", "The message's id.", id).such_as("3EB0AA"))
        .parameter(Parameter::query("device_id", "The device. Without it, the message is looked for on all that the token may use.", session).such_as("main"))
        .parameter(Parameter::header("Range", "A part of it: `bytes=0-1023`.", json!({"type": "string"})))
        .parameter(Parameter::header("If-None-Match", "ETags that you have.", json!({"type": "string"})))
        .answer(bytes(200, "The file."))
        .answer(bytes(206, "The part that was asked for.").header("Content-Range", "Which part, of how many bytes."))
        .answer(Answer::json(202, "Its sender was asked for it again.", retry, json!({"success": false, "status": "retry_requested"})))
        .answer(Answer::empty(304, "You have it: `If-None-Match` names it."))
        .answer(Answer::empty(416, "It has no such part.").header("Content-Range", "How many bytes it has."))
        .fails(FAILS)
        .fails(&[FaultCode::NotFound])
}

const FAILS: &[FaultCode] = &[
    FaultCode::SessionNotConnected,
    FaultCode::RateLimited,
    FaultCode::MediaFetchFailed,
    FaultCode::Timeout,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
