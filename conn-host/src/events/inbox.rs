//! What came in: appended before WhatsApp is told that it arrived, so that a crash loses none. What WhatsApp repeats (it
//! does, whenever it missed our acknowledgement) is known by chat, writer and id.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use edgewire_contract::event::{MessageStatusPayload, Unreadable};
use edgewire_contract::ids::MessageId;
use edgewire_store::{DeviceStore, KeptRecord, StoreError};
use tracing::debug;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::people::{Hint, Known, Me, People};
use super::publisher::Publisher;
use super::read::{kind, quoted};
use super::tell::{self, Scene};
use super::told::Told;
use crate::wire::{Inbox, Incoming, Notice, Receipt};
use wa::message::protocol_message::Type;

/// Takes what comes in for one session.
pub struct SessionInbox {
    publisher: Publisher,
    store: Arc<DeviceStore>,
    people: Arc<People>,
    /// Whether messages are kept.
    keeps: bool,
}

impl SessionInbox {
    /// Appends with `publisher`; looks addresses up with `people`, and keeps messages sealed by it if `keeps`.
    pub fn new(publisher: Publisher, store: Arc<DeviceStore>, people: Arc<People>, keeps: bool) -> Self {
        Self { publisher, store, people, keeps }
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

    async fn tell(
        &self,
        me: &Me,
        incoming: &Incoming,
        known: &mut Known,
    ) -> Result<Option<Told>, StoreError> {
        let base = incoming.message.get_base_message();
        let key = about(base);
        let kept = self.subject(key.and_then(|key| key.id.as_ref()), known).await?;
        let (scene, kept) = (Scene { incoming, known, me }, kept.as_ref());
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
            let about = about(incoming.message.get_base_message()).and_then(|key| key.id.as_deref());
            if about.is_some_and(|id| pending.contains(id)) {
                self.publisher.append(std::mem::take(&mut told)).await?;
                pending.clear();
            }
            if let Some(event) = self.tell(&me, incoming, &mut known).await? {
                pending.insert(&incoming.id);
                told.push(event);
            }
        }
        self.publisher.append(told).await.map(drop)
    }

    async fn owed(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        let hints: Vec<Hint> = notices.iter().flat_map(|notice| notice.people.iter().cloned()).collect();
        let known = self.people.know(hints).await?;
        let told = notices.into_iter().filter_map(|notice| (notice.tell)(&known)).collect();
        self.publisher.append(told).await.map(drop)
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
    let keys = [
        base.reaction_message.as_option().and_then(|it| it.key.as_option()),
        about(base),
        incoming.comment_on.as_ref(),
    ];
    let participants = keys.into_iter().flatten().filter_map(|key| key.participant.clone());
    let mut hints = vec![
        (incoming.sender.clone(), incoming.sender_alt.clone()),
        (incoming.chat.clone(), incoming.chat_alt.clone()),
    ];
    hints.extend(participants.chain(quoted::addresses(&incoming.message)).map(|jid| (jid, None)));
    hints
}
