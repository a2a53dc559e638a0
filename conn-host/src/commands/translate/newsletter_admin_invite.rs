//! An invitation to administer a newsletter.

use edgewire_contract::content::NewsletterAdminInvite;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// An invitation as WhatsApp carries it.
pub(super) fn message(invite: &NewsletterAdminInvite) -> wa::Message {
    let newsletter_admin_invite_message = MessageField::some(wa::message::NewsletterAdminInviteMessage {
        newsletter_jid: Some(invite.newsletter_jid.to_string()),
        newsletter_name: Some(invite.newsletter_name.clone()),
        caption: invite.caption.clone(),
        invite_expiration: invite.invite_expiration,
        ..Default::default()
    });
    wa::Message { newsletter_admin_invite_message, ..Default::default() }
}
