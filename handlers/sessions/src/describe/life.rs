//! Making, looking at, changing and deleting sessions.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Answer, Body, Operation, Parameter};
use serde_json::{Value, json};

use super::{of_session, reference};

const MANAGE: &[Capability] = &[Capability::Manage];
const READ: &[Capability] = &[Capability::Read];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![create(), list()];
    all.extend(looks());
    all.push(update());
    all.extend(changes());
    all.push(delete());
    all
}

fn create() -> Operation {
    let made = json!({"session": {
        "id": "main", "name": "Shop", "phone_number": null, "push_name": null, "status": "connecting",
        "created_at": 1_781_524_800, "updated_at": 1_781_524_800, "last_connected_at": null, "is_logged_in": false,
    }});
    let all = json!({
        "id": "main", "name": "Shop",
        "webhook": {
            "url": "https://example.com/hook", "events": ["message", "message.status"], "secret": "s3cret",
        },
        "device": {"os": "Shop", "platform": "chrome"},
        "rate": {"per_minute": 20, "per_hour": 600, "new_contacts_per_day": 50, "jitter_ms": 1500, "typing": true},
        "start": true,
    });
    Operation::new("POST", "/api/v1/sessions", "createSession")
        .tagged("Sessions")
        .needs(MANAGE)
        .summed_up("Make a session")
        .told("Makes a session and, unless `start` is false, begins to connect it: then its QR code can be had. 409 when the id is taken.")
        .body(
            Body::json(reference("NewSession"))
                .example("least", json!({}))
                .example("all", all)
                .optional(),
        )
        .answer(Answer::json(
            201,
            "Made.",
            json!({
                "type": "object", "required": ["session"],
                "properties": {"session": reference("Session")},
            }),
            made,
        ))
        .fails(&[FaultCode::Conflict])
}

fn list() -> Operation {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50});
    let page = json!({
        "type": "object", "required": ["sessions", "total", "next_cursor"],
        "properties": {
            "sessions": {"type": "array", "items": reference("Session")},
            "total": {"type": "integer", "minimum": 0, "description": "How many match in all."},
            "next_cursor": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last."},
        },
    });
    Operation::new("GET", "/api/v1/sessions", "listSessions")
        .tagged("Sessions")
        .needs(READ)
        .summed_up("List sessions")
        .told("The organization's sessions, the oldest first.")
        .parameter(Parameter::query("status", "Only sessions in this state.", reference("SessionStatus")))
        .parameter(Parameter::query("limit", "How many a page has.", limit))
        .parameter(Parameter::query("cursor", "`next_cursor` of the page before.", json!({"type": "string"})))
        .answer(Answer::json(
            200,
            "A page.",
            page,
            json!({"sessions": [connected()], "total": 1, "next_cursor": null}),
        ))
}

fn update() -> Operation {
    let mut changed = connected();
    changed["rate"] = json!({"per_minute": 20, "typing": true});
    of_session("PATCH", "", "updateSession", MANAGE)
        .summed_up("Change a session")
        .told("Its name, and how fast it may send. Over its budget, a synchronous send is answered 429 with `Retry-After`; an asynchronous one waits, and goes out when the budget allows.")
        .body(
            Body::json(reference("SessionUpdate"))
                .example("rate", json!({"rate": {"per_minute": 20, "typing": true}}))
                .example("no limits", json!({"rate": {}})),
        )
        .answer(Answer::json(200, "The session, as it is now.", reference("Session"), changed))
}

fn looks() -> Vec<Operation> {
    let state = json!({
        "status": "connected", "is_logged_in": true, "phone_number": "628123456789", "push_name": "Ana",
        "lid": "100000000000001@lid", "last_event_at": 1_781_524_860, "owner": "host-1", "reason": null,
    });
    let device = json!({
        "device_id": "628123456789:3@s.whatsapp.net", "phone_number": "628123456789", "lid": "100000000000001@lid",
        "push_name": "Ana", "platform": "chrome",
    });
    vec![
        of_session("GET", "", "getSession", READ)
            .summed_up("Get a session")
            .told("The session.")
            .answer(Answer::json(200, "The session.", reference("Session"), connected())),
        of_session("GET", "/status", "getSessionStatus", READ)
            .summed_up("Get a session's state")
            .told("True of the live socket, not of the last command.")
            .answer(Answer::json(200, "The state.", reference("SessionState"), state)),
        of_session("GET", "/device", "getDevice", READ)
            .summed_up("Get the linked device")
            .told("Nulls until the session is linked.")
            .answer(Answer::json(200, "The device.", reference("SessionDevice"), device)),
    ]
}

fn changes() -> Vec<Operation> {
    let change = |tail, id, summary: &str, told: &str, status: &str| {
        let now = json!({"success": true, "status": status});
        of_session("POST", tail, id, MANAGE).summed_up(summary).told(told).answer(Answer::json(
            200,
            "Taken in.",
            reference("SessionChange"),
            now,
        ))
    };
    vec![
        change(
            "/connect",
            "connect",
            "Connect",
            "The session is to run from now on. Answers at once with the state as it is.",
            "connecting",
        ),
        change(
            "/disconnect",
            "disconnect",
            "Disconnect",
            "The session is to stay closed from now on; the pairing is kept. Answers at once with the state as it is.",
            "connected",
        ),
        change(
            "/restart",
            "restart",
            "Restart",
            "Closes the connection and opens it anew. Answers at once with the state as it is.",
            "connected",
        ),
        change(
            "/logout",
            "logout",
            "Log out",
            "Unlinks the device at WhatsApp, and waits for it. After a 504 it is still carried out.",
            "logged_out",
        )
        .fails(&[FaultCode::Timeout]),
    ]
}

fn delete() -> Operation {
    let schema = json!({
        "type": "object", "required": ["success"], "properties": {"success": {"const": true}},
    });
    of_session("DELETE", "", "deleteSession", MANAGE)
        .summed_up("Delete a session")
        .told("Logs the device out, then forgets the session: keys, events, webhooks. Waits for the host that owns it; after a 504 it is still carried out.")
        .answer(Answer::json(200, "Gone.", schema, json!({"success": true})))
        .fails(&[FaultCode::Timeout])
}

fn connected() -> Value {
    json!({
        "id": "main", "name": "Shop", "phone_number": "628123456789", "push_name": "Ana", "status": "connected",
        "created_at": 1_781_524_800, "updated_at": 1_781_524_860, "last_connected_at": 1_781_524_860,
        "is_logged_in": true,
    })
}
