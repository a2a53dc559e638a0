//! Gathers what a translation needs: messages that are kept, secrets of polls. Two round trips at most, and none for a
//! plain message.

use edgewire_contract::command::SendMessage;
use edgewire_contract::content::Content;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::JidKind;
use edgewire_store::{DeviceStore, KeptRecord, StoreError};
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::material::{KeptMessage, Material};
use crate::wire::{Identity, Wire, WireError};

/// Why what is needed is not there.
#[derive(Debug)]
pub enum GatherError {
    /// Redis did not answer.
    Store(StoreError),
    /// WhatsApp did not.
    Wire(WireError),
}

impl From<StoreError> for GatherError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Gathers for `send`; the file is not among it.
///
/// # Errors
/// See [`GatherError`]; it may work later.
pub async fn gather(
    send: &SendMessage,
    me: Identity,
    wire: &dyn Wire,
    store: &DeviceStore,
) -> Result<Material, GatherError> {
    let quoted = match &send.reply_to {
        Some(quoted) => {
            record(store, &quoted.message_id).await?.map(|kept| message(&quoted.message_id, kept))
        }
        None => None,
    };
    let about = target(&send.content);
    let target_record = match about {
        Some(id) => record(store, id).await?,
        None => None,
    };
    let target = about.zip(target_record.clone()).map(|(id, kept)| message(id, kept));
    let announcements =
        may_be_encrypted(send) && wire.is_announcements(send.to.as_str()).await.map_err(GatherError::Wire)?;
    let target_secret = match (needs_secret(&send.content, announcements), &target) {
        (true, Some(target)) => wire.message_secret(&target.chat, target.sender.as_deref(), &target.id).await,
        // The library may know a poll that is not kept here any more.
        (true, None) => asked_elsewhere(send, wire).await,
        (false, _) => None,
    };
    let target_server_id = target_record.as_ref().and_then(|kept| kept.server_id);
    Ok(Material {
        me,
        quoted,
        target,
        target_record,
        target_secret,
        target_server_id,
        announcements,
        ..Material::default()
    })
}

/// Whether it is encrypted in a community's announcement group, and plain elsewhere.
fn may_be_encrypted(send: &SendMessage) -> bool {
    send.to.kind() == JidKind::Group && matches!(send.content, Content::React(_) | Content::Comment(_))
}

/// The message that `content` is done to.
fn target(content: &Content) -> Option<&MessageId> {
    match content {
        Content::Pin(it) => Some(&it.message_id),
        Content::Edit(it) => Some(&it.message_id),
        Content::React(it) => Some(&it.message_id),
        Content::Revoke(it) => Some(&it.message_id),
        Content::PollUpdate(it) => Some(&it.poll_message_id),
        Content::Comment(it) => Some(&it.target_message_id),
        Content::ScheduledCallEdit(it) => Some(&it.scheduled_call_message_id),
        Content::SendPayment(it) => it.request_message_id.as_ref(),
        Content::CancelPayment(it) => Some(&it.request_message_id),
        Content::DeclinePayment(it) => Some(&it.request_message_id),
        Content::ForwardStored(it) => Some(&it.message_id),
        Content::Text(_)
        | Content::Image(_)
        | Content::Video(_)
        | Content::Audio(_)
        | Content::Document(_)
        | Content::Sticker(_)
        | Content::Location(_)
        | Content::Contact(_)
        | Content::Poll(_)
        | Content::Buttons(_)
        | Content::List(_)
        | Content::Interactive(_)
        | Content::NewsletterAdminInvite(_)
        | Content::NewsletterFollowerInvite(_)
        | Content::Order(_)
        | Content::Invoice(_)
        | Content::PaymentInvite(_)
        | Content::Forward(_)
        | Content::ButtonsResponse(_)
        | Content::ListResponse(_)
        | Content::InteractiveResponse(_)
        | Content::HighlyStructured(_)
        | Content::TemplateButtonReply(_)
        | Content::ScheduledCall(_)
        | Content::RequestPayment(_)
        | Content::NewsletterForward(_) => None,
    }
}

/// The secret of a poll that is not kept: its asker is who the caller says, or the other of a chat of two.
async fn asked_elsewhere(send: &SendMessage, wire: &dyn Wire) -> Option<Vec<u8>> {
    let Content::PollUpdate(vote) = &send.content else { return None };
    let of_two = matches!(send.to.kind(), JidKind::Phone | JidKind::Lid);
    let asker = vote.poll_sender.as_ref().or_else(|| of_two.then_some(&send.to))?;
    wire.message_secret(send.to.as_str(), Some(asker.as_str()), vote.poll_message_id.as_str()).await
}

/// Whether it is encrypted under the secret of the message that it is done to.
fn needs_secret(content: &Content, announcements: bool) -> bool {
    match content {
        Content::PollUpdate(vote) => vote.enc_payload.is_none(),
        Content::React(_) | Content::Comment(_) => announcements,
        _ => false,
    }
}

async fn record(store: &DeviceStore, id: &MessageId) -> Result<Option<KeptRecord>, StoreError> {
    store.kept_message(id.as_str()).await
}

fn message(id: &MessageId, record: KeptRecord) -> KeptMessage {
    KeptMessage {
        id: id.as_str().to_owned(),
        chat: record.chat,
        sender: record.sender,
        at: record.at,
        message: record.body.and_then(|body| wa::Message::decode_from_slice(&body).ok()),
    }
}
