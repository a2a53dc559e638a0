//! Incoming messages: appended before WhatsApp is told that they arrived, so that a crash loses none. What WhatsApp
//! repeats (it does, whenever it missed our acknowledgement) is known by chat, writer and id.

use std::sync::Arc;

use async_trait::async_trait;
use edgewire_store::{DeviceStore, StoreError};

use super::from_wire;
use super::kept::{Kept, Written};
use super::publisher::{Appended, Publisher};
use crate::wire::{Inbox, Incoming};

/// Takes the messages of one session.
pub struct SessionInbox {
    publisher: Publisher,
    /// Seals the messages that are kept; `None` when none are.
    store: Option<Arc<DeviceStore>>,
}

impl SessionInbox {
    /// Appends with `publisher`, and keeps messages sealed by `store`.
    pub fn new(publisher: Publisher, store: Option<Arc<DeviceStore>>) -> Self {
        Self { publisher, store }
    }
}

#[async_trait]
impl Inbox for SessionInbox {
    async fn keep(&self, messages: Vec<Incoming>) -> Result<(), StoreError> {
        let events = messages
            .into_iter()
            .filter_map(|message| {
                let mark = format!("{} {} {}", message.chat, message.sender, message.id);
                let timestamp = message.timestamp.saturating_mul(1000);
                let body = from_wire::event(&message)?;
                let written = Written {
                    id: &message.id,
                    chat: &message.chat,
                    sender: (!message.from_me).then_some(&*message.sender),
                    at: timestamp,
                };
                let kept = Kept::of(written, &message.message, self.store.as_deref());
                Some(Appended { timestamp, body, mark: Some(mark), kept })
            })
            .collect();
        self.publisher.append(events).await.map(drop)
    }
}
