//! What is done to a newsletter's post: stanzas of their own, unencrypted.
//!
//! An edit and a revoke go out, and are acknowledged, under the id of the post that they change; only a reaction has an id
//! of its own, and it names the post by the number that the server gave it.

use edgewire_contract::content::{Content, React};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::MessageId;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::Given;
use super::{bad, edit};
use crate::wire::{Outgoing, Stanza};

/// The stanza, if the command is one of these; `None` for what goes to a newsletter as any message does.
pub(super) fn message(given: &Given<'_>) -> Result<Option<Outgoing>, Fault> {
    let outgoing = |id: &MessageId, stanza: Stanza, message: wa::Message| {
        Some(Outgoing { id: id.to_string(), to: given.send.to.to_string(), message, stanza })
    };
    Ok(match &given.send.content {
        Content::Edit(it) => outgoing(&it.message_id, Stanza::NewsletterEdit, edit::content(given, it)?),
        Content::Revoke(it) => outgoing(&it.message_id, Stanza::NewsletterRevoke, wa::Message::default()),
        Content::React(it) => {
            let stanza =
                Stanza::NewsletterReaction { server_id: server_id(given, it)?, emoji: it.emoji.clone() };
            outgoing(&given.send.message_id, stanza, wa::Message::default())
        }
        _ => None,
    })
}

/// The post's number: what is kept of it says so; else the caller gave the number itself.
fn server_id(given: &Given<'_>, react: &React) -> Result<u64, Fault> {
    let said = || react.message_id.as_str().parse().ok().filter(|number| *number > 0);
    given.material.target_server_id.or_else(said).ok_or_else(|| {
        bad("message_id", "is not known to the gateway; give the number that WhatsApp's server gave the post")
    })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;
    use crate::commands::material::Material;
    use crate::wire::Stanza;

    #[test]
    fn an_edit_and_a_revoke_go_under_the_posts_id() {
        let body = json!({"to": NEWSLETTER, "message_id": "3EB0BB", "text": "new"});
        let edit = outgoing(Kind::Edit, &body, &about(kept(NEWSLETTER, None, picture()))).unwrap();
        assert_eq!((edit.id.as_str(), &edit.stanza), ("3EB0BB", &Stanza::NewsletterEdit));
        assert_eq!(part(&edit.message)["image_message"]["caption"], "new");
        assert!(!edit.stanza.is_message());
        let revoke = outgoing(Kind::Revoke, &body, &material()).unwrap();
        assert_eq!((revoke.id.as_str(), &revoke.stanza), ("3EB0BB", &Stanza::NewsletterRevoke));
    }

    #[test]
    fn a_reaction_names_the_post_by_its_number() {
        let reaction = |server_id| Stanza::NewsletterReaction { server_id, emoji: "👍".into() };
        let by_number = json!({"to": NEWSLETTER, "message_id": "142", "emoji": "👍"});
        let sent = outgoing(Kind::React, &by_number, &material()).unwrap();
        assert_eq!((sent.id.as_str(), sent.stanza), ("3EB0AA", reaction(142)));
        let by_id = json!({"to": NEWSLETTER, "message_id": "3EB0BB", "emoji": "👍"});
        let known = Material { target_server_id: Some(7), ..material() };
        assert_eq!(outgoing(Kind::React, &by_id, &known).unwrap().stanza, reaction(7));
        assert_eq!(refused(Kind::React, &by_id, &material()), ["message_id"]);
    }

    #[test]
    fn anything_else_goes_as_any_message() {
        let sent = outgoing(Kind::Text, &json!({"to": NEWSLETTER, "text": "news"}), &material()).unwrap();
        assert_eq!(sent.stanza, Stanza::Plain);
        assert_eq!(sent.id, "3EB0AA");
    }
}
