//! A comment on a message.
//!
//! In a community's announcement group it is encrypted under that message's secret; elsewhere, and where the secret is not
//! known, it is plain.

use edgewire_contract::content::Comment;
use edgewire_contract::fault::Fault;
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::wacore::secret_enc_addon::ModificationType;
use whatsapp_rust::waproto::whatsapp as wa;

use super::addon::{self, Addon};
use super::given::{Author, Given, other_chat};
use super::text;
use wa::message::{CommentMessage, EncCommentMessage, ExtendedTextMessage};

/// A comment as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, comment: &Comment) -> Result<wa::Message, Fault> {
    let author = author(given, comment)?;
    let mut key = given.key(&comment.target_message_id, author.as_ref());
    if let Some(chat) = &comment.target_chat_jid {
        key.remote_jid = Some(chat.to_string());
    }
    if let (true, Some(secret), Some(author)) = (given.material.announcements, given.target_secret(), &author)
    {
        return encrypted(given, comment, key, secret, author);
    }
    let comment_message = MessageField::some(CommentMessage {
        message: MessageField::some(text::message(&comment.text)),
        target_message_key: MessageField::some(key),
    });
    Ok(wa::Message { comment_message, ..Default::default() })
}

/// Who wrote the message, which may stand in another chat than the comment.
fn author(given: &Given<'_>, comment: &Comment) -> Result<Option<Author>, Fault> {
    let chat = comment.target_chat_jid.as_ref().unwrap_or(&given.send.to);
    if !other_chat(chat.as_str(), given.send.to.as_str()) {
        return given.author(comment.target_sender.as_ref());
    }
    Ok(match &given.material.target {
        Some(kept) if other_chat(&kept.chat, chat.as_str()) => return Err(Fault::not_found("message")),
        Some(kept) => Some(kept.sender.clone().map_or(Author::Us, Author::Other)),
        None => comment.target_sender.as_ref().map(|jid| Author::Other(jid.to_string())),
    })
}

fn encrypted(
    given: &Given<'_>,
    comment: &Comment,
    mut key: wa::MessageKey,
    secret: &[u8],
    author: &Author,
) -> Result<wa::Message, Fault> {
    let (author, actor) = addon::pair(given, author)?;
    let id = comment.target_message_id.as_str();
    let what = Addon { what: ModificationType::EncComment, id, author: &author, actor: &actor };
    let inner = wa::Message {
        extended_text_message: MessageField::some(ExtendedTextMessage {
            text: Some(comment.text.clone()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let sealed = addon::seal(given, &what, secret, &inner.encode_to_vec())?;
    key.participant = Some(author);
    let enc_comment_message = MessageField::some(EncCommentMessage {
        target_message_key: MessageField::some(key),
        enc_payload: Some(sealed.payload),
        enc_iv: Some(sealed.iv),
    });
    Ok(wa::Message { enc_comment_message, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;
    use whatsapp_rust::wacore::comment::decrypt_comment_with_secret;

    use super::super::tests::*;
    use crate::commands::material::Material;

    #[test]
    fn it_names_the_message_and_its_chat() {
        let elsewhere = "120363000000000002@g.us";
        let body = json!({
            "to": GROUP, "text": "c", "target_message_id": "3EB0BB", "target_chat_jid": elsewhere, "target_sender": BOB,
        });
        let key = |material: &Material| {
            says(Kind::Comment, &body, material)["comment_message"]["target_message_key"].clone()
        };
        let theirs = json!({"remote_jid": elsewhere, "from_me": false, "id": "3EB0BB", "participant": BOB});
        assert_eq!(key(&material()), theirs);
        let theirs =
            json!({"remote_jid": elsewhere, "from_me": false, "id": "3EB0BB", "participant": BOBS_LID});
        assert_eq!(key(&about(kept(elsewhere, Some(BOBS_LID), text("x")))), theirs);
        assert_eq!(refused(Kind::Comment, &body, &about(kept(GROUP, None, text("x")))), ["not_found"]);
    }

    #[test]
    fn an_announcement_group_gets_it_encrypted() {
        let material = Material { announcements: true, ..about(kept(GROUP, Some(BOBS_LID), text("post"))) };
        let body = json!({"to": GROUP, "text": "c", "target_message_id": "3EB0BB"});
        let message = outgoing(Kind::Comment, &body, &material).unwrap().message;
        let sealed = message.enc_comment_message.as_option().unwrap();
        let (payload, iv) = (sealed.enc_payload.as_ref().unwrap(), sealed.enc_iv.as_ref().unwrap());
        let opened =
            decrypt_comment_with_secret(payload, iv, &TARGET_SECRET, "3EB0BB", BOBS_LID, MY_LID).unwrap();
        assert_eq!(part(&opened), json!({"extended_text_message": {"text": "c"}}));
        assert_eq!(part(&sealed.target_message_key)["participant"], BOBS_LID);
    }
}
