//! Reacts to a message.
//!
//! Whose it is goes into its key: what is kept of it says so, else the caller; in a chat of two it is otherwise taken for
//! the other's. A community's announcement group takes reactions encrypted only.

use edgewire_contract::content::React;
use edgewire_contract::fault::Fault;
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::wacore::secret_enc_addon::ModificationType;
use whatsapp_rust::waproto::whatsapp as wa;

use super::addon::{self, Addon};
use super::given::Given;
use wa::message::{EncReactionMessage, ReactionMessage};

/// A reaction as WhatsApp carries it. An empty emoji takes it back.
pub(super) fn message(given: &Given<'_>, react: &React) -> Result<wa::Message, Fault> {
    let author = given.known_author(react.sender.as_ref(), "sender")?;
    let mut key = given.key(&react.message_id, Some(&author));
    let reaction = ReactionMessage {
        text: Some(react.emoji.clone()),
        sender_timestamp_ms: Some(given.send.timestamp),
        ..Default::default()
    };
    if !given.material.announcements {
        let reaction_message =
            MessageField::some(ReactionMessage { key: MessageField::some(key), ..reaction });
        return Ok(wa::Message { reaction_message, ..Default::default() });
    }
    let secret = given.target_secret().ok_or_else(|| Fault::not_found("message"))?;
    let (author, actor) = addon::pair(given, &author)?;
    let id = react.message_id.as_str();
    let what = Addon { what: ModificationType::EncReaction, id, author: &author, actor: &actor };
    let sealed = addon::seal(given, &what, secret, &reaction.encode_to_vec())?;
    key.participant = Some(author);
    let enc_reaction_message = MessageField::some(EncReactionMessage {
        target_message_key: MessageField::some(key),
        enc_payload: Some(sealed.payload),
        enc_iv: Some(sealed.iv),
    });
    Ok(wa::Message { enc_reaction_message, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::{Value, json};
    use whatsapp_rust::wacore::reaction::decrypt_reaction_with_secret;

    use super::super::tests::*;
    use crate::commands::material::Material;

    fn body(to: &str, sender: Option<&str>) -> Value {
        json!({"to": to, "message_id": "3EB0BB", "emoji": "", "sender": sender})
    }

    fn key(body: &Value, material: &Material) -> Value {
        says(Kind::React, body, material)["reaction_message"]["key"].clone()
    }

    #[test]
    fn whose_it_is_is_what_is_kept_then_what_is_said_then_the_chat() {
        let mine = about(kept(BOB, None, text("mine")));
        assert_eq!(key(&body(BOB, Some(BOB)), &mine)["from_me"], true);
        assert_eq!(key(&body(BOB, Some(ME)), &material())["from_me"], true);
        assert_eq!(key(&body(BOB, Some(MY_LID)), &material())["from_me"], true);
        let theirs = json!({"remote_jid": BOB, "from_me": false, "id": "3EB0BB"});
        assert_eq!(key(&body(BOB, None), &material()), theirs);
    }

    #[test]
    fn in_a_group_the_key_names_the_writer() {
        let theirs = about(kept(GROUP, Some(BOBS_LID), text("theirs")));
        assert_eq!(key(&body(GROUP, None), &theirs)["participant"], BOBS_LID);
        assert_eq!(key(&body(GROUP, Some(BOB)), &material())["participant"], BOB);
        let mine = about(kept(GROUP, None, text("mine")));
        assert_eq!(
            key(&body(GROUP, None), &mine),
            json!({"remote_jid": GROUP, "from_me": true, "id": "3EB0BB"})
        );
        assert_eq!(refused(Kind::React, &body(GROUP, None), &material()), ["sender"]);
    }

    #[test]
    fn an_announcement_group_gets_it_encrypted() {
        let material = Material { announcements: true, ..about(kept(GROUP, Some(BOBS_LID), text("theirs"))) };
        let mut reaction = body(GROUP, None);
        reaction["emoji"] = json!("👍");
        let message = outgoing(Kind::React, &reaction, &material).unwrap().message;
        let sealed = message.enc_reaction_message.as_option().unwrap();
        let (payload, iv) = (sealed.enc_payload.as_ref().unwrap(), sealed.enc_iv.as_ref().unwrap());
        let opened =
            decrypt_reaction_with_secret(payload, iv, &TARGET_SECRET, "3EB0BB", BOBS_LID, MY_LID).unwrap();
        assert_eq!(opened.text.as_deref(), Some("👍"));
        assert_eq!(opened.sender_timestamp_ms, Some(NOW));
        let unknown = Material { target_secret: None, ..material };
        assert_eq!(refused(Kind::React, &reaction, &unknown), ["not_found"]);
    }
}
