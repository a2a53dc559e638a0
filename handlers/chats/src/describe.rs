//! The routes, told for `openapi.json`.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::archive::Order;
use edgewire_edge::describe::stored::{STORED_MESSAGE, example};
use edgewire_edge::describe::{Answer, Description, Operation, Parameter, paged};
use serde_json::{Value, json};

const KEPT: &str = "Read from what the gateway keeps (for 7 days, or as long as the operator says), whether the session is connected or not.";

/// Tells the component's routes.
pub fn describe() -> Description {
    Description::of(vec![chats(), messages()]).schema("StoredChat", chat())
}

fn chats() -> Operation {
    let example = json!({
        "data": [{
            "chat": "628123456789@s.whatsapp.net", "phone": "628123456789", "lid": "100000000000001@lid",
            "kind": "user", "name": "Bob", "lastAt": 1_781_524_801_234_i64, "unread": 2, "archived": false,
            "lastMessage": example(),
        }],
        "nextCursor": null,
    });
    paged("/chats", "listChats")
        .summed_up("List chats")
        .told(format!("The chats by their last message. {KEPT}"))
        .answer(Answer::json(200, "A page.", page("StoredChat"), example))
}

fn messages() -> Operation {
    let chat = json!({"$ref": "#/components/schemas/Recipient"});
    let about = "The chat, by either of its addresses: a phone number or a JID.";
    paged("/chats/{chat}/messages", "listChatMessages")
        .summed_up("List a chat's messages")
        .told(format!(
            "Sent and received, with their delivery status. A chat that nothing is kept of has none. {KEPT}"
        ))
        .parameter(Parameter::path("chat", about, chat).such_as("628123456789"))
        .fails(&[FaultCode::ValidationError])
        .answer(Answer::json(
            200,
            "A page. One may have fewer messages than its limit, where some are just over.",
            page(STORED_MESSAGE),
            json!({"data": [example()], "nextCursor": "313738313532343830313233343a334542303031"}),
        ))
}

fn paged(tail: &str, id: &str) -> Operation {
    let operation = Operation::new("GET", format!("/api/v1/sessions/{{session}}{tail}"), id)
        .tagged("Chats")
        .needs(&[Capability::Read])
        .parameter(Parameter::session());
    paged::parameters(Order::Newest).into_iter().fold(operation, Operation::parameter)
}

fn page(of: &str) -> Value {
    paged::page(json!({"$ref": format!("#/components/schemas/{of}")}))
}

fn chat() -> Value {
    let text = |about: &str| json!({"type": ["string", "null"], "description": about});
    json!({
        "type": "object",
        "description": "A chat that messages are kept of.",
        "required": ["chat", "phone", "lid", "kind", "name", "lastAt", "unread", "archived", "lastMessage"],
        "properties": {
            "chat": {"type": "string", "description": "Its JID: by phone number, or by LID where no number is known."},
            "phone": text("Its phone number, digits; null of groups, and when unknown."),
            "lid": text("Its LID; null of groups, and when unknown."),
            "kind": {"type": "string", "enum": ["user", "group", "newsletter", "status", "other"]},
            "name": text("What it is called, as far as messages say."),
            "lastAt": {"type": "integer", "description": "When its last message was written, unix milliseconds."},
            "unread": {"type": "integer", "minimum": 0, "description": "How many of its messages, of those that are kept, came in since the account read the chat: on its phone, on another device, or by a `read` receipt over the gateway. At least 1 while the chat is marked as unread."},
            "archived": {"type": "boolean", "description": "Whether it is in the account's archive."},
            "lastMessage": {
                "anyOf": [{"$ref": format!("#/components/schemas/{STORED_MESSAGE}")}, {"type": "null"}],
                "description": "Its last message, while it is kept.",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
