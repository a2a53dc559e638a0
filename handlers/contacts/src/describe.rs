//! The routes, told for `openapi.json`.

use edgewire_contract::answer::told::{Told, schemas};
use edgewire_contract::answer::{ContactCheck, Picture};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::asking::{ACT, LOOK};
use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
use serde_json::{Value, json};

use crate::check::Check;
use crate::presence::PresenceUpdate;
use crate::typing::Typing;

const PERSON: &str = "628123456789@s.whatsapp.net";

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = contacts();
    operations.extend(blocking());
    operations.extend(presence());
    let named = [schemas::<ContactCheck>(), schemas::<Picture>()];
    Description { operations, schemas: named.into_iter().flatten().collect() }
}

fn contacts() -> Vec<Operation> {
    let checks = json!([
        {"phone": "628123456789", "exists": true, "jid": PERSON, "lid": "100000000000001@lid"},
        {"phone": "5511999999999", "exists": false, "jid": null, "lid": null},
    ]);
    let picture = json!({"id": "1781524800", "url": "https://pps.whatsapp.net/v/t61/x.jpg", "direct_path": "/v/t61/x.jpg"});
    let preview = json!({"type": "boolean", "default": false});
    vec![
        operation("POST", "/contacts/check", "checkContacts", LOOK)
            .summed_up("Check phone numbers")
            .told("Which of these numbers are on WhatsApp, in the order of the request.")
            .body(
                Body::json(Check::schema())
                    .example("numbers", json!({"phones": ["+62 812-3456-789", "5511999999999"]})),
            )
            .answer(Answer::json(200, "One entry a number.", Vec::<ContactCheck>::schema(), checks)),
        of_jid("GET", "/contacts/{jid}/picture", "getContactPicture", LOOK, "Recipient")
            .summed_up("Get a picture")
            .told("The picture of a contact or a group. 404 when there is none, or it is hidden from the account.")
            .parameter(Parameter::query("preview", "The small picture instead of the whole.", preview))
            .answer(Answer::json(200, "Where it is.", Picture::schema(), picture)),
    ]
}

fn blocking() -> Vec<Operation> {
    let jids = json!({
        "type": "object", "required": ["data"],
        "properties": {"data": {"type": "array", "items": {"type": "string", "format": "jid"}}},
    });
    vec![
        operation("GET", "/contacts/blocked", "listBlockedContacts", LOOK)
            .summed_up("List who is blocked")
            .answer(Answer::json(200, "Their JIDs.", jids, json!({"data": [PERSON]}))),
        done(
            of_jid("POST", "/contacts/{jid}/block", "blockContact", ACT, "Person")
                .summed_up("Block a contact"),
        ),
        done(
            of_jid("POST", "/contacts/{jid}/unblock", "unblockContact", ACT, "Person")
                .summed_up("Unblock a contact"),
        ),
    ]
}

fn presence() -> Vec<Operation> {
    vec![
        done(
            operation("POST", "/presence", "setPresence", ACT)
                .tagged("Presence")
                .summed_up("Set the presence")
                .told("Whether the account is shown as online. While it is, the phone does not ring for messages.")
                .body(
                    Body::json(PresenceUpdate::schema())
                        .example("online", json!({"presence": "available"}))
                        .example("offline", json!({"presence": "unavailable"})),
                ),
        ),
        done(
            of_jid("POST", "/presence/{jid}/subscribe", "subscribePresence", ACT, "Recipient")
                .tagged("Presence")
                .summed_up("Watch somebody's presence")
                .told("It is told as `presence.update` events, while the account itself is shown as online. It holds until it is ended: the session asks for it again at each connection. At most 256 people a session (429)."),
        ),
        done(
            of_jid("DELETE", "/presence/{jid}/subscribe", "unsubscribePresence", ACT, "Recipient")
                .tagged("Presence")
                .summed_up("Watch somebody's presence no longer"),
        ),
        done(
            of_jid("POST", "/chats/{jid}/typing", "setTyping", ACT, "Recipient")
                .tagged("Presence")
                .summed_up("Show typing")
                .told("What the others in a chat see. WhatsApp's apps show it for some seconds: say it again while it lasts.")
                .body(
                    Body::json(Typing::schema())
                        .example("writing", json!({"state": "composing"}))
                        .example("recording", json!({"state": "recording"}))
                        .example("neither", json!({"state": "paused"})),
                ),
        ),
    ]
}

fn operation(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    Operation::new(method, format!("/api/v1/sessions/{{session}}{tail}"), id)
        .tagged("Contacts")
        .needs(any_of)
        .parameter(Parameter::session())
        .fails(&[
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::RateLimited,
            FaultCode::Timeout,
        ])
}

fn of_jid(
    method: &'static str,
    tail: &str,
    id: &str,
    any_of: &'static [Capability],
    schema: &str,
) -> Operation {
    let told = match schema {
        "Person" => "Who: a phone number or a JID.",
        _ => "Who: a phone number, or the JID of a person or a group.",
    };
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    operation(method, tail, id, any_of)
        .parameter(Parameter::path("jid", told, schema).such_as("628123456789"))
        .fails(&[FaultCode::ValidationError])
}

fn done(operation: Operation) -> Operation {
    let schema: Value =
        json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}});
    operation.answer(Answer::json(200, "Done.", schema, json!({"success": true})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
