//! Newsletters (channels): who follows, what was published, who reacted how.
//!
//! Nothing here is encrypted; the server reads it all. Kept in the state file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::account::Picture;
use super::blob::Blob;

/// The server id of a newsletter's first message. Clients take ids below 99 for none.
const FIRST_SERVER_ID: u64 = 100;

/// The most messages kept of one newsletter; the oldest go first.
const MESSAGES: usize = 10_000;

/// What an account is to a newsletter. Whoever has no role is a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads and reacts.
    Subscriber,
    /// May publish.
    Admin,
    /// Made it, or was given it.
    Owner,
}

impl Role {
    /// As clients are told it.
    pub fn wire(self) -> &'static str {
        match self {
            Role::Subscriber => "subscriber",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

/// A newsletter.
#[derive(Clone, Serialize, Deserialize)]
pub struct Newsletter {
    /// The user part of its address.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is about; may be empty.
    pub description: String,
    /// When it was made, unix seconds.
    pub created: i64,
    /// The code of its invite link.
    pub invite: String,
    /// Its picture.
    #[serde(default)]
    pub picture: Option<Picture>,
    /// Owner, admins and followers by phone number.
    pub roles: BTreeMap<String, Role>,
    /// Who was invited to be admin, by phone number.
    #[serde(default)]
    pub invited: BTreeSet<String>,
    /// What a follower has muted (`MUTE_FOLLOWER_ACTIVITY`, `MUTE_ADMIN_ACTIVITY`), by phone number.
    #[serde(default)]
    pub muted: BTreeMap<String, BTreeSet<String>>,
    /// Published messages, oldest first.
    pub messages: Vec<Post>,
    /// The server id that the next message gets.
    pub next_server_id: u64,
}

/// A published message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Post {
    /// The stanza id its author gave it.
    pub id: String,
    /// The number the server gave it; counts up within the newsletter.
    pub server_id: u64,
    /// When it was published, unix seconds.
    pub time: i64,
    /// The author's phone number; other followers are not told.
    pub author: String,
    /// `text` or `media`, as the author's stanza said.
    pub kind: String,
    /// The kind of media.
    pub media_type: Option<String>,
    /// The encoded message; empty once revoked.
    pub content: Blob,
    /// When it was last edited.
    pub edited: Option<i64>,
    /// Taken back by its author.
    pub revoked: bool,
    /// Reactions by phone number, one each.
    pub reactions: BTreeMap<String, String>,
}

impl Post {
    /// How often which reaction was given.
    pub fn reaction_counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for code in self.reactions.values() {
            *counts.entry(code.as_str()).or_default() += 1;
        }
        counts
    }
}

impl Newsletter {
    /// A new newsletter without messages.
    pub fn new(id: String, owner: &str, name: String, description: String, created: i64) -> Self {
        Newsletter {
            id,
            name,
            description,
            created,
            // The real ones look like this, too: 22 characters after `0029V`.
            invite: format!("0029V{}", hex::encode(rand::random::<[u8; 11]>())),
            picture: None,
            roles: BTreeMap::from([(owner.to_owned(), Role::Owner)]),
            invited: BTreeSet::new(),
            muted: BTreeMap::new(),
            messages: Vec::new(),
            next_server_id: FIRST_SERVER_ID,
        }
    }

    /// Its address.
    pub fn jid(&self) -> Jid {
        Jid::newsletter(self.id.as_str())
    }

    /// Whether this account may publish.
    pub fn may_publish(&self, phone: &str) -> bool {
        matches!(self.roles.get(phone), Some(Role::Admin | Role::Owner))
    }

    /// The published message with this stanza id.
    pub fn post(&self, id: &str) -> Option<&Post> {
        self.messages.iter().rev().find(|post| post.id == id)
    }

    /// The same, to be changed.
    pub fn post_mut(&mut self, id: &str) -> Option<&mut Post> {
        self.messages.iter_mut().rev().find(|post| post.id == id)
    }

    /// Adds a message; its server id is the next one.
    pub fn publish(&mut self, mut post: Post) -> u64 {
        post.server_id = self.next_server_id;
        self.next_server_id += 1;
        self.messages.push(post);
        if self.messages.len() > MESSAGES {
            self.messages.remove(0);
        }
        self.next_server_id - 1
    }

    /// The newest `count` messages older than `before` and younger than `after`, oldest first.
    pub fn page(&self, count: usize, before: Option<u64>, after: Option<u64>) -> &[Post] {
        let end = match before {
            Some(before) => self.messages.partition_point(|post| post.server_id < before),
            None => self.messages.len(),
        };
        let first = after.map_or(0, |after| self.messages.partition_point(|post| post.server_id <= after));
        &self.messages[end.saturating_sub(count).max(first.min(end))..end]
    }
}
