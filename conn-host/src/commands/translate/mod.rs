//! A command's content as WhatsApp's protobuf: one file a kind. The `match` in [`content`] says which are missing.
//!
//! The result is the same for every try of a command: ids, secret and timestamps are the command's, and so are the
//! nonces of what is encrypted ([`addon`]). Nothing here asks anybody: what is needed is in the [`Material`].
//!
//! * [`given`]: the command with its material: who wrote what it is about, and that message's key;
//! * [`context`]: quote and mentions, for every kind that carries them;
//! * [`file`]: what the kinds with a file have in common;
//! * [`newsletter`]: edits, revokes and reactions in newsletters, which are stanzas of their own;
//! * the rest: a kind each.
//!
//! **To add a kind**: a file with its `message`, and its line in [`content`]; then its line in `tests/table.rs`. Whatever
//! it is, [`Stanza`] follows from the protobuf.

mod addon;
mod audio;
mod buttons;
mod buttons_response;
mod cancel_payment;
mod comment;
mod contact;
mod context;
mod decline_payment;
mod document;
mod edit;
mod file;
mod forward;
mod forward_stored;
mod given;
mod highly_structured;
mod image;
mod interactive;
mod interactive_response;
mod invoice;
mod list;
mod list_response;
mod location;
mod newsletter;
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
mod sticker;
mod template_button_reply;
#[cfg(test)]
mod tests;
mod text;
mod video;

use edgewire_contract::command::SendMessage;
use edgewire_contract::content::Content;
use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::jid::JidKind;
use whatsapp_rust::wacore::send::{media_type_from_message, stanza_type_from_message};
use whatsapp_rust::waproto::whatsapp as wa;

pub(crate) use self::context::look as context_of;
use self::given::Given;
use super::material::Material;
use crate::wire::{Outgoing, Stanza};

/// What goes on the wire for `send`.
///
/// # Errors
/// When not enough is known of what the command is about, or that cannot be done to it.
pub fn message(send: &SendMessage, material: &Material) -> Result<Outgoing, Fault> {
    let given = Given { send, material };
    let to = send.to.kind();
    if to == JidKind::Status && !matches!(send.content, Content::React(_)) {
        // The library posts a status to a list of people that it is given; nobody gives one yet.
        return Err(Fault::new(FaultCode::NotImplemented, "posting to status@broadcast is not supported"));
    }
    if to == JidKind::Newsletter
        && let Some(outgoing) = newsletter::message(&given)?
    {
        return Ok(outgoing);
    }
    let mut message = content(&given)?;
    context::attach(&given, &mut message);
    document::wrap(&mut message);
    // Kept the same over tries: a second try with another secret would make votes and edits of the first unreadable.
    let info = message.message_context_info.get_or_insert_default();
    info.message_secret = Some(send.secret.0.to_vec());
    let stanza = stanza(to, &message);
    Ok(Outgoing { id: send.message_id.to_string(), to: send.to.to_string(), message, stanza })
}

/// What it says, still without quote, mentions and secret.
fn content(given: &Given<'_>) -> Result<wa::Message, Fault> {
    Ok(match &given.send.content {
        Content::Text(it) => text::message(&it.text),
        Content::Image(it) => image::message(it, given.file()?),
        Content::Video(it) => video::message(it, given.file()?),
        Content::Audio(it) => audio::message(it, given.file()?),
        Content::Document(it) => document::message(it, given.file()?),
        Content::Sticker(_) => sticker::message(given.file()?),
        Content::Location(it) => location::message(it),
        Content::Contact(it) => contact::message(it),
        Content::Poll(it) => poll::message(it),
        Content::Buttons(it) => buttons::message(it),
        Content::List(it) => list::message(it),
        Content::Interactive(it) => interactive::message(it),
        Content::NewsletterAdminInvite(it) => newsletter_admin_invite::message(it),
        Content::NewsletterFollowerInvite(it) => newsletter_follower_invite::message(it),
        Content::Order(it) => order::message(given, it),
        Content::Invoice(it) => invoice::message(it),
        Content::PaymentInvite(it) => payment_invite::message(it),
        Content::Pin(it) => pin::message(given, it)?,
        Content::Forward(it) => forward::message(it),
        Content::Edit(it) => edit::message(given, it)?,
        Content::React(it) => react::message(given, it)?,
        Content::Revoke(it) => revoke::message(given, it)?,
        Content::PollUpdate(it) => poll_update::message(given, it)?,
        Content::ButtonsResponse(it) => buttons_response::message(it),
        Content::ListResponse(it) => list_response::message(it),
        Content::InteractiveResponse(it) => interactive_response::message(it),
        Content::HighlyStructured(it) => highly_structured::message(it),
        Content::TemplateButtonReply(it) => template_button_reply::message(it),
        Content::Comment(it) => comment::message(given, it)?,
        Content::ScheduledCall(it) => scheduled_call::message(it),
        Content::ScheduledCallEdit(it) => scheduled_call_edit::message(given, it)?,
        Content::SendPayment(it) => send_payment::message(given, it)?,
        Content::RequestPayment(it) => request_payment::message(given, it),
        Content::CancelPayment(it) => cancel_payment::message(given, it),
        Content::DeclinePayment(it) => decline_payment::message(given, it)?,
        Content::NewsletterForward(it) => newsletter_forward::message(it),
        Content::ForwardStored(it) => forward_stored::message(given, it)?,
    })
}

/// What WhatsApp's server must see beside the message. It drops, unacknowledged, a stanza that says `media` without saying
/// which: the library's classification leaves several kinds there, and `text` is what they pass as.
fn stanza(to: JidKind, message: &wa::Message) -> Stanza {
    if message.list_message.is_set() && to != JidKind::Newsletter {
        return Stanza::List;
    }
    let unnamed = stanza_type_from_message(message) == "media" && media_type_from_message(message).is_none();
    if unnamed { Stanza::Text } else { Stanza::Plain }
}

/// 400 for one field.
fn bad(field: &str, message: impl Into<String>) -> Fault {
    Fault::invalid(&[FieldFault { field: field.to_owned(), message: message.into(), value: None }])
}
