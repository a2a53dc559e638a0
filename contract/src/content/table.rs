//! The table of kinds, and what follows from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{About, ForwardStored, Sendable as _, To};
use crate::fields::Fields;
use crate::shape::Record as _;

macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// What a message says.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Content {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $variant(super::$variant),
            )*
            /// A stored message; of a route of its own.
            #[serde(rename = "forward-stored")]
            ForwardStored(ForwardStored),
        }

        /// A kind that has a route `/messages/<kind>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Content {
            /// The kind's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::ForwardStored(_) => "forward-stored",
                }
            }
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name, as in its route.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Where it can go.
            pub const fn to(self) -> To {
                match self { $(Self::$variant => super::$variant::TO,)* }
            }

            /// Whether WhatsApp carries a quote in it.
            pub const fn quotes(self) -> bool {
                match self { $(Self::$variant => super::$variant::QUOTES,)* }
            }

            /// Whether WhatsApp carries mentions in it.
            pub const fn mentions(self) -> bool {
                match self { $(Self::$variant => super::$variant::MENTIONS,)* }
            }

            /// Reads its own fields of a body. `None` after noting what is wrong.
            pub fn read(self, fields: &mut Fields<'_>) -> Option<Content> {
                match self { $(Self::$variant => super::$variant::read(fields).map(Content::$variant),)* }
            }

            /// The JSON schema of its own fields. Not for a component.
            pub fn schema(self) -> Value {
                match self { $(Self::$variant => super::$variant::schema(),)* }
            }

            /// What its description says. Not for a component.
            pub fn about(self) -> About {
                match self { $(Self::$variant => super::$variant::about(),)* }
            }
        }
    };
}

kinds! {
    Text = "text",
    Image = "image",
    Video = "video",
    Audio = "audio",
    Document = "document",
    Sticker = "sticker",
    Location = "location",
    Contact = "contact",
    Poll = "poll",
    Buttons = "buttons",
    List = "list",
    Interactive = "interactive",
    NewsletterAdminInvite = "newsletter-admin-invite",
    NewsletterFollowerInvite = "newsletter-follower-invite",
    Order = "order",
    Invoice = "invoice",
    PaymentInvite = "payment-invite",
    Pin = "pin",
    Forward = "forward",
    Edit = "edit",
    React = "react",
    Revoke = "revoke",
    PollUpdate = "poll-update",
    ButtonsResponse = "buttons-response",
    ListResponse = "list-response",
    InteractiveResponse = "interactive-response",
    HighlyStructured = "highly-structured",
    TemplateButtonReply = "template-button-reply",
    Comment = "comment",
    ScheduledCall = "scheduled-call",
    ScheduledCallEdit = "scheduled-call-edit",
    SendPayment = "send-payment",
    RequestPayment = "request-payment",
    CancelPayment = "cancel-payment",
    DeclinePayment = "decline-payment",
    NewsletterForward = "newsletter-forward",
}

impl Kind {
    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
