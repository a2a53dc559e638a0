//! Deletes a message for everyone: one of ours, or in a group, as its administrator, somebody else's.

use edgewire_contract::content::Revoke;
use edgewire_contract::fault::Fault;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::bad;
use super::given::{Author, Given};
use wa::message::ProtocolMessage;
use wa::message::protocol_message::Type;

/// A deletion as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, revoke: &Revoke) -> Result<wa::Message, Fault> {
    let protocol_message = MessageField::some(ProtocolMessage {
        key: MessageField::some(given.key(&revoke.message_id, Some(&author(given, revoke)?))),
        r#type: Some(Type::REVOKE),
        ..Default::default()
    });
    Ok(wa::Message { protocol_message, ..Default::default() })
}

/// Whose message it is. Ours, unless the caller or what is kept of it says otherwise. The caller's word comes first: the key
/// must have the address that the group knows the writer by, and he may know better.
fn author(given: &Given<'_>, revoke: &Revoke) -> Result<Author, Fault> {
    let kept = given.target()?;
    let said = revoke.original_sender.as_ref().filter(|said| !given.is_me(said));
    if given.send.to.kind() == JidKind::Group {
        let sender = said.map(ToString::to_string).or_else(|| kept.and_then(|kept| kept.sender.clone()));
        return Ok(sender.map_or(Author::Us, Author::Other));
    }
    if said.is_some() {
        return Err(bad(
            "original_sender",
            "only an administrator, in a group, can delete what others wrote",
        ));
    }
    if kept.is_some_and(|kept| !kept.from_me()) {
        return Err(bad(
            "message_id",
            "is not a message of this session: only those can be deleted for everyone",
        ));
    }
    Ok(Author::Us)
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn an_administrator_names_the_writer() {
        let body = json!({"to": GROUP, "message_id": "3EB0BB", "original_sender": BOB});
        let theirs = json!({"remote_jid": GROUP, "from_me": false, "id": "3EB0BB", "participant": BOB});
        assert_eq!(says(Kind::Revoke, &body, &material())["protocol_message"]["key"], theirs);
        let body = json!({"to": GROUP, "message_id": "3EB0BB"});
        let material = about(kept(GROUP, Some(BOBS_LID), text("theirs")));
        assert_eq!(says(Kind::Revoke, &body, &material)["protocol_message"]["key"]["participant"], BOBS_LID);
    }

    #[test]
    fn ours_is_ours_also_when_we_are_named() {
        let body = json!({"to": GROUP, "message_id": "3EB0BB", "original_sender": ME});
        assert_eq!(
            says(Kind::Revoke, &body, &material())["protocol_message"]["key"],
            json!({"remote_jid": GROUP, "from_me": true, "id": "3EB0BB"})
        );
    }

    #[test]
    fn in_a_chat_of_two_only_ours_can_be_deleted() {
        let body = json!({"to": BOB, "message_id": "3EB0BB", "original_sender": BOB});
        assert_eq!(refused(Kind::Revoke, &body, &material()), ["original_sender"]);
        let body = json!({"to": BOB, "message_id": "3EB0BB"});
        let theirs = about(kept(BOB, Some(BOB), text("theirs")));
        assert_eq!(refused(Kind::Revoke, &body, &theirs), ["message_id"]);
    }
}
