//! Linking a session to a phone.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Answer, Body, Operation};
use serde_json::{Value, json};

use super::{of_session, reference};

const MANAGE: &[Capability] = &[Capability::Manage];
const UNCACHED: &str = "`no-store`: the code is a secret, and soon another.";

pub(super) fn operations() -> Vec<Operation> {
    let code = json!({
        "qr_codes": ["2@abc…"], "code": "2@abc…", "expires_at": 1_781_524_820, "timeout_seconds": 20,
        "status": "waiting_for_qr",
    });
    vec![
        get("/qr", "getQr", "Get the QR code")
            .told("The code that is valid now; WhatsApp replaces it every 20 seconds or so. 404 (with `details.status`) while there is none, 409 once the session is paired. Who has the code can link the session to a phone of his own.")
            .answer(Answer::json(200, "The code.", reference("QrCode"), code).header("Cache-Control", UNCACHED)),
        get("/qr.png", "getQrPng", "Get the QR code as PNG").told("As `/qr`.").answer(
            Answer::of(200, "The picture.", "image/png", json!({})).header("Cache-Control", UNCACHED),
        ),
        get("/qr.svg", "getQrSvg", "Get the QR code as SVG").told("As `/qr`.").answer(
            Answer::of(200, "The picture.", "image/svg+xml", json!({"type": "string"}))
                .header("Cache-Control", UNCACHED),
        ),
        pair(),
        answer_passkey(),
        confirm_passkey(),
    ]
}

fn get(tail: &str, id: &str, summary: &str) -> Operation {
    of_session("GET", tail, id, MANAGE).tagged("Pairing").summed_up(summary).fails(&[FaultCode::Conflict])
}

fn pair() -> Operation {
    let schema = json!({
        "type": "object", "required": ["code", "timeout_seconds"],
        "properties": {
            "code": {"type": "string", "description": "What is to be typed into the phone."},
            "timeout_seconds": {"type": "integer", "minimum": 0, "description": "How long it works."},
        },
    });
    of_session("POST", "/pair", "pair", MANAGE)
        .tagged("Pairing")
        .summed_up("Get a pair code")
        .told("Asks WhatsApp for a code to type into the phone instead of a QR code to scan, and waits for it. 409 once the session is paired, and while it waits for a passkey.")
        .body(
            Body::json(reference("PairRequest"))
                .example("random", json!({"phone_number": "+62 812 3456 789"}))
                .example(
                    "custom",
                    json!({
                        "phone_number": "628123456789", "show_push_notification": true, "custom_code": "EDGEW1RE",
                    }),
                ),
        )
        .answer(
            Answer::json(200, "The code.", schema, json!({"code": "ABCD-EFGH", "timeout_seconds": 180}))
                .header("Cache-Control", UNCACHED),
        )
        .fails(&[FaultCode::Conflict, FaultCode::RecipientUnavailable, FaultCode::Timeout])
}

/// A step of a passkey's handshake, which WhatsApp takes or does not.
fn step_of_passkey(path: &'static str, id: &'static str) -> Operation {
    of_session("POST", path, id, MANAGE)
        .tagged("Pairing")
        .answer(Answer::json(
            200,
            "WhatsApp took it.",
            reference("SessionChange"),
            json!({"success": true, "status": "waiting_for_passkey"}),
        ))
        .fails(&[
            FaultCode::Conflict,
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::Timeout,
        ])
}

fn answer_passkey() -> Operation {
    let example = json!({
        "id": "kZkBKxPkQ4pV", "rawId": "kZkBKxPkQ4pV", "type": "public-key",
        "response": {
            "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0", "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_k",
            "signature": "MEUCIQDTGVxh", "userHandle": "dXNlcg",
        },
    });
    step_of_passkey("/passkey", "answerPasskey")
        .summed_up("Answer with a passkey")
        .told("Some accounts let a device be linked only with a passkey of theirs. WhatsApp asks for it after the QR code was scanned or the pair code typed: the session is `waiting_for_passkey`, and an `auth.passkey` event with the step `request` has `options`, which are a WebAuthn `PublicKeyCredentialRequestOptions` in JSON. Have the owner's authenticator sign them: `navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})` in a browser, the Credential Manager on Android. The passkey belongs to `web.whatsapp.com` (`rpId`), so a browser signs only on that page (by an extension, say). Post the credential's `toJSON()` here. Next comes an `auth.passkey` event with the step `confirmation`: where it has a `code`, compare it with the phone's and confirm it; where it has none, the pairing goes on by itself. 409 (with `details.status`) while no passkey is asked for, or after it was answered; 422 when WhatsApp does not take what was signed, and then another answer may be given.")
        .body(Body::json(reference("PasskeyAssertion")).example("signed", example))
}

fn confirm_passkey() -> Operation {
    step_of_passkey("/passkey/confirm", "confirmPasskey")
        .summed_up("Confirm a passkey's code")
        .told("Ends a pairing that a passkey secures, once a person has seen that the phone shows the `code` of the `auth.passkey` event with the step `confirmation`. The session is `connected` a moment after the phone has confirmed it too. 409 (with `details.status`) while there is nothing to confirm; 422 when WhatsApp does not take it: the pairing begins anew then, with another QR code.")
}

pub(super) fn qr_code() -> Value {
    json!({
        "type": "object",
        "description": "A QR code to scan.",
        "required": ["qr_codes", "code", "expires_at", "timeout_seconds", "status"],
        "properties": {
            "qr_codes": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1, "description": "The code, as a list: for clients of gateways that give all codes at once."},
            "code": {"type": "string", "description": "The text to draw."},
            "expires_at": {"type": "integer", "description": "Until when it can be scanned, unix seconds."},
            "timeout_seconds": {"type": "integer", "minimum": 0, "description": "The same, from now on."},
            "status": reference("SessionStatus"),
        },
    })
}
