//! An invitation to administer a newsletter.

use super::{About, Sendable, To};
use crate::jid::Jid;
use crate::shape::{newsletter, optional, text, whole};

crate::record! {
    /// An invitation to administer a newsletter (channel).
    pub struct NewsletterAdminInvite {
        /// The newsletter.
        pub newsletter_jid: Jid = newsletter();
        /// Its name.
        pub newsletter_name: String = text(1, 256);
        /// What the invitation says.
        pub caption: Option<String> = optional(text(1, 1024));
        /// Until when it can be accepted, unix seconds.
        pub invite_expiration: Option<i64> = optional(whole(0, 253_402_300_799));
    }
}

impl Sendable for NewsletterAdminInvite {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Invite somebody to administer a newsletter",
            note: None,
            example: r#"{"to": "628123456789", "newsletter_jid": "120363000000000000@newsletter", "newsletter_name": "My Newsletter", "caption": "Join as admin!", "invite_expiration": 1700000000}"#,
        }
    }
}
