//! A question with options.

use edgewire_contract::content::Poll;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::PollCreationMessage;
use wa::message::poll_creation_message::Option as PollOption;

/// A question as WhatsApp carries it: where one option may be picked in the field that newer apps use, else in the old one,
/// as the official apps do. Votes are encrypted under the message's secret.
pub(super) fn message(poll: &Poll) -> wa::Message {
    let option = |name: &String| PollOption { option_name: Some(name.clone()), ..Default::default() };
    let creation = MessageField::some(PollCreationMessage {
        name: Some(poll.name.clone()),
        options: poll.options.iter().map(option).collect(),
        selectable_options_count: u32::try_from(poll.selectable_count).ok(),
        ..Default::default()
    });
    if poll.selectable_count == 1 {
        wa::Message { poll_creation_message_v3: creation, ..Default::default() }
    } else {
        wa::Message { poll_creation_message: creation, ..Default::default() }
    }
}

/// The poll in `message`, whichever field it is in.
pub(super) fn of(message: &wa::Message) -> Option<&PollCreationMessage> {
    [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
        &message.poll_creation_message_v5,
    ]
    .into_iter()
    .find_map(MessageField::as_option)
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn several_choices_and_any_number_go_in_the_old_field() {
        for count in [0, 2] {
            let body = json!({"to": BOB, "name": "?", "options": ["a", "b"], "selectable_count": count});
            let seen = says(Kind::Poll, &body, &material());
            assert_eq!(seen["poll_creation_message"]["selectable_options_count"], count);
        }
    }
}
