//! What a message says, by kind: one file a kind. The field tables are those of the API's source documents. [`single`] is
//! how the single send endpoint spells nine of them.
//!
//! **To add a kind**: a file here (its [`record!`](crate::record) and its [`Sendable`]), its line in the table at the
//! end of this file, and a file in `conn-host/src/commands/translate`. Route, validation, command, description and the
//! end-to-end table follow from these; the compiler and the golden files name what is missing.

mod audio;
mod buttons;
mod buttons_response;
mod cancel_payment;
mod comment;
mod contact;
mod decline_payment;
mod document;
mod edit;
mod forward;
mod highly_structured;
mod image;
mod interactive;
mod interactive_response;
mod invoice;
mod list;
mod list_response;
mod location;
mod newsletter_admin_invite;
mod newsletter_follower_invite;
mod newsletter_forward;
mod order;
mod payment_invite;
mod pin;
mod poll;
mod poll_update;
mod react;
mod request_payment;
mod revoke;
mod scheduled_call;
mod scheduled_call_edit;
mod send_payment;
pub mod single;
mod sticker;
mod table;
mod template_button_reply;
mod text;
mod video;

pub use audio::Audio;
pub use buttons::{Button, Buttons};
pub use buttons_response::ButtonsResponse;
pub use cancel_payment::CancelPayment;
pub use comment::Comment;
pub use contact::{Card, Contact, Phone};
pub use decline_payment::DeclinePayment;
pub use document::Document;
pub use edit::Edit;
pub use forward::Forward;
pub use highly_structured::HighlyStructured;
pub use image::Image;
pub use interactive::{FlowButton, Interactive};
pub use interactive_response::InteractiveResponse;
pub use invoice::{Attachment, Invoice};
pub use list::{List, Row, Section};
pub use list_response::ListResponse;
pub use location::Location;
pub use newsletter_admin_invite::NewsletterAdminInvite;
pub use newsletter_follower_invite::NewsletterFollowerInvite;
pub use newsletter_forward::{NewsletterForward, PostType};
pub use order::{Order, OrderStatus};
pub use payment_invite::PaymentInvite;
pub use pin::Pin;
pub use poll::Poll;
pub use poll_update::{ChosenOptions, PollUpdate};
pub use react::{EMOJI, React};
pub use request_payment::RequestPayment;
pub use revoke::Revoke;
pub use scheduled_call::{CallType, ScheduledCall};
pub use scheduled_call_edit::{CallEdit, ScheduledCallEdit};
pub use send_payment::SendPayment;
pub use sticker::Sticker;
pub use table::{Content, Kind};
pub use template_button_reply::TemplateButtonReply;
pub use text::{TEXT, Text};
pub use video::Video;

use crate::ids::MessageId;
use crate::jid::{Jid, JidKind};
use crate::media::{Media, MediaKind, Source};
use crate::shape::{self, Optional, Record, optional, text as text_of};

/// The rule of the text below a file.
const CAPTION: Optional<shape::Text> = optional(text_of(1, 1024));

/// A kind of message, for its route.
pub trait Sendable: Record {
    /// Where it can go.
    const TO: To;
    /// Whether WhatsApp carries a quote in it: then its route takes `reply_to`.
    const QUOTES: bool;
    /// Whether WhatsApp carries mentions in it: then its route takes `mentions`.
    const MENTIONS: bool;
    /// What its description says. Not called in a component.
    fn about() -> About;
}

/// Where a kind can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct To {
    /// The body's field that says where.
    pub field: &'static str,
    /// The kinds of JID that it takes; all when empty.
    pub kinds: &'static [JidKind],
    /// What is said to a caller who gives another.
    pub message: &'static str,
}

impl To {
    /// `to`, to anybody.
    pub const ANY: Self = Self { field: "to", kinds: &[], message: "" };
    /// `chat`, any of them.
    pub const CHAT: Self = Self { field: "chat", kinds: &[], message: "" };
    /// `to`, a group.
    pub const GROUP: Self =
        Self { field: "to", kinds: &[JidKind::Group], message: "must be a group's JID (@g.us)" };
    /// `to`, a group or a newsletter.
    pub const GROUP_OR_NEWSLETTER: Self = Self {
        field: "to",
        kinds: &[JidKind::Group, JidKind::Newsletter],
        message: "must be the JID of a group (@g.us) or a newsletter (@newsletter)",
    };
}

/// What a kind's description says.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// A line.
    pub summary: &'static str,
    /// What one must know of it; how WhatsApp's apps show it, where they do not.
    pub note: Option<&'static str>,
    /// A whole body, as JSON.
    pub example: &'static str,
}

/// A stored message, sent on as it is: its media are not uploaded again.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ForwardStored {
    /// The chat that it stands in.
    pub chat: Jid,
    /// The message.
    pub message_id: MessageId,
    /// Who wrote it, when the caller says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Jid>,
}

impl Content {
    /// The file that it carries, and what it is sent as.
    pub fn media(&self) -> Option<(MediaKind, &Media)> {
        match self {
            Self::Image(it) => Some((MediaKind::Image, &it.image)),
            Self::Video(it) => Some((MediaKind::Video, &it.video)),
            Self::Audio(it) => Some((MediaKind::Audio, &it.audio)),
            Self::Document(it) => Some((MediaKind::Document, &it.document)),
            Self::Sticker(it) => Some((MediaKind::Sticker, &it.sticker)),
            _ => None,
        }
    }

    /// Where the file's bytes are, to say it anew.
    pub fn source_mut(&mut self) -> Option<&mut Source> {
        match self {
            Self::Image(it) => Some(&mut it.image.source),
            Self::Video(it) => Some(&mut it.video.source),
            Self::Audio(it) => Some(&mut it.audio.source),
            Self::Document(it) => Some(&mut it.document.source),
            Self::Sticker(it) => Some(&mut it.sticker.source),
            _ => None,
        }
    }
}
