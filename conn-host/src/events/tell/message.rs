//! A message as its event, and as it is listed.

use edgewire_contract::event::{EventBody, MessagePayload, Pinned, Target};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::Scene;
use crate::events::kept::{Kept, Written};
use crate::events::read::{file, parts, quoted};
use crate::events::told::Told;
use crate::wire::Incoming;
use edgewire_store::DeviceStore;
use wa::message::pin_in_chat_message::Type;

/// The message of `scene`, which is of the kind `name`. Kept where there is a `store` to seal it.
pub fn tell(scene: Scene<'_>, name: &'static str, store: Option<&DeviceStore>) -> Told {
    let payload = payload(scene, name);
    let incoming = scene.incoming;
    let timestamp = incoming.timestamp.saturating_mul(1000);
    let written = Written {
        id: &incoming.id,
        chat: &incoming.chat,
        sender: (!incoming.from_me).then_some(&*incoming.sender),
        device: incoming.device,
        at: timestamp,
        server_id: incoming.server_id,
    };
    let kept = Kept::of(written, &incoming.message, &payload, store);
    let body = Box::new(payload);
    let body = if incoming.from_me { EventBody::MessageFromMe(body) } else { EventBody::Message(body) };
    Told { timestamp, body, mark: Some(scene.mark("m")), kept }
}

/// What events say of the message.
pub fn payload(scene: Scene<'_>, name: &str) -> MessagePayload {
    let Scene { incoming, known, me } = scene;
    let message = &*incoming.message;
    let (chat, from) = (scene.chat(), scene.sender());
    let context = quoted::context(message);
    MessagePayload {
        message_id: incoming.id.clone(),
        is_group: incoming.is_group,
        from_me: incoming.from_me,
        push_name: incoming.push_name.clone(),
        kind: name.to_owned(),
        text: parts::text(message),
        timestamp: incoming.timestamp,
        quoted_message_id: context.and_then(|c| c.stanza_id.clone()).filter(|id| !id.is_empty()),
        quoted: context.and_then(|context| quoted::quoted(context, &incoming.chat, known, me)),
        mentions: context.map(|c| c.mentioned_jid.clone()).unwrap_or_default(),
        mentioned: context.into_iter().flat_map(|c| &c.mentioned_jid).map(|jid| known.party(jid)).collect(),
        media: file::of(message),
        location: parts::place(message),
        contacts: parts::cards(message),
        poll: parts::poll(message),
        choice: parts::choice(message),
        pin: pinned(scene),
        comment_on: comment(incoming).and_then(|key| target(scene, key)),
        forwarded: context.and_then(|c| c.is_forwarded).unwrap_or(false),
        view_once: message.is_view_once(),
        ephemeral_seconds: incoming.ephemeral_seconds.filter(|seconds| *seconds > 0),
        server_id: incoming.server_id,
        verified_name: incoming.verified_name.clone(),
        offline: incoming.offline,
        chat: chat.jid,
        chat_phone: chat.phone,
        chat_lid: chat.lid,
        from: from.jid,
        from_phone: from.phone,
        from_lid: from.lid,
    }
}

/// What the message of `scene` pins.
fn pinned(scene: Scene<'_>) -> Option<Pinned> {
    let message = scene.incoming.message.get_base_message();
    let pin = message.pin_in_chat_message.as_option()?;
    let context = message.message_context_info.as_option();
    let context = context.or(scene.incoming.message.message_context_info.as_option());
    let pinned = pin.r#type == Some(Type::PIN_FOR_ALL);
    let seconds = context.and_then(|context| context.message_add_on_duration_in_secs).filter(|_| pinned);
    Some(Pinned { target: target(scene, pin.key.as_option()?)?, pinned, seconds })
}

/// The addresses that a message of a chat names: of whom it quotes or mentions, and who wrote what it pins or comments on.
pub fn named(incoming: &Incoming) -> Vec<String> {
    let pinned = incoming.message.get_base_message().pin_in_chat_message.as_option();
    let keys = [comment(incoming), pinned.and_then(|it| it.key.as_option())];
    let writers = keys.into_iter().flatten().filter_map(|key| key.participant.clone());
    writers.chain(quoted::addresses(&incoming.message)).collect()
}

/// The key of the message that this one comments on. The library takes it off a comment that was encrypted.
pub fn comment(incoming: &Incoming) -> Option<&wa::MessageKey> {
    let plain = incoming.message.get_base_message().comment_message.as_option();
    incoming.comment_on.as_ref().or_else(|| plain?.target_message_key.as_option())
}

/// The message that a key names. Keys are written from their sender's point of view.
pub fn target(scene: Scene<'_>, key: &wa::MessageKey) -> Option<Target> {
    let Scene { incoming, known, me } = scene;
    let id = key.id.clone().filter(|id| !id.is_empty())?;
    let of_two = !incoming.is_group && !incoming.chat.ends_with("@broadcast");
    let author = if key.from_me.unwrap_or(false) {
        Some(incoming.sender.clone())
    } else if let Some(participant) = key.participant.clone().filter(|jid| !jid.is_empty()) {
        Some(participant)
    } else if of_two && incoming.from_me {
        Some(incoming.chat.clone())
    } else if of_two {
        me.phone.clone().or_else(|| me.lid.clone())
    } else {
        None
    };
    let from_me = author.as_deref().is_some_and(|jid| me.is(jid));
    let party = match &author {
        Some(_) if from_me => me.party(),
        Some(jid) => Some(known.party(jid)),
        None => None,
    };
    Some(Target::of(id, party, from_me))
}
