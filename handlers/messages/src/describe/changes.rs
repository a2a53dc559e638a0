//! One message, what is done to it, and the outbox.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::{Record as _, Rule as _, message_id};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::archive::Order;
use edgewire_edge::describe::stored::{self, STORED_MESSAGE};
use edgewire_edge::describe::{Answer, Body, Operation, Parameter, paged};
use edgewire_edge::draft::schema;
use serde_json::{Value, json};

use super::results::{MESSAGE_ID, OUTBOX_ID, refer, send_result};
use super::{DELIVERY, TAG, camel, sends_by};
use crate::mid::edit::EditBody;
use crate::mid::forward::ForwardBody;
use crate::mid::react::ReactBody;
use crate::mid::revoke::RevokeBody;
use crate::mid::vote::VoteBody;
use crate::mid::{Change, SEND_AT};

/// A chat in the examples.
const CHAT: &str = "628123456789@s.whatsapp.net";

/// A change, told.
struct Told {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    note: &'static str,
    schema: Value,
    examples: Vec<(&'static str, Value)>,
}

fn told(change: Change) -> Told {
    const GROUP: &str = "123456789-1234567890@g.us";
    const SENDER: &str = "628987654321@s.whatsapp.net";
    match change {
        Change::Edit => Told {
            method: "PATCH",
            path: "/{mid}",
            id: "editMessage",
            summary: "Edit a text",
            note: "Replaces the text of a message that the session sent. 404 when there is no such message of its own in that chat, 400 when it is no text. WhatsApp takes edits for some 15 minutes.",
            schema: EditBody::schema(),
            examples: vec![("text", json!({"chat": CHAT, "text": "Edited message text"}))],
        },
        Change::Revoke => Told {
            method: "DELETE",
            path: "/{mid}",
            id: "deleteMessage",
            summary: "Delete a message for everyone",
            note: "404 when there is no such message of the session's own in that chat. With `sender`, an administrator of a group deletes somebody else's, known to the gateway or not.",
            schema: RevokeBody::schema(),
            examples: vec![
                ("own", json!({"chat": CHAT})),
                ("as an administrator", json!({"chat": GROUP, "sender": SENDER})),
            ],
        },
        Change::React => Told {
            method: "POST",
            path: "/{mid}/reactions",
            id: "reactToMessage",
            summary: "React to a message",
            note: "An empty emoji takes the reaction back. `sender` is needed only in a group, for a message that the gateway does not know.",
            schema: ReactBody::schema(),
            examples: vec![
                ("react", json!({"chat": CHAT, "emoji": "👍"})),
                ("take it back", json!({"chat": CHAT, "emoji": ""})),
                ("in a group", json!({"chat": GROUP, "sender": SENDER, "emoji": "👍"})),
            ],
        },
        Change::Forward => Told {
            method: "POST",
            path: "/{mid}/forward",
            id: "forwardMessage",
            summary: "Forward a message",
            note: "Sends a message that the gateway keeps on as it is; its file is not uploaded again. 404 when it is not kept (any more).",
            schema: ForwardBody::schema(),
            examples: vec![("forward", json!({"chat": CHAT, "to": SENDER}))],
        },
        Change::Vote => Told {
            method: "POST",
            path: "/{mid}/vote",
            id: "voteInPoll",
            summary: "Vote in a poll",
            note: "Replaces the session's earlier vote; an empty list takes it back. 404 for a poll that the gateway does not know, 400 for a message that is no poll.",
            schema: VoteBody::schema(),
            examples: vec![
                ("vote", json!({"chat": CHAT, "sender": SENDER, "options": ["Red"]})),
                ("take it back", json!({"chat": CHAT, "sender": SENDER, "options": []})),
            ],
        },
    }
}

/// What is kept of it.
pub fn get() -> Operation {
    let mid = Parameter::path("mid", "The message.", message_id().schema()).such_as("3EB0218E40B57E61441F58");
    let chat = json!({"$ref": "#/components/schemas/Recipient"});
    let schema =
        json!({"type": "object", "required": ["message"], "properties": {"message": refer(STORED_MESSAGE)}});
    Operation::new("GET", "/api/v1/sessions/{session}/messages/{mid}", "getMessage")
        .tagged(TAG)
        .summed_up("Get a message")
        .told("What is kept of a message, sent or received, with its delivery status. Messages are kept for 7 days, or as long as the operator says; a message that failed says why.")
        .needs(&[Capability::Read])
        .parameter(Parameter::session())
        .parameter(mid)
        .parameter(
            Parameter::query("chat", "The chat that it stands in, by either of its addresses: 404 when it is another.", chat)
                .such_as(CHAT),
        )
        .answer(Answer::json(200, "The message.", schema, json!({"message": stored::example()})))
}

/// Every change.
pub fn all() -> Vec<Operation> {
    let operation = |change| {
        let Told { method, path, id, summary, note, schema, examples } = told(change);
        let mut schema = schema;
        schema["properties"]["sendAt"] = SEND_AT.schema();
        schema["properties"]["sendAt"]["description"] = schema::SEND_AT.into();
        let mut body = Body::json(schema);
        for (name, example) in examples {
            body = body.example(name, example);
        }
        let mid =
            Parameter::path("mid", "The message.", message_id().schema()).such_as("3EB0218E40B57E61441F58");
        let told = format!("{note}\n\n{DELIVERY}");
        camel(sends_by(method, path, id).parameter(mid).summed_up(summary).told(told).body(body))
    };
    Change::ALL.map(operation).into()
}

/// What became of a send.
pub fn outbox() -> Operation {
    let id = Parameter::path("id", "An answer's `outboxId` or `outbox_id`.", json!({"type": "string"}));
    Operation::new("GET", "/api/v1/outbox/{id}", "getOutbox")
        .tagged(TAG)
        .summed_up("What became of a send")
        .told("As it is now, for 24 hours after the send or its end.")
        .needs(&[Capability::Read, Capability::Send])
        .parameter(id.such_as("01K8ZQ4T5V0006N6R6J1Q4X0AB"))
        .answer(Answer::json(200, "How far it has come.", refer("SendResult"), send_result("sync", "sent")))
}

/// What waits for its time.
pub fn scheduled() -> Operation {
    let item = json!({
        "type": "object",
        "required": ["outboxId", "waMessageId", "to", "type", "sendAt", "acceptedAt"],
        "properties": {
            "outboxId": {"type": "string", "description": "What `DELETE /api/v1/outbox/{id}` takes it back by."},
            "waMessageId": {"type": "string", "description": "The message's id, final already."},
            "to": {"type": "string", "description": "The JID that it goes to."},
            "type": {"type": "string", "description": "Its kind."},
            "sendAt": {"type": "integer", "description": "When it goes out, unix milliseconds."},
            "acceptedAt": {"type": "integer", "description": "When it was accepted, unix milliseconds."},
        },
    });
    let example = json!({
        "data": [{
            "outboxId": OUTBOX_ID, "waMessageId": MESSAGE_ID, "to": CHAT, "type": "text",
            "sendAt": 1_781_611_200_000_i64, "acceptedAt": 1_781_524_800_000_i64,
        }],
        "nextCursor": null,
    });
    let operation = Operation::new("GET", "/api/v1/sessions/{session}/scheduled", "listScheduled")
        .tagged(TAG)
        .summed_up("List scheduled messages")
        .told("The sends of a session that wait for their time, the first ones first. A session has at most 10,000.")
        .needs(&[Capability::Read, Capability::Send])
        .parameter(Parameter::session());
    paged::parameters(Order::Oldest).into_iter().fold(operation, Operation::parameter).answer(Answer::json(
        200,
        "A page of them.",
        paged::page(item),
        example,
    ))
}

/// Takes a scheduled send back.
pub fn cancel() -> Operation {
    let mut cancelled = send_result("async", "failed");
    cancelled["sendAt"] = 1_781_611_200_000_i64.into();
    cancelled["error"] =
        json!({"code": "cancelled", "message": "it was cancelled before its time", "details": {}});
    let id = Parameter::path("id", "An answer's `outboxId` or `outbox_id`.", json!({"type": "string"}));
    Operation::new("DELETE", "/api/v1/outbox/{id}", "cancelScheduled")
        .tagged(TAG)
        .summed_up("Cancel a scheduled message")
        .told("Takes a message back before its time: it ends as `failed`, with the code `cancelled`, and a `message.status` event says so. 409 for what is on its way or has ended. To cancel again gives the same answer.")
        .needs(&[Capability::Send])
        .parameter(id.such_as(OUTBOX_ID))
        .fails(&[FaultCode::Conflict])
        .answer(Answer::json(200, "It is cancelled.", refer("SendResult"), cancelled))
}
