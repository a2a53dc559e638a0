//! Replaces the text of a message of ours, or the text below its file.

use edgewire_contract::content::Edit;
use edgewire_contract::fault::Fault;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::{Author, Given};
use super::{bad, context, document, text};
use wa::message::ProtocolMessage;
use wa::message::protocol_message::Type;

/// An edit as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, edit: &Edit) -> Result<wa::Message, Fault> {
    if given.target()?.is_some_and(|kept| !kept.from_me()) {
        return Err(bad("message_id", "is not a message of this session: only those can be edited"));
    }
    let mut key = given.key(&edit.message_id, Some(&Author::Us));
    if given.send.to.kind() == JidKind::Group {
        key.participant = given.own_here();
    }
    let protocol_message = MessageField::some(ProtocolMessage {
        key: MessageField::some(key),
        r#type: Some(Type::MESSAGE_EDIT),
        edited_message: MessageField::some(content(given, edit)?),
        timestamp_ms: Some(given.send.timestamp),
        ..Default::default()
    });
    Ok(wa::Message { protocol_message, ..Default::default() })
}

/// What the message says from now on, mentions included. What is not known of it is taken for a text.
pub(super) fn content(given: &Given<'_>, edit: &Edit) -> Result<wa::Message, Fault> {
    let kept = given.target()?.and_then(|kept| kept.message.as_ref());
    let mut new = match kept {
        Some(kept) => replaced(context::bare(kept), &edit.text)?,
        None => text::message(&edit.text),
    };
    context::attach(given, &mut new);
    document::wrap(&mut new);
    Ok(new)
}

/// `old` with another text.
fn replaced(mut old: wa::Message, new: &str) -> Result<wa::Message, Fault> {
    macro_rules! caption_of {
        ($($field:ident),+) => {$(
            if let Some(inner) = old.$field.as_option_mut() {
                inner.caption = Some(new.to_owned());
                inner.context_info = MessageField::none();
                return Ok(old);
            }
        )+};
    }
    caption_of!(image_message, video_message, document_message);
    let is_text = old.conversation.is_some() || old.extended_text_message.is_set();
    if is_text { Ok(text::message(new)) } else { Err(bad("message_id", "has no text that could be edited")) }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::{Value, json};

    use super::super::tests::*;

    fn body(to: &str) -> Value {
        json!({"to": to, "message_id": "3EB0BB", "text": "new", "mentions": [BOB]})
    }

    #[test]
    fn a_text_with_mentions_is_an_extended_one() {
        let seen = says(Kind::Edit, &body(GROUP), &about(kept(GROUP, None, text("old"))));
        assert_eq!(
            seen["protocol_message"],
            json!({
                "type": "MESSAGE_EDIT", "timestamp_ms": NOW,
                "key": {"remote_jid": GROUP, "from_me": true, "id": "3EB0BB", "participant": MY_LID},
                "edited_message": {"extended_text_message": {
                    "text": "new", "context_info": {"mentioned_jid": [BOB]},
                }},
            })
        );
    }

    #[test]
    fn of_a_picture_the_caption_is_replaced() {
        let seen = says(Kind::Edit, &body(BOB), &about(kept(BOB, None, picture())));
        assert_eq!(
            seen["protocol_message"]["edited_message"],
            json!({"image_message": {
                "direct_path": "/v/old", "caption": "new", "jpeg_thumbnail": [1, 2, 3],
                "context_info": {"mentioned_jid": [BOB]},
            }})
        );
    }

    #[test]
    fn what_others_wrote_and_what_has_no_text_is_refused() {
        let edit = |kept| refused(Kind::Edit, &body(BOB), &about(kept));
        assert_eq!(edit(kept(BOB, Some(BOB), text("theirs"))), ["message_id"]);
        let mut sticker = whatsapp_rust::waproto::whatsapp::Message::default();
        sticker.sticker_message.get_or_insert_default();
        assert_eq!(edit(kept(BOB, None, sticker)), ["message_id"]);
        assert_eq!(edit(kept(GROUP, None, text("elsewhere"))), ["not_found"]);
    }
}
