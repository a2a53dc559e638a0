//! Incoming messages: appended before WhatsApp is told that they arrived, so that a crash loses none. What WhatsApp
//! repeats (it does, whenever it missed our acknowledgement) is known by chat, writer and id.

use async_trait::async_trait;
use edgewire_store::StoreError;

use super::from_wire;
use super::publisher::{Appended, Publisher};
use crate::wire::{Inbox, Incoming};

/// Takes the messages of one session.
pub struct SessionInbox {
    publisher: Publisher,
}

impl SessionInbox {
    /// Appends with `publisher`.
    pub fn new(publisher: Publisher) -> Self {
        Self { publisher }
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
                from_wire::event(&message).map(|body| Appended { timestamp, body, mark: Some(mark) })
            })
            .collect();
        self.publisher.append(events).await.map(drop)
    }
}
