//! The session's own life.

use serde_json::{Value, json};

use super::build::{Named, maybe, object, one_of, reference, text, whole};

/// The schemas.
pub fn schemas() -> Vec<Named> {
    let qr = ("A QR code to scan.", "The text to draw.", "Until when it can be scanned, unix milliseconds.");
    let pair =
        ("A pair code to type into the phone.", "`ABCD-EFGH`.", "Until when it works, unix milliseconds.");
    vec![
        ("SessionStatusEvent", status()),
        ("AuthQrEvent", code(qr)),
        ("AuthCodeEvent", code(pair)),
        ("AuthPasskeyEvent", passkey()),
    ]
}

fn status() -> Value {
    object(
        "The session's state changed.",
        [
            ("status", reference("SessionStatus")),
            ("reason", maybe("Why, in words; null when there is nothing to say.")),
            ("phone_number", maybe("The account's phone number (digits), once paired.")),
            ("push_name", maybe("The account's name, once known.")),
        ],
    )
}

fn code((about, code, until): (&str, &str, &str)) -> Value {
    object(about, [("code", text(code)), ("expires_at", whole(until))])
}

fn passkey() -> Value {
    object(
        "A pairing asks for a passkey, or goes on after it. What is to be done is told with `POST …/passkey` and `POST …/passkey/confirm`.",
        [
            ("step", one_of("Which step.", &["request", "confirmation", "error"])),
            (
                "options",
                json!({"type": ["object", "null"], "description": "A WebAuthn `PublicKeyCredentialRequestOptions` in JSON, for the owner's authenticator; of a request."}),
            ),
            (
                "code",
                maybe(
                    "What the phone shows; of a confirmation. Null where there is nothing to compare: then it goes on by itself.",
                ),
            ),
            ("error", maybe("Why it did not work.")),
        ],
    )
}
