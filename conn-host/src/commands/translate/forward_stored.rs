//! A stored message, sent on as it is: what it says, and its file, which is not uploaded again.

use edgewire_contract::content::ForwardStored;
use edgewire_contract::fault::Fault;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::{Given, other_chat};
use super::{bad, context};
use crate::commands::material::{KeptMessage, Material};
use wa::context_info::ForwardedNewsletterMessageInfo;
use wa::context_info::forwarded_newsletter_message_info::ContentType;

/// From so many forwardings on, WhatsApp says "many times"…
const MANY: u32 = 5;
/// …by this number.
const MANY_TIMES: u32 = 127;

/// The stored message as WhatsApp carries it on: its quote, mentions, timer and secret stay behind.
pub(super) fn message(given: &Given<'_>, forward: &ForwardStored) -> Result<wa::Message, Fault> {
    let stored = given.material.target.as_ref();
    let stored = stored.filter(|kept| !other_chat(&kept.chat, forward.chat.as_str()));
    let (kept, message) = stored
        .and_then(|kept| Some((kept, kept.message.as_ref()?)))
        .ok_or_else(|| Fault::not_found("message"))?;
    if message.is_view_once() {
        return Err(bad("message_id", "can be seen once only, and not forwarded"));
    }
    let mut copy = context::bare(message);
    let Some(context) = context::of(&mut copy) else {
        return Err(bad("message_id", "is of a kind that cannot be forwarded"));
    };
    let score = context.forwarding_score.unwrap_or(0).saturating_add(1);
    let inherited = context.forwarded_newsletter_message_info.take();
    *context = wa::ContextInfo {
        forwarding_score: Some(if score >= MANY { MANY_TIMES } else { score }),
        is_forwarded: Some(true),
        forwarded_newsletter_message_info: inherited.or_else(|| origin(given.material, kept)).into(),
        ..Default::default()
    };
    Ok(copy)
}

/// The newsletter that it comes from, if it does.
fn origin(material: &Material, kept: &KeptMessage) -> Option<ForwardedNewsletterMessageInfo> {
    let server_id = material.target_server_id.filter(|_| kept.chat.ends_with("@newsletter"))?;
    Some(ForwardedNewsletterMessageInfo {
        newsletter_jid: Some(kept.chat.clone()),
        server_message_id: i32::try_from(server_id).ok(),
        content_type: Some(ContentType::UPDATE),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::command::SendMessage;
    use edgewire_contract::content::{Content, Kind};
    use edgewire_contract::fault::FaultCode;
    use edgewire_contract::ids::MessageId;
    use edgewire_contract::jid::Jid;
    use serde_json::{Value, json};
    use whatsapp_rust::buffa::MessageField;

    use super::super::tests::*;
    use super::*;

    fn forwarded(material: &Material) -> Result<Value, Fault> {
        from(GROUP, material)
    }

    fn from(chat: &str, material: &Material) -> Result<Value, Fault> {
        let content = Content::ForwardStored(ForwardStored {
            chat: Jid::parse_recipient(chat).unwrap(),
            message_id: MessageId::parse("3EB0BB").unwrap(),
            sender: None,
        });
        let send = SendMessage { content, ..command(Kind::Text, &json!({"to": BOB, "text": "-"})) };
        super::super::message(&send, material).map(|outgoing| seen(&outgoing.message))
    }

    #[test]
    fn a_picture_goes_on_without_quote_mentions_and_timer() {
        let seen = forwarded(&about(kept(GROUP, Some(BOBS_LID), picture()))).unwrap();
        assert_eq!(
            seen,
            json!({"image_message": {
                "direct_path": "/v/old", "caption": "old", "jpeg_thumbnail": [1, 2, 3],
                "context_info": {"is_forwarded": true, "forwarding_score": 1},
            }})
        );
    }

    #[test]
    fn each_time_counts_until_it_is_many() {
        for (before, after) in [(0, 1), (1, 2), (3, 4), (4, 127), (127, 127)] {
            let mut message = picture();
            message.image_message.get_or_insert_default().context_info =
                MessageField::some(wa::ContextInfo { forwarding_score: Some(before), ..Default::default() });
            let seen = forwarded(&about(kept(GROUP, None, message))).unwrap();
            assert_eq!(seen["image_message"]["context_info"]["forwarding_score"], after);
        }
    }

    #[test]
    fn a_wrapped_document_is_wrapped_again_and_a_secret_stays_behind() {
        let document = wa::message::DocumentMessage { caption: Some("c".into()), ..Default::default() };
        let mut message =
            wa::Message { document_message: MessageField::some(document), ..Default::default() };
        super::super::document::wrap(&mut message);
        message.message_context_info.get_or_insert_default().message_secret = Some(vec![1; 32]);
        let seen = forwarded(&about(kept(GROUP, Some(BOBS_LID), message))).unwrap();
        assert_eq!(
            seen,
            json!({"document_with_caption_message": {"message": {"document_message": {
                "caption": "c", "context_info": {"is_forwarded": true, "forwarding_score": 1},
            }}}})
        );
    }

    #[test]
    fn a_post_of_a_newsletter_says_where_it_comes_from() {
        let material = Material {
            target_server_id: Some(42),
            ..about(kept(NEWSLETTER, Some(NEWSLETTER), text("news")))
        };
        let seen = from(NEWSLETTER, &material).unwrap();
        assert_eq!(
            seen["extended_text_message"]["context_info"]["forwarded_newsletter_message_info"],
            json!({"newsletter_jid": NEWSLETTER, "server_message_id": 42, "content_type": "UPDATE"})
        );
    }

    #[test]
    fn what_is_not_kept_or_cannot_be_forwarded_is_refused() {
        let code = |material: &Material| forwarded(material).unwrap_err().code;
        assert_eq!(code(&material()), FaultCode::NotFound);
        assert_eq!(code(&about(kept(NEWSLETTER, None, text("elsewhere")))), FaultCode::NotFound);
        let mut unreadable = kept(GROUP, None, text("x"));
        unreadable.message = None;
        assert_eq!(code(&about(unreadable)), FaultCode::NotFound);
        let mut once = picture();
        once.image_message.get_or_insert_default().view_once = Some(true);
        assert_eq!(code(&about(kept(GROUP, None, once))), FaultCode::ValidationError);
        let mut reaction = wa::Message::default();
        reaction.reaction_message.get_or_insert_default();
        let mut protocol = wa::Message::default();
        protocol.protocol_message.get_or_insert_default();
        let mut vote = wa::Message::default();
        vote.poll_update_message.get_or_insert_default();
        for message in [reaction, protocol, vote, wa::Message::default()] {
            assert_eq!(code(&about(kept(GROUP, None, message))), FaultCode::ValidationError);
        }
    }
}
