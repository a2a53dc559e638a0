//! What stands in front of the document, and its chapters.

use serde_json::{Value, json};

const ABOUT: &str = "\
A self-hosted WhatsApp gateway. Make a session, scan its QR code, send and receive.

**Two families of routes** share the sessions, the tokens and the commands: the *Sessions API* under `/api/v1`, with the \
session in the path, and the *Device API* (`/messages/…`, `/send/…`), where the token says whose device is meant.

**Tokens.** `Authorization: Bearer <token>` or `X-Api-Key: <token>`. What a token may do are its capabilities: `read`, \
`send`, `manage`, `events`, `admin`; each operation names the one it needs (for programs in `x-capabilities`: one of these; \
and `x-deployment`, where it takes a token of the deployment). What belongs to another organization is 404, \
never 403; a token of the deployment administrates all organizations. A token that was revoked, has expired, or whose \
organization or user is disabled, is refused from the next request on. Where the gateway takes logins, a JWT of its identity \
provider is a token, too: it may do what its role may, and is refused within half a minute.

**Errors.** The Sessions API answers `{\"error\":{\"code\",\"message\",\"details\"}}`, the Device API \
`{\"success\":false,\"error\",\"error_code\",\"timestamp\"}`. A 400 names all bad fields. Of a path that exists, a method \
that does not is 405 with `Allow`. A 500 is a fault of the gateway's; its `X-Request-Id` leads to the cause in the log. A \
503 means that Redis could not be reached (or that a login cannot be verified now): a send may or may not have been \
accepted, and is safe to repeat with an `Idempotency-Key`.

**Every answer** has an `X-Request-Id`: yours, if you send one. Unknown JSON fields are ignored. Times are unix seconds in \
snake_case answers, unix milliseconds in camelCase ones and in events, RFC 3339 in the Device API.";

/// Title, version, licence, description.
pub fn info() -> Value {
    json!({
        "title": "Edgewire",
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        "description": ABOUT,
    })
}

/// The chapters in reading order: name and description.
const TAGS: &[(&str, &str)] = &[
    ("Sessions", "A session is a WhatsApp number that is linked to the gateway."),
    ("Pairing", "Linking a session to a phone."),
    ("Messages", "Sending, and what became of it."),
    ("Chats", "What is kept of chats, and of their messages."),
    ("Media", "Files, up and down."),
    ("Groups", "Groups, their members and invite links."),
    ("Contacts", "Other people."),
    ("Presence", "What the others see of the account."),
    ("Newsletters", "Channels and their posts."),
    ("Events", "What happens to the sessions, as it happens or from any point on."),
    ("Webhooks", "Events, sent to where you want them."),
    ("Tokens", "Who may do what, and who decided it."),
    ("Organizations", "Those who share the gateway, and their users."),
    (
        "Device API: messages",
        "The other family of routes, where the token says whose device is meant: messages.",
    ),
    ("Device API: devices", "The other family of routes: the token's devices and their life."),
    ("Device API: webhooks", "The other family of routes: one webhook for each device."),
    ("Service", "For those who run the gateway."),
];

/// Where a chapter stands.
pub fn place_of(tag: &str) -> Option<usize> {
    TAGS.iter().position(|(name, _)| *name == tag)
}

/// The chapters that there are.
pub fn tags() -> Value {
    let used: Vec<&str> = crate::Told::by_all().operations.iter().map(|operation| operation.tag).collect();
    let told = TAGS.iter().filter(|(name, _)| used.contains(name));
    told.map(|(name, description)| json!({"name": name, "description": description})).collect()
}

/// How a token is shown.
pub fn security_schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key (`wa_…`) or a user token."},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same, in a header of its own."},
    })
}
