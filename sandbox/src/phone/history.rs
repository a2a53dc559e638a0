//! What the phone remembers of its chats, and how it hands that to a companion: history syncs.
//!
//! A chat's past is what the control surface put there, and what the phone received and sent since the process started.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use buffa::{Message, MessageField};
use bytes::Bytes;
use serde::Deserialize;
use wacore::download::MediaType;
use wacore::upload::encrypt_media;
use wacore_binary::{Jid, Server};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::HistorySyncType;
use waproto::whatsapp::message::protocol_message::Type;

use super::outbox::parse_target;
use super::{peer, zlib};
use crate::areas::messages;
use crate::state::blob::Blob;
use crate::state::history::Past;
use crate::state::{Addr, World};

/// How many messages go into one piece of a history sync, unless the control surface says otherwise.
pub const CHUNK: usize = 50;

/// Everything the phone knows of, oldest first.
pub fn all(world: &World, own: &Addr) -> Vec<Past> {
    let Some(account) = world.accounts.get(&own.phone) else { return Vec::new() };
    let phone = &account.virtual_phone;
    let mut known = account.history.clone();
    known.extend(phone.received.iter().map(|received| Past {
        id: received.id.clone(),
        chat: received.chat.clone(),
        author: received.from.clone(),
        from_me: received.from_me,
        timestamp: received.timestamp,
        content: received.content.clone(),
    }));
    known.extend(phone.sent.iter().map(|sent| Past {
        id: sent.id.clone(),
        chat: messages::chat_of(world, &sent.chat),
        author: own.phone.clone(),
        from_me: true,
        timestamp: sent.timestamp,
        content: Blob(sent.content.encode_to_vec()),
    }));
    known.sort_by_key(|past| past.timestamp);
    known
}

/// One message by its id.
pub fn find(world: &World, own: &Addr, id: &str) -> Option<Past> {
    all(world, own).into_iter().rev().find(|past| past.id == id)
}

/// Answers a companion that asks for the messages of a chat before one that it has.
pub fn on_demand(
    world: &mut World,
    own: &Addr,
    requester: &Jid,
    request_id: &str,
    asked: &wa::message::peer_data_operation_request_message::HistorySyncOnDemandRequest,
) -> Result<()> {
    let chat: Jid = asked.chat_jid.as_deref().unwrap_or_default().parse().context("chatJid is no address")?;
    let name = messages::chat_of(world, &chat);
    let mut known = all(world, own);
    known.retain(|past| past.chat == name);
    let named = asked.oldest_msg_id.as_deref().unwrap_or_default();
    let before = asked.oldest_msg_timestamp_ms.unwrap_or(i64::MAX);
    let end = known.iter().position(|past| past.id == named);
    let end =
        end.unwrap_or_else(|| known.partition_point(|past| past.timestamp.saturating_mul(1000) < before));
    let limit = usize::try_from(asked.on_demand_msg_count.unwrap_or_default()).unwrap_or_default();
    let start = end.saturating_sub(limit);
    let mut older: Vec<Past> = known.drain(start..end).collect();
    older.reverse();
    let chunk = world.accounts.get(&own.phone).map_or(CHUNK, |account| account.history_chunk);
    let mut pieces: Vec<&[Past]> = older.chunks(chunk.max(1)).collect();
    if pieces.is_empty() {
        // Nothing older: the companion is told so.
        pieces.push(&[]);
    }
    let companion = world.addr_of(requester).context("an unknown requester")?;
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        let messages = piece.iter().map(|past| history_message(world, &chat, past));
        let conversation = wa::Conversation {
            id: chat.to_string(),
            messages: messages.collect::<Result<_>>()?,
            end_of_history_transfer_type: (last && start == 0).then_some(
                wa::conversation::EndOfHistoryTransferType::COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY,
            ),
            ..Default::default()
        };
        let sync = wa::HistorySync {
            sync_type: wa::history_sync::HistorySyncType::ON_DEMAND,
            conversations: vec![conversation],
            chunk_order: u32::try_from(at + 1).ok(),
            progress: u32::try_from((at + 1) * 100 / pieces.len()).ok(),
            ..Default::default()
        };
        share(world, own, &companion, requester.server, HistorySyncType::ON_DEMAND, sync, Some(request_id))?;
    }
    Ok(())
}

/// What a phone sends of its own accord, to a client that was linked just now for instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first piece after linking.
    Initial,
    /// The last months.
    Recent,
    /// Everything.
    Full,
    /// The names of people, and no messages.
    PushName,
}

impl Kind {
    fn wire(self) -> (HistorySyncType, wa::history_sync::HistorySyncType) {
        use wa::history_sync::HistorySyncType as Within;
        match self {
            Kind::Initial => (HistorySyncType::INITIAL_BOOTSTRAP, Within::INITIAL_BOOTSTRAP),
            Kind::Recent => (HistorySyncType::RECENT, Within::RECENT),
            Kind::Full => (HistorySyncType::FULL, Within::FULL),
            Kind::PushName => (HistorySyncType::PUSH_NAME, Within::PUSH_NAME),
        }
    }
}

/// Sends a companion what the phone remembers of all its chats; returns how many pieces that took.
pub fn sync(world: &mut World, companion: &Addr, kind: Kind) -> Result<usize> {
    let own = Addr::new(&*companion.phone, 0);
    let chunk = world.accounts.get(&own.phone).map_or(CHUNK, |account| account.history_chunk).max(1);
    let mut chats: BTreeMap<String, Vec<Past>> = BTreeMap::new();
    for past in all(world, &own) {
        chats.entry(past.chat.clone()).or_default().push(past);
    }
    let people: BTreeSet<String> = chats.values().flatten().map(|past| past.author.clone()).collect();
    let pushnames = people.iter().filter_map(|phone| world.accounts.get(phone)).map(|account| wa::Pushname {
        id: Some(account.pn_jid().to_string()),
        pushname: Some(account.push_name.clone()),
    });
    let pushnames: Vec<wa::Pushname> = pushnames.collect();
    let mut conversations = Vec::new();
    for (name, mut known) in if kind == Kind::PushName { BTreeMap::new() } else { chats } {
        let chat = parse_target(&name)?;
        known.reverse();
        for piece in known.chunks(chunk) {
            let messages = piece.iter().map(|past| history_message(world, &chat, past));
            conversations.push(wa::Conversation {
                id: chat.to_string(),
                messages: messages.collect::<Result<_>>()?,
                conversation_timestamp: piece.first().and_then(|past| u64::try_from(past.timestamp).ok()),
                ..Default::default()
            });
        }
    }
    let count = conversations.len().max(1);
    let (outer, inner) = kind.wire();
    for at in 0..count {
        let piece = wa::HistorySync {
            sync_type: inner,
            conversations: conversations.get(at).cloned().into_iter().collect(),
            pushnames: if at == 0 { pushnames.clone() } else { Vec::new() },
            chunk_order: u32::try_from(at + 1).ok(),
            progress: u32::try_from((at + 1) * 100 / count).ok(),
            ..Default::default()
        };
        share(world, &own, companion, Server::Pn, outer, piece, None)?;
    }
    Ok(count)
}

fn history_message(world: &World, chat: &Jid, past: &Past) -> Result<wa::HistorySyncMsg> {
    Ok(wa::HistorySyncMsg {
        message: MessageField::some(web_message(world, chat, past)?),
        ..Default::default()
    })
}

/// A message as histories hold it, in this chat's address.
pub fn web_message(world: &World, chat: &Jid, past: &Past) -> Result<wa::WebMessageInfo> {
    let author = world.accounts.get(&past.author);
    let in_group = chat.server == Server::Group;
    let participant = author.filter(|_| in_group && !past.from_me).map(|author| author.lid_jid().to_string());
    Ok(wa::WebMessageInfo {
        key: MessageField::some(wa::MessageKey {
            remote_jid: Some(chat.to_string()),
            from_me: Some(past.from_me),
            id: Some(past.id.clone()),
            participant: participant.clone(),
        }),
        message: MessageField::some(
            wa::Message::decode_from_slice(past.content.0.as_slice()).context("a message in the history")?,
        ),
        message_timestamp: u64::try_from(past.timestamp).ok(),
        participant,
        push_name: author.filter(|_| !past.from_me).map(|author| author.push_name.clone()),
        status: past.from_me.then_some(wa::web_message_info::Status::DELIVERY_ACK),
        ..Default::default()
    })
}

/// Uploads a history sync and tells the companion where it is.
pub fn share(
    world: &mut World,
    own: &Addr,
    companion: &Addr,
    space: Server,
    kind: HistorySyncType,
    sync: wa::HistorySync,
    request_id: Option<&str>,
) -> Result<()> {
    let packed = zlib::pack(&sync.encode_to_vec());
    let sealed = encrypt_media(&packed, MediaType::History)?;
    let path = format!("/v/md-msg-hist/{}", BASE64_URL_SAFE_NO_PAD.encode(sealed.file_enc_sha256));
    world.media.put(path.clone(), Bytes::from(sealed.data_to_upload));
    let notice = wa::message::HistorySyncNotification {
        file_sha256: Some(sealed.file_sha256.to_vec()),
        file_length: Some(packed.len() as u64),
        media_key: Some(sealed.media_key.to_vec()),
        file_enc_sha256: Some(sealed.file_enc_sha256.to_vec()),
        direct_path: Some(path),
        sync_type: Some(kind),
        chunk_order: sync.chunk_order,
        progress: sync.progress,
        peer_data_request_session_id: request_id.map(str::to_owned),
        ..Default::default()
    };
    let protocol = wa::message::ProtocolMessage {
        r#type: Some(Type::HISTORY_SYNC_NOTIFICATION),
        history_sync_notification: MessageField::some(notice),
        ..Default::default()
    };
    let from = world.jid_like(own, space);
    peer::send(world, own, companion, from, protocol)
}
