//! A command's content as WhatsApp's protobuf. One file a kind; the `match` says which are missing.
//!
//! The result is the same for every try of a command: ids, secret and timestamps are the command's.

mod text;

use edgewire_contract::command::{Content, SendMessage};
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// The protobuf of `send`.
pub fn message(send: &SendMessage) -> wa::Message {
    let mut message = match &send.content {
        Content::Text(text) => text::message(text),
    };
    if let Some(context) = context(send) {
        message.set_context_info(context);
    }
    // Kept the same over tries: a second try with another secret would make votes and edits of the first unreadable.
    let info = message.message_context_info.get_or_insert_default();
    info.message_secret = Some(send.secret.0.to_vec());
    message
}

/// Quote and mentions, when there are any.
fn context(send: &SendMessage) -> Option<wa::ContextInfo> {
    if send.reply_to.is_none() && send.mentions.is_empty() {
        return None;
    }
    let mut context = wa::ContextInfo {
        mentioned_jid: send.mentions.iter().map(|jid| jid.as_str().to_owned()).collect(),
        ..wa::ContextInfo::default()
    };
    if let Some(quoted) = &send.reply_to {
        context.stanza_id = Some(quoted.message_id.as_str().to_owned());
        context.participant = match (&quoted.sender, send.to.kind()) {
            (Some(sender), _) => Some(sender.as_str().to_owned()),
            // In a chat of two, what one answers is usually the other's.
            (None, JidKind::Phone | JidKind::Lid) => Some(send.to.as_str().to_owned()),
            (None, _) => None,
        };
        // Clients show a quote only if there is a message in it; its text is not known here.
        context.quoted_message =
            MessageField::some(wa::Message { conversation: Some(String::new()), ..wa::Message::default() });
    }
    Some(context)
}

#[cfg(test)]
mod tests {
    use edgewire_contract::command::{MessageSecret, Quoted, Text};
    use edgewire_contract::ids::MessageId;
    use edgewire_contract::jid::Jid;

    use super::*;

    fn send(reply_to: Option<&str>, mentions: &[&str]) -> SendMessage {
        SendMessage {
            message_id: MessageId::parse("3EB0AA").unwrap(),
            to: Jid::parse_recipient("15550002").unwrap(),
            secret: MessageSecret([7; 32]),
            timestamp: 1,
            content: Content::Text(Text { text: "hi".into() }),
            reply_to: reply_to.map(|id| Quoted { message_id: MessageId::parse(id).unwrap(), sender: None }),
            mentions: mentions.iter().map(|m| Jid::parse_recipient(m).unwrap()).collect(),
        }
    }

    #[test]
    fn a_plain_text_is_a_conversation_with_the_commands_secret() {
        let message = message(&send(None, &[]));
        assert_eq!(message.text_content(), Some("hi"));
        let info = message.message_context_info.as_option().unwrap();
        assert_eq!(info.message_secret.as_deref(), Some(&[7u8; 32][..]));
    }

    #[test]
    fn quote_and_mentions_are_in_the_context() {
        let message = message(&send(Some("3EB0BB"), &["15550003"]));
        let text = message.extended_text_message.as_option().unwrap();
        let context = text.context_info.as_option().unwrap();
        assert_eq!(text.text.as_deref(), Some("hi"));
        assert_eq!(context.stanza_id.as_deref(), Some("3EB0BB"));
        assert_eq!(context.participant.as_deref(), Some("15550002@s.whatsapp.net"));
        assert_eq!(context.mentioned_jid, ["15550003@s.whatsapp.net"]);
    }

    #[test]
    fn a_second_try_is_the_same_message() {
        let send = send(Some("3EB0BB"), &[]);
        assert_eq!(message(&send), message(&send));
    }
}
