//! What came in: appended before WhatsApp is told that it arrived, so that a crash loses none. What WhatsApp repeats (it
//! does, whenever it missed our acknowledgement) is known by chat, writer and id.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use edgewire_contract::event::{MessageStatusPayload, Unreadable};
use edgewire_contract::ids::MessageId;
use edgewire_contract::session::{HistoryPart, HistoryRequest};
use edgewire_store::{DeviceStore, KeptRecord, StoreError};
use tracing::debug;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::blocked::BlockList;
use super::chats::{self, ChatDeed};
use super::history::{self, Answer, Requests};
use super::names::Names;
use super::people::{Hint, Known, Me, People};
use super::publisher::Publisher;
use super::read::kind;
use super::tell::{self, Scene};
use super::told::Told;
use crate::clock::{Clock as _, SystemClock};
use crate::wire::{Found, History, Inbox, Incoming, Notice, Past, Receipt};
use wa::message::protocol_message::Type;

/// Takes what comes in for one session.
pub struct SessionInbox {
    publisher: Publisher,
    store: Arc<DeviceStore>,
    people: Arc<People>,
    names: Names,
    requests: Arc<Requests>,
    blocked: Arc<BlockList>,
    /// Whether messages are kept.
    keeps: bool,
}

impl SessionInbox {
    /// Appends with `publisher`; looks addresses up with `people`, and keeps messages sealed by it if `keeps`. Older
    /// messages wait for the `requests` that go out.
    pub fn new(
        publisher: Publisher,
        store: Arc<DeviceStore>,
        people: Arc<People>,
        requests: Arc<Requests>,
        blocked: Arc<BlockList>,
        keeps: bool,
    ) -> Self {
        let names = Names::new(store.clone());
        Self { publisher, store, people, names, requests, blocked, keeps }
    }

    fn sealer(&self) -> Option<&DeviceStore> {
        self.keeps.then_some(&*self.store)
    }

    /// What is kept of the message that `incoming` is about. The writer's addresses are looked up too.
    async fn subject(
        &self,
        id: Option<&String>,
        known: &mut Known,
    ) -> Result<Option<KeptRecord>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        let Some(kept) = self.store.kept_message(id).await? else { return Ok(None) };
        let hints =
            [Some(kept.chat.clone()), kept.sender.clone()].into_iter().flatten().map(|jid| (jid, None));
        let people = self.people.know(hints).await?;
        for jid in [Some(&kept.chat), kept.sender.as_ref()].into_iter().flatten() {
            let party = people.party(jid);
            if let (Some(phone), Some(lid)) = (&party.phone, &party.lid) {
                known.learn(&format!("{phone}@s.whatsapp.net"), lid);
            }
        }
        Ok(Some(kept))
    }

    /// What was asked of the phone's past under `request`, if that is known.
    async fn asked(&self, request: Option<&str>) -> Result<Option<HistoryRequest>, StoreError> {
        let Some(request) = request else { return Ok(None) };
        let json = self.store.history_request(request).await?;
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Remembers that a part of the answer to `request` has been told.
    async fn told(&self, request: &str, asked: HistoryRequest, part: HistoryPart) -> Result<(), StoreError> {
        let HistoryRequest { chat, count, mut parts } = asked;
        parts.push(part);
        let asked = serde_json::to_vec(&HistoryRequest { chat, count, parts });
        match asked {
            Ok(json) => self.store.put_history_request(request, &json).await,
            Err(_) => Ok(()),
        }
    }

    async fn tell(
        &self,
        me: &Me,
        incoming: &Incoming,
        known: &mut Known,
    ) -> Result<Option<Told>, StoreError> {
        let base = incoming.message.get_base_message();
        let kept = self.subject(subject_id(incoming), known).await?;
        let (scene, kept) = (Scene { incoming, known, me }, kept.as_ref());
        if let Some(change) = incoming.post {
            return Ok(Some(tell::post::tell(scene, change, kept, self.sealer())));
        }
        Ok(match kind::of(base) {
            kind::Kind::Message(name) => Some(tell::message::tell(scene, name, self.sealer())),
            kind::Kind::Reaction => {
                base.reaction_message.as_option().and_then(|it| tell::change::reaction(scene, it))
            }
            kind::Kind::Vote => {
                base.poll_update_message.as_option().and_then(|it| tell::vote::tell(scene, it, kept))
            }
            kind::Kind::Protocol => base.protocol_message.as_option().and_then(|it| match it.r#type {
                Some(Type::REVOKE) => tell::change::revoke(scene, it, kept),
                Some(Type::MESSAGE_EDIT) => tell::change::edit(scene, it, kept, self.sealer()),
                Some(Type::EPHEMERAL_SETTING) => tell::ephemeral::tell(scene, it),
                _ => None,
            }),
            kind::Kind::Sealed => Some(tell::unreadable::tell(scene, Unreadable::MissingSecret, true)),
            kind::Kind::Traffic => None,
        })
    }
}

#[async_trait]
impl Inbox for SessionInbox {
    async fn keep(&self, me: Me, messages: Vec<Incoming>) -> Result<(), StoreError> {
        let mut known = self.people.know(messages.iter().flat_map(hints)).await?;
        let mut told = Vec::new();
        let mut pending: HashSet<&str> = HashSet::new();
        for incoming in &messages {
            // What it is about may stand before it in this very batch.
            if subject_id(incoming).is_some_and(|id| pending.contains(id.as_str())) {
                self.publisher.append(std::mem::take(&mut told)).await?;
                pending.clear();
            }
            if let Some(event) = self.tell(&me, incoming, &mut known).await? {
                pending.insert(&incoming.id);
                told.push(event);
            }
        }
        let mut brought = self.names.brought(&messages, &known).await?;
        told.append(&mut brought.told);
        self.publisher.append(told).await?;
        self.names.remember(brought, self.publisher.ttl_seconds()).await
    }

    async fn owed(&self, me: Me, notices: Vec<Notice>) -> Result<(), StoreError> {
        let hints: Vec<Hint> = notices.iter().flat_map(|notice| notice.people.iter().cloned()).collect();
        let mut known = self.people.know(hints).await?;
        let mut told = Vec::new();
        for notice in notices {
            let kept = self.subject(notice.about.as_ref(), &mut known).await?;
            let found = Found { me: &me, known: &known, kept: kept.as_ref(), store: self.sealer() };
            told.extend((notice.tell)(found));
        }
        self.blocked.tell(told).await
    }

    async fn chat(&self, did: ChatDeed) -> Result<(), StoreError> {
        match self.keeps {
            true => chats::keep(&self.store, &self.people, did, self.publisher.ttl_seconds()).await,
            false => Ok(()),
        }
    }

    async fn history(&self, me: Me, history: History) -> Result<(), StoreError> {
        let _turn = self.requests.answered().await;
        let now = SystemClock.now_ms();
        let History { request, part, whole, mut chats } = history;
        let of = request.clone().unwrap_or_else(|| now.to_string());
        let of = format!("{of} {part}");
        let request = request.as_deref().filter(|id| is_word(id));
        let asked = self.asked(request).await?;
        if asked.as_ref().is_some_and(|asked| asked.parts.iter().any(|told| told.part == part)) {
            return Ok(());
        }
        if let Some(asked) = asked.as_ref().filter(|_| chats.is_empty()) {
            // There is nothing older: that is an answer too.
            chats.push(Past { chat: (asked.chat.clone(), None), messages: Vec::new() });
        }
        let of_asked = asked.iter().map(|asked| (asked.chat.clone(), None));
        let known = self.people.know(history::people(&chats).into_iter().chain(of_asked)).await?;
        let mut done = HistoryPart { part, chunks: 0, messages: 0, last: whole };
        let whole = asked.as_ref().map_or(whole, |asked| asked.is_answered_by(&done));
        let answer = Answer { of: &of, asked: asked.as_ref(), whole, now_ms: now };
        for past in &chats {
            let recalled = history::recall(past, answer, (&known, &me), self.sealer());
            done.chunks += history::number(recalled.told.len());
            done.messages += recalled.messages;
            if self.keeps {
                self.publisher.keep(recalled.kept).await?;
            }
            self.publisher.append(recalled.told).await?;
        }
        match (request, asked) {
            (Some(request), Some(asked)) => self.told(request, asked, done).await,
            _ => Ok(()),
        }
    }

    async fn receipt(&self, receipt: Receipt) -> Result<(), StoreError> {
        let participant = self.people.know([(receipt.participant.clone(), None)]).await?;
        let participant = participant.party(&receipt.participant).jid;
        for id in &receipt.ids {
            // An id that we cannot have made is no message of ours.
            let Ok(id) = MessageId::parse(id) else {
                debug!("a receipt of an id that is none");
                continue;
            };
            let status = |status| MessageStatusPayload {
                message_id: id.clone(),
                chat: String::new(),
                outbox_id: None,
                status,
                participant: Some(participant.clone()),
                timestamp: receipt.timestamp,
                error: None,
            };
            self.publisher.advance(&id, status(receipt.status)).await?;
        }
        Ok(())
    }
}

/// WhatsApp's ids are short words; a request's comes from the phone, and becomes part of a key.
fn is_word(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The message that something is done to, where what is kept of it matters.
fn subject_id(incoming: &Incoming) -> Option<&String> {
    match incoming.post {
        Some(_) => Some(&incoming.id),
        None => about(incoming.message.get_base_message()).and_then(|key| key.id.as_ref()),
    }
}

/// The key of the message that something is done to, where what is kept of it matters.
fn about(message: &wa::Message) -> Option<&wa::MessageKey> {
    if let Some(vote) = message.poll_update_message.as_option() {
        return vote.poll_creation_message_key.as_option();
    }
    let protocol = message.protocol_message.as_option()?;
    matches!(protocol.r#type, Some(Type::REVOKE | Type::MESSAGE_EDIT))
        .then(|| protocol.key.as_option())
        .flatten()
}

/// Every address that `incoming` names.
fn hints(incoming: &Incoming) -> Vec<Hint> {
    let base = incoming.message.get_base_message();
    let keys = [base.reaction_message.as_option().and_then(|it| it.key.as_option()), about(base)];
    let participants = keys.into_iter().flatten().filter_map(|key| key.participant.clone());
    let mut hints = vec![
        (incoming.sender.clone(), incoming.sender_alt.clone()),
        (incoming.chat.clone(), incoming.chat_alt.clone()),
    ];
    hints.extend(participants.chain(tell::message::named(incoming)).map(|jid| (jid, None)));
    hints
}
