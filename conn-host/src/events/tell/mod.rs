//! What came in, as the event that integrators read. Pure functions: who is who and what is kept was looked up before.
//!
//! * [`message`]: messages; [`change`]: reactions, edits, revokes; [`post`]: edits and revokes of newsletters' posts;
//!   [`vote`]: votes in polls; [`unreadable`];
//! * [`ephemeral`]: how long a chat's messages stay; [`media_retry`]: files that were asked for again.
//!
//! What the library tells of by itself, and not with a message, is read where the library is: `wire/whatsapp/events`.

pub mod change;
pub mod ephemeral;
pub mod media_retry;
pub mod message;
pub mod post;
pub mod unreadable;
pub mod vote;

use edgewire_contract::event::{Origin, Party};

use super::people::{Known, Me};
use crate::wire::Incoming;

/// What a translation leans on.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What came in.
    pub incoming: &'a Incoming,
    /// Who is who.
    pub known: &'a Known,
    /// The account.
    pub me: &'a Me,
}

impl Scene<'_> {
    /// The chat.
    pub fn chat(&self) -> Party {
        self.known.party(&self.incoming.chat)
    }

    /// Who wrote.
    pub fn sender(&self) -> Party {
        self.known.party(&self.incoming.sender)
    }

    /// Where and by whom something was done.
    pub fn origin(&self) -> Origin {
        let (incoming, chat, from) = (self.incoming, self.chat(), self.sender());
        Origin {
            message_id: incoming.id.clone(),
            chat: chat.jid,
            chat_phone: chat.phone,
            chat_lid: chat.lid,
            is_group: incoming.is_group,
            from: from.jid,
            from_phone: from.phone,
            from_lid: from.lid,
            from_me: incoming.from_me,
            push_name: incoming.push_name.clone(),
            timestamp: incoming.timestamp,
        }
    }

    /// What is equal for the same stanza, whichever of their addresses WhatsApp uses when it repeats it. `kind` keeps
    /// apart what may come under one id.
    pub fn mark(&self, kind: &str) -> String {
        format!("{kind} {} {} {}", self.chat().jid, self.sender().jid, self.incoming.id)
    }
}
