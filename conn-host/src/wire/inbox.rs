//! What comes in beside decrypted messages, and where all of it goes.

use async_trait::async_trait;
use edgewire_store::{DeviceStore, KeptRecord, StoreError};

use super::{Incoming, Receipt};
use crate::events::chats::ChatDeed;
use crate::events::people::{Hint, Known, Me};
use crate::events::told::Told;

/// Something that WhatsApp tells, which is no message to decrypt: a change of a group, a call, a presence…
pub struct Notice {
    /// Whom it names: looked up before it is told.
    pub people: Vec<Hint>,
    /// The id of the message that it is about, where it matters what is kept of it.
    pub about: Option<String>,
    /// Makes the event of it; `None` when it turns out to be none.
    pub tell: Box<dyn FnOnce(Found<'_>) -> Option<Told> + Send>,
}

/// What was looked up for a notice.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// The account.
    pub me: &'a Me,
    /// Who is who.
    pub known: &'a Known,
    /// What is kept of the message that it is about.
    pub kept: Option<&'a KeptRecord>,
    /// Seals what is kept; `None` where nothing is.
    pub store: Option<&'a DeviceStore>,
}

impl Notice {
    /// One that names `people`.
    pub fn new(people: Vec<Hint>, tell: impl FnOnce(Found<'_>) -> Option<Told> + Send + 'static) -> Self {
        Self { people, about: None, tell: Box::new(tell) }
    }

    /// So too, about the message `id`.
    pub fn about(self, id: &str) -> Self {
        Self { about: Some(id.to_owned()), ..self }
    }
}

/// Older messages of some chats, as the phone gives them when it is asked.
#[derive(Debug, Clone)]
pub struct History {
    /// The request that they answer.
    pub request: Option<String>,
    /// Which part of the answer.
    pub part: u32,
    /// Whether it is the last part, as far as the phone says.
    pub whole: bool,
    /// The chats.
    pub chats: Vec<Past>,
}

/// Older messages of a chat.
#[derive(Debug, Clone)]
pub struct Past {
    /// The chat.
    pub chat: Hint,
    /// Newest first.
    pub messages: Vec<Incoming>,
}

/// Where things go before WhatsApp is told that they arrived. What fails, WhatsApp repeats at the next connection.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps decrypted messages for good. `me` is the account.
    async fn keep(&self, me: Me, messages: Vec<Incoming>) -> Result<(), StoreError>;
    /// Keeps what else WhatsApp tells.
    async fn owed(&self, me: Me, notices: Vec<Notice>) -> Result<(), StoreError>;
    /// Keeps older messages, and tells them as such. WhatsApp does not repeat them.
    async fn history(&self, me: Me, history: History) -> Result<(), StoreError>;
    /// Keeps what the account did to a chat.
    async fn chat(&self, did: ChatDeed) -> Result<(), StoreError>;
    /// Moves our messages forward.
    async fn receipt(&self, receipt: Receipt) -> Result<(), StoreError>;
}
