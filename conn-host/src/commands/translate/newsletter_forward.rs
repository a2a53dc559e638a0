//! A post of a newsletter, forwarded.

use edgewire_contract::content::{NewsletterForward, PostType};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::forward;
use wa::context_info::ForwardedNewsletterMessageInfo;
use wa::context_info::forwarded_newsletter_message_info::ContentType;

/// A forwarded post as WhatsApp carries it: a text whose context says where it stands.
pub(super) fn message(post: &NewsletterForward) -> wa::Message {
    let content_type = match post.content_type {
        PostType::Update => ContentType::UPDATE,
        PostType::UpdateCard => ContentType::UPDATE_CARD,
        PostType::LinkCard => ContentType::LINK_CARD,
    };
    let origin = ForwardedNewsletterMessageInfo {
        newsletter_jid: Some(post.newsletter_jid.to_string()),
        server_message_id: i32::try_from(post.server_message_id).ok(),
        newsletter_name: post.newsletter_name.clone(),
        content_type: Some(content_type),
        ..Default::default()
    };
    let context = wa::ContextInfo {
        forwarding_score: Some(1),
        is_forwarded: Some(true),
        forwarded_newsletter_message_info: MessageField::some(origin),
        ..Default::default()
    };
    forward::text(&post.text, context)
}
