//! An invitation to follow a newsletter.

use edgewire_contract::content::NewsletterFollowerInvite;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// An invitation as WhatsApp carries it.
pub(super) fn message(invite: &NewsletterFollowerInvite) -> wa::Message {
    let newsletter_follower_invite_message_v2 =
        MessageField::some(wa::message::NewsletterFollowerInviteMessage {
            newsletter_jid: Some(invite.newsletter_jid.to_string()),
            newsletter_name: Some(invite.newsletter_name.clone()),
            caption: invite.caption.clone(),
            ..Default::default()
        });
    wa::Message { newsletter_follower_invite_message_v2, ..Default::default() }
}
