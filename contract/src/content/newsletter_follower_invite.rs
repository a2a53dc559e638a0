//! An invitation to follow a newsletter.

use super::{About, Sendable, To};
use crate::jid::Jid;
use crate::shape::{newsletter, optional, text};

crate::record! {
    /// An invitation to follow a newsletter (channel).
    pub struct NewsletterFollowerInvite {
        /// The newsletter.
        pub newsletter_jid: Jid = newsletter();
        /// Its name.
        pub newsletter_name: String = text(1, 256);
        /// What the invitation says.
        pub caption: Option<String> = optional(text(1, 1024));
    }
}

impl Sendable for NewsletterFollowerInvite {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Invite somebody to follow a newsletter",
            note: None,
            example: r#"{"to": "628123456789", "newsletter_jid": "120363000000000000@newsletter", "newsletter_name": "My Newsletter", "caption": "Follow this newsletter!"}"#,
        }
    }
}
