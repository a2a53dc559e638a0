//! How long the messages of a chat stay, as a member changes it with a message.

use edgewire_contract::event::{ContactChange, ContactUpdatePayload, EventBody, GroupUpdatePayload};
use whatsapp_rust::waproto::whatsapp::message::ProtocolMessage;

use super::Scene;
use crate::events::told::Told;

/// The change that `setting` is. `None` in a chat that has no such thing.
pub fn tell(scene: Scene<'_>, setting: &ProtocolMessage) -> Option<Told> {
    let seconds = setting.ephemeral_expiration.unwrap_or(0);
    let (chat, timestamp) = (scene.chat(), scene.incoming.timestamp);
    let body = if scene.incoming.is_group {
        EventBody::GroupUpdate(GroupUpdatePayload {
            group: chat.jid,
            change: "ephemeral".to_owned(),
            by: Some(scene.sender()),
            ephemeral_seconds: Some(seconds),
            timestamp,
            ..GroupUpdatePayload::default()
        })
    } else if chat.phone.is_some() || chat.lid.is_some() {
        let mut change = ContactUpdatePayload::new(chat, ContactChange::DisappearingMode, timestamp);
        change.ephemeral_seconds = Some(seconds);
        EventBody::ContactUpdate(Box::new(change))
    } else {
        return None;
    };
    Some(Told::new(timestamp.saturating_mul(1000), body, Some(scene.mark("m"))))
}
