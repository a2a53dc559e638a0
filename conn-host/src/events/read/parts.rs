//! What a message says: text, place, cards, poll, choice.

use edgewire_contract::event::{Card, Choice, Place, PollAsked};
use wa::message::interactive_response_message::InteractiveResponseMessage as Answered;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// The text, the caption, or what stands for them in kinds that have neither.
pub fn text(message: &wa::Message) -> Option<String> {
    let m = message.get_base_message();
    if let Some(text) = m.text_content().or_else(|| m.get_caption()) {
        return Some(text.to_owned());
    }
    let owned = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(it) = m.buttons_message.as_option() {
        return owned(&it.content_text);
    }
    if let Some(it) = m.list_message.as_option() {
        return owned(&it.description);
    }
    if let Some(it) = m.interactive_message.as_option() {
        return it.body.as_option().and_then(|body| owned(&body.text));
    }
    if let Some(it) = m.comment_message.as_option() {
        return it.message.as_option().and_then(text);
    }
    if let Some(it) = m.live_location_message.as_option() {
        return owned(&it.caption);
    }
    if let Some(it) = m.order_message.as_option() {
        return owned(&it.message);
    }
    if let Some(it) = m.group_invite_message.as_option() {
        return owned(&it.caption);
    }
    choice(m).and_then(|choice| choice.title)
}

/// The place that it shows.
pub fn place(message: &wa::Message) -> Option<Place> {
    let m = message.get_base_message();
    if let Some(it) = m.location_message.as_option() {
        return Some(Place {
            latitude: it.degrees_latitude.unwrap_or(0.0),
            longitude: it.degrees_longitude.unwrap_or(0.0),
            name: it.name.clone(),
            address: it.address.clone(),
            live: it.is_live.unwrap_or(false),
        });
    }
    m.live_location_message.as_option().map(|it| Place {
        latitude: it.degrees_latitude.unwrap_or(0.0),
        longitude: it.degrees_longitude.unwrap_or(0.0),
        name: None,
        address: None,
        live: true,
    })
}

/// The contact cards in it.
pub fn cards(message: &wa::Message) -> Vec<Card> {
    let m = message.get_base_message();
    let card = |it: &wa::message::ContactMessage| Card {
        name: it.display_name.clone(),
        vcard: it.vcard.clone().unwrap_or_default(),
    };
    match (m.contact_message.as_option(), m.contacts_array_message.as_option()) {
        (Some(one), _) => vec![card(one)],
        (None, Some(several)) => several.contacts.iter().map(card).collect(),
        (None, None) => Vec::new(),
    }
}

/// The poll in it, whichever of its forms it has.
pub fn poll_of(m: &wa::Message) -> Option<&wa::message::PollCreationMessage> {
    let wrapped = m.poll_creation_message_v4.as_option().and_then(|it| it.message.as_option());
    m.poll_creation_message
        .as_option()
        .or(m.poll_creation_message_v2.as_option())
        .or(m.poll_creation_message_v3.as_option())
        .or(m.poll_creation_message_v5.as_option())
        .or(m.poll_creation_message_v6.as_option())
        .or_else(|| wrapped.and_then(poll_of))
}

/// What a poll asks.
pub fn poll(message: &wa::Message) -> Option<PollAsked> {
    poll_of(message.get_base_message()).map(|it| PollAsked {
        name: it.name.clone().unwrap_or_default(),
        options: it.options.iter().map(|option| option.option_name.clone().unwrap_or_default()).collect(),
        selectable: it.selectable_options_count.unwrap_or(0),
    })
}

/// What was chosen of buttons, a list, a template or a form.
pub fn choice(message: &wa::Message) -> Option<Choice> {
    use wa::message::buttons_response_message::Response;
    let m = message.get_base_message();
    if let Some(it) = m.buttons_response_message.as_option() {
        let title = it.response.as_ref().map(|Response::SelectedDisplayText(text)| text.clone());
        return Some(Choice { id: it.selected_button_id.clone(), title, params: None });
    }
    if let Some(it) = m.list_response_message.as_option() {
        let id = it.single_select_reply.as_option().and_then(|reply| reply.selected_row_id.clone());
        return Some(Choice { id, title: it.title.clone(), params: None });
    }
    if let Some(it) = m.template_button_reply_message.as_option() {
        let title = it.selected_display_text.clone();
        return Some(Choice { id: it.selected_id.clone(), title, params: None });
    }
    let it = m.interactive_response_message.as_option()?;
    let title = it.body.as_option().and_then(|body| body.text.clone());
    let params = it.interactive_response_message.as_ref().and_then(|answered| match answered {
        Answered::NativeFlowResponseMessage(flow) => flow.params_json.clone(),
    });
    let given = params.as_deref().and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    let id = given.and_then(|given| given["id"].as_str().map(str::to_owned));
    Some(Choice { id, title, params })
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::buffa::MessageField;

    use super::*;

    #[test]
    fn a_form_s_answer_names_what_was_chosen() {
        let flow = wa::message::interactive_response_message::NativeFlowResponseMessage {
            params_json: Some(r#"{"id":"yes"}"#.into()),
            ..Default::default()
        };
        let answer = wa::message::InteractiveResponseMessage {
            interactive_response_message: Some(Answered::NativeFlowResponseMessage(Box::new(flow))),
            ..Default::default()
        };
        let message =
            wa::Message { interactive_response_message: MessageField::some(answer), ..Default::default() };
        assert_eq!(choice(&message).unwrap().id.as_deref(), Some("yes"));
    }

    #[test]
    fn a_poll_is_found_in_every_form() {
        let asked = wa::message::PollCreationMessage {
            name: Some("?".into()),
            options: ["a", "b"]
                .map(|name| wa::message::poll_creation_message::Option {
                    option_name: Some(name.into()),
                    ..Default::default()
                })
                .into(),
            selectable_options_count: Some(1),
            ..Default::default()
        };
        for message in [
            wa::Message { poll_creation_message: MessageField::some(asked.clone()), ..Default::default() },
            wa::Message { poll_creation_message_v3: MessageField::some(asked.clone()), ..Default::default() },
            wa::Message { poll_creation_message_v5: MessageField::some(asked.clone()), ..Default::default() },
        ] {
            let poll = poll(&message).unwrap();
            assert_eq!((poll.name.as_str(), poll.options.len(), poll.selectable), ("?", 2, 1));
        }
        assert_eq!(poll(&wa::Message::default()), None);
    }
}
