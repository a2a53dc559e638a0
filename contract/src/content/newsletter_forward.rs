//! A post of a newsletter, forwarded.

use super::{About, Sendable, TEXT, To};
use crate::jid::Jid;
use crate::shape::{choice, newsletter, optional, or, text, whole};

crate::record! {
    /// A post of a newsletter (channel), forwarded.
    pub struct NewsletterForward {
        /// The post's text.
        pub text: String = TEXT;
        /// The newsletter.
        pub newsletter_jid: Jid = newsletter();
        /// The post's number at the server.
        pub server_message_id: i64 = whole(1, 2_147_483_647);
        /// The newsletter's name.
        pub newsletter_name: Option<String> = optional(text(1, 256));
        /// What kind of post it is.
        pub content_type: PostType = or(choice::<PostType>(), PostType::Update);
    }
}

crate::names! {
    /// What kind of post it is.
    pub enum PostType {
        /// A post.
        Update = "update",
        /// A card of a post.
        UpdateCard = "update_card",
        /// A card of a link.
        LinkCard = "link_card",
    }
}

impl Sendable for NewsletterForward {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Forward a newsletter post",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "text": "Check out this newsletter post", "newsletter_jid": "120363000000000000@newsletter", "server_message_id": 42, "newsletter_name": "My Newsletter", "content_type": "update"}"#,
        }
    }
}
