//! What messages say beside their text: places, cards, choices, how long they stay.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::scene::{Scene, all, exactly, text};

/// Messages, and what their payload has beside what every payload has.
fn cases() -> Vec<(wa::Message, Value)> {
    [places_and_cards(), choices(), settings()].into_iter().flatten().collect()
}

fn places_and_cards() -> Vec<(wa::Message, Value)> {
    let place = wa::message::LocationMessage {
        degrees_latitude: Some(52.5),
        degrees_longitude: Some(13.25),
        name: Some("Gate".into()),
        address: Some("Square 1".into()),
        ..Default::default()
    };
    let moving = wa::message::LiveLocationMessage {
        degrees_latitude: Some(-1.5),
        degrees_longitude: Some(2.0),
        caption: Some("on my way".into()),
        ..Default::default()
    };
    let card = |name: &str| wa::message::ContactMessage {
        display_name: Some(name.into()),
        vcard: Some(format!("BEGIN:VCARD\nFN:{name}\nEND:VCARD")),
        ..Default::default()
    };
    let told = |name: &str| json!({ "name": name, "vcard": format!("BEGIN:VCARD\nFN:{name}\nEND:VCARD") });
    let several = wa::message::ContactsArrayMessage {
        contacts: vec![card("Cleo"), card("Dora")],
        ..Default::default()
    };
    vec![
        (
            wa::Message { location_message: MessageField::some(place), ..Default::default() },
            json!({ "type": "location", "text": null, "location": {
                "latitude": 52.5, "longitude": 13.25, "name": "Gate", "address": "Square 1", "live": false,
            } }),
        ),
        (
            wa::Message { live_location_message: MessageField::some(moving), ..Default::default() },
            json!({ "type": "location", "text": "on my way", "location": {
                "latitude": -1.5, "longitude": 2.0, "name": null, "address": null, "live": true,
            } }),
        ),
        (
            wa::Message { contact_message: MessageField::some(card("Cleo")), ..Default::default() },
            json!({ "type": "contact", "text": null, "contacts": [told("Cleo")] }),
        ),
        (
            wa::Message { contacts_array_message: MessageField::some(several), ..Default::default() },
            json!({ "type": "contact", "text": null, "contacts": [told("Cleo"), told("Dora")] }),
        ),
    ]
}

fn choices() -> Vec<(wa::Message, Value)> {
    use wa::message::buttons_response_message::Response;
    use wa::message::interactive_response_message::{
        Body, InteractiveResponseMessage as Answered, NativeFlowResponseMessage,
    };
    let button = wa::message::ButtonsResponseMessage {
        selected_button_id: Some("b1".into()),
        response: Some(Response::SelectedDisplayText("Yes".into())),
        ..Default::default()
    };
    let row = wa::message::ListResponseMessage {
        title: Some("Tea".into()),
        single_select_reply: MessageField::some(wa::message::list_response_message::SingleSelectReply {
            selected_row_id: Some("r2".into()),
        }),
        ..Default::default()
    };
    let template = wa::message::TemplateButtonReplyMessage {
        selected_id: Some("t1".into()),
        selected_display_text: Some("Call".into()),
        ..Default::default()
    };
    let flow = NativeFlowResponseMessage {
        params_json: Some(r#"{"id":"pay","sum":3}"#.into()),
        ..Default::default()
    };
    let form = wa::message::InteractiveResponseMessage {
        body: MessageField::some(Body { text: Some("Paid".into()), ..Default::default() }),
        interactive_response_message: Some(Answered::NativeFlowResponseMessage(Box::new(flow))),
        ..Default::default()
    };
    let chosen = |id: &str, title: &str| json!({ "id": id, "title": title });
    vec![
        (
            wa::Message { buttons_response_message: MessageField::some(button), ..Default::default() },
            json!({ "type": "buttons-response", "choice": chosen("b1", "Yes") }),
        ),
        (
            wa::Message { list_response_message: MessageField::some(row), ..Default::default() },
            json!({ "type": "list-response", "choice": chosen("r2", "Tea") }),
        ),
        (
            wa::Message { template_button_reply_message: MessageField::some(template), ..Default::default() },
            json!({ "type": "template-button-reply", "choice": chosen("t1", "Call") }),
        ),
        (
            wa::Message { interactive_response_message: MessageField::some(form), ..Default::default() },
            json!({
                "type": "interactive-response",
                "choice": { "id": "pay", "title": "Paid", "params": r#"{"id":"pay","sum":3}"# },
            }),
        ),
    ]
}

fn settings() -> Vec<(wa::Message, Value)> {
    let extended = |context: wa::ContextInfo| wa::message::ExtendedTextMessage {
        text: Some("so".into()),
        context_info: MessageField::some(context),
        ..Default::default()
    };
    let said = |context: wa::ContextInfo| wa::Message {
        extended_text_message: MessageField::some(extended(context)),
        ..Default::default()
    };
    let once = wa::message::FutureProofMessage {
        message: MessageField::some(wa::Message { conversation: Some("so".into()), ..Default::default() }),
    };
    vec![
        (
            said(wa::ContextInfo { is_forwarded: Some(true), ..Default::default() }),
            json!({ "type": "text", "text": "so", "forwarded": true }),
        ),
        (
            said(wa::ContextInfo { expiration: Some(86_400), ..Default::default() }),
            json!({ "type": "text", "text": "so", "ephemeral_seconds": 86_400 }),
        ),
        (
            wa::Message { view_once_message: MessageField::some(once), ..Default::default() },
            json!({ "type": "text", "text": "so", "view_once": true }),
        ),
    ]
}

pub async fn every_part_of_a_message_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "parts").await;
    let anna = scene.contact("Anna").await;
    for (message, wanted) in cases() {
        let id = anna.says(&scene.me.phone, &message).await;
        let mut seen = scene.said("message", &id).await;
        // What stands for the text of a choice is not what this is about.
        let mut wanted = all([text(&id, ""), Scene::chat(&anna), anna.from(), wanted]);
        if !seen["choice"].is_null() {
            seen["text"].take();
            wanted["text"].take();
        }
        exactly(&seen, &wanted);
    }
}

pub async fn a_comment_and_a_pin_name_their_message(world: Arc<World>) {
    let mut scene = Scene::set(&world, "parts-about").await;
    let anna = scene.contact("Anna").await;
    let group = scene.group(&anna, &[]).await;
    let sent = scene.session.send_text(&group, "ours").await;
    let ours = sent["waMessageId"].as_str().expect("an id").to_owned();
    anna.got(&ours).await;
    let comment = anna.sends("comment", json!({ "id": ours, "text": "well said" })).await;
    let seen = scene.said("message", &comment).await;
    let wanted = json!({ "type": "comment", "comment_on": scene.me.target(&ours, true) });
    let chat = super::scene::in_group(&group);
    exactly(&seen, &all([text(&comment, "well said"), chat.clone(), anna.from(), wanted]));
    for (undo, pinned) in [(false, true), (true, false)] {
        let body = json!({ "id": ours, "seconds": 86_400, "undo": undo });
        let pin = anna.sends("pin", body).await;
        let seen = scene.said("message", &pin).await;
        let seconds = pinned.then_some(86_400);
        let wanted = json!({
            "type": "pin", "text": null,
            "pin": { "target": scene.me.target(&ours, true), "pinned": pinned, "seconds": seconds },
        });
        exactly(&seen, &all([text(&pin, ""), chat.clone(), anna.from(), wanted]));
    }
}
