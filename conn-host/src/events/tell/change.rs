//! Reactions, edits and revokes.
//!
//! Who may do them is for the receiver to see to: WhatsApp's server does not know what a message says. An edit or a revoke
//! of what somebody else wrote is nothing, except a group admin's revoke.

use edgewire_contract::event::{EditedPayload, EventBody, MessagePayload, ReactionPayload, RevokedPayload};
use edgewire_contract::keys::message_field;
use edgewire_store::{DeviceStore, KeptRecord};
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Scene;
use super::message::target;
use crate::events::kept::{Kept, What};
use crate::events::read::{kind, parts, quoted};
use crate::events::told::Told;
use wa::message::{ProtocolMessage, ReactionMessage};

/// A reaction.
pub fn reaction(scene: Scene<'_>, reaction: &ReactionMessage) -> Option<Told> {
    let payload = ReactionPayload {
        origin: scene.origin(),
        target: target(scene, reaction.key.as_option()?)?,
        emoji: reaction.text.clone().filter(|emoji| !emoji.is_empty()),
    };
    Some(told(scene, EventBody::MessageReaction(payload), None))
}

/// An edit. `kept` is what is kept of the message that it changes.
pub fn edit(
    scene: Scene<'_>,
    edit: &ProtocolMessage,
    kept: Option<&KeptRecord>,
    store: Option<&DeviceStore>,
) -> Option<Told> {
    let new = edit.edited_message.as_option()?;
    let target = target(scene, edit.key.as_option()?)?;
    let by_writer = target.from.as_deref() == Some(&*scene.origin().from);
    if !by_writer || kept.is_some_and(|kept| !wrote(scene, kept)) {
        return None;
    }
    let edited_at = edit.timestamp_ms.unwrap_or_else(|| scene.incoming.timestamp.saturating_mul(1000));
    let payload = EditedPayload {
        origin: scene.origin(),
        kind: kind::message_name(new).unwrap_or("other").to_owned(),
        text: parts::text(new),
        mentions: quoted::context(new).map(|c| c.mentioned_jid.clone()).unwrap_or_default(),
        edited_at,
        target,
    };
    let change = kept.and_then(|kept| edited(&payload.target.message_id, edited_at, new, kept, store));
    Some(told(scene, EventBody::MessageEdited(payload), change))
}

/// What an edit at `at` (unix ms) makes of what is kept of the message `id`.
pub fn edited(
    id: &str,
    at: i64,
    new: &wa::Message,
    kept: &KeptRecord,
    store: Option<&DeviceStore>,
) -> Option<Kept> {
    let mut view: MessagePayload = serde_json::from_str(kept.view.as_deref()?).ok()?;
    view.text = parts::text(new);
    view.mentions = quoted::context(new).map(|c| c.mentioned_jid.clone()).unwrap_or_default();
    let mut fields = vec![
        (message_field::EDITED_AT, at.to_string().into_bytes()),
        (message_field::VIEW, serde_json::to_vec(&view).ok()?),
    ];
    if let (Some(store), Some(body)) = (store, &kept.body)
        && let Ok(old) = wa::Message::decode_from_slice(body)
    {
        let mut body = merged(old.clone(), new);
        // Votes, and later edits, are encrypted under the secret that it came with.
        body.message_context_info = old.message_context_info;
        if let Ok(sealed) = store.seal_message(id, &body.encode_to_vec()) {
            fields.push((message_field::BODY, sealed));
        }
    }
    Kept::change(id, What::Change, fields)
}

/// An edit says a file's new caption only, not where the file is.
fn merged(mut old: wa::Message, new: &wa::Message) -> wa::Message {
    macro_rules! caption {
        ($field:ident) => {
            if let (Some(old_part), Some(new_part)) = (old.$field.as_option_mut(), new.$field.as_option())
                && new_part.direct_path.is_none()
            {
                old_part.caption.clone_from(&new_part.caption);
                return old;
            }
        };
    }
    caption!(image_message);
    caption!(video_message);
    caption!(document_message);
    new.clone()
}

/// A revoke. `kept` is what is kept of the message that goes.
pub fn revoke(scene: Scene<'_>, revoke: &ProtocolMessage, kept: Option<&KeptRecord>) -> Option<Told> {
    let target = target(scene, revoke.key.as_option()?)?;
    let origin = scene.origin();
    let by_writer =
        target.from.as_deref() == Some(&*origin.from) && kept.is_none_or(|kept| wrote(scene, kept));
    // Only a group's admins delete what others wrote; WhatsApp's server checks that they are.
    let by_admin = !by_writer && origin.is_group && scene.incoming.by_admin;
    if !by_writer && !by_admin {
        return None;
    }
    let at = scene.incoming.timestamp.saturating_mul(1000);
    let change = kept.and_then(|kept| revoked(&target.message_id, at, kept));
    let payload = RevokedPayload { origin, target, by_admin, for_me: false };
    Some(told(scene, EventBody::MessageRevoked(payload), change))
}

/// What a revoke at `at` (unix ms) makes of what is kept: that there was a message, and no more.
pub fn revoked(id: &str, at: i64, kept: &KeptRecord) -> Option<Kept> {
    let mut fields = vec![(message_field::REVOKED_AT, at.to_string().into_bytes())];
    if let Some(view) = kept.view.as_deref().and_then(|view| serde_json::from_str(view).ok()) {
        let view: MessagePayload = view;
        let empty = MessagePayload {
            message_id: view.message_id,
            chat: view.chat,
            chat_phone: view.chat_phone,
            chat_lid: view.chat_lid,
            is_group: view.is_group,
            from: view.from,
            from_phone: view.from_phone,
            from_lid: view.from_lid,
            from_me: view.from_me,
            push_name: view.push_name,
            kind: view.kind,
            timestamp: view.timestamp,
            ..MessagePayload::default()
        };
        fields.push((message_field::VIEW, serde_json::to_vec(&empty).ok()?));
    }
    Kept::change(id, What::Revoke, fields)
}

/// Whether whoever sent this wrote what is kept, in the same chat.
fn wrote(scene: Scene<'_>, kept: &KeptRecord) -> bool {
    let author = match &kept.sender {
        Some(sender) => scene.known.party(sender).jid,
        None => scene.me.party().map(|me| me.jid).unwrap_or_default(),
    };
    author == scene.sender().jid && scene.known.party(&kept.chat).jid == scene.chat().jid
}

fn told(scene: Scene<'_>, body: EventBody, kept: Option<Kept>) -> Told {
    let timestamp = scene.incoming.timestamp.saturating_mul(1000);
    Told { timestamp, body, mark: Some(scene.mark("m")), kept }
}

/// The context of a message's secret, for tests and votes.
pub fn secret(message: &wa::Message) -> Option<&[u8]> {
    let info: &MessageField<wa::MessageContextInfo> = &message.message_context_info;
    info.as_option().and_then(|info| info.message_secret.as_deref())
}
