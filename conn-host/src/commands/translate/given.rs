//! The command with its material: who wrote the message that it is about, and how that message is named.

use edgewire_contract::command::SendMessage;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::{Jid, JidKind};
use whatsapp_rust::waproto::whatsapp as wa;

use super::bad;
use crate::commands::material::{KeptMessage, Material, SentFile};

/// The command, and what was gathered for it.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// The command.
    pub send: &'a SendMessage,
    /// What was gathered.
    pub material: &'a Material,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Author {
    /// The session.
    Us,
    /// Somebody else; his JID.
    Other(String),
}

impl<'a> Given<'a> {
    /// The file. Whoever gathers sees to it that it is there.
    pub fn file(&self) -> Result<&'a SentFile, Fault> {
        self.material.file.as_ref().ok_or_else(Fault::internal)
    }

    /// Whether the chat has more than one writer, so that a message's key names its own.
    pub fn has_writers(&self) -> bool {
        matches!(self.send.to.kind(), JidKind::Group | JidKind::Status)
    }

    /// The message that the command is about, where it is kept.
    ///
    /// # Errors
    /// When it stands in another chat.
    pub fn target(&self) -> Result<Option<&'a KeptMessage>, Fault> {
        match &self.material.target {
            Some(kept) if other_chat(&kept.chat, self.send.to.as_str()) => Err(Fault::not_found("message")),
            kept => Ok(kept.as_ref()),
        }
    }

    /// Our own JID: the LID if `lid`, the phone's otherwise, and the other one where that is not known.
    pub fn own(&self, lid: bool) -> Option<String> {
        let me = &self.material.me;
        let phone = me.phone.as_ref().map(|digits| format!("{digits}@s.whatsapp.net"));
        if lid { me.lid.clone().or(phone) } else { phone.or_else(|| me.lid.clone()) }
    }

    /// Our own JID as it is known in this chat: groups address their members by LID, and so does a chat that is named by
    /// one.
    pub fn own_here(&self) -> Option<String> {
        self.own(matches!(self.send.to.kind(), JidKind::Group | JidKind::Lid))
    }

    /// Whether it is us.
    pub fn is_me(&self, jid: &Jid) -> bool {
        [true, false].into_iter().any(|lid| self.own(lid).as_deref() == Some(jid.as_str()))
    }

    /// Who wrote the message that the command is about: what is kept says it; else `said`, the caller; else, in a chat of
    /// two, it is taken for the other's. `None` in a group where nobody knows.
    pub fn author(&self, said: Option<&Jid>) -> Result<Option<Author>, Fault> {
        let other = |jid: &Jid| Author::Other(jid.to_string());
        Ok(match (self.target()?, said) {
            (Some(kept), _) => Some(match &kept.sender {
                Some(sender) => Author::Other(sender.clone()),
                None => Author::Us,
            }),
            (None, Some(said)) => Some(if self.is_me(said) { Author::Us } else { other(said) }),
            (None, None) if matches!(self.send.to.kind(), JidKind::Phone | JidKind::Lid) => {
                Some(other(&self.send.to))
            }
            (None, None) => None,
        })
    }

    /// As [`Self::author`]; 400 for `field`, in which the caller says it, when nobody knows.
    pub fn known_author(&self, said: Option<&Jid>, field: &str) -> Result<Author, Fault> {
        self.author(said)?
            .ok_or_else(|| bad(field, "is required: the gateway does not know who wrote the message"))
    }

    /// The key of the message `id` in this chat.
    pub fn key(&self, id: &MessageId, author: Option<&Author>) -> wa::MessageKey {
        let participant = match author {
            Some(Author::Other(jid)) if self.has_writers() => Some(jid.clone()),
            _ => None,
        };
        wa::MessageKey {
            remote_jid: Some(self.send.to.to_string()),
            from_me: Some(author == Some(&Author::Us)),
            id: Some(id.to_string()),
            participant,
        }
    }

    /// The secret of the message that the command is about.
    pub fn target_secret(&self) -> Option<&'a [u8]> {
        let kept = self.material.target.as_ref().and_then(|kept| kept.message.as_ref());
        let inside = || kept?.message_context_info.as_option()?.message_secret.as_deref();
        self.material.target_secret.as_deref().or_else(inside).filter(|secret| secret.len() == 32)
    }
}

/// Whether the two are certainly different chats. A person has several addresses (a phone number in two spellings, a LID),
/// so two persons may be one.
pub(super) fn other_chat(one: &str, other: &str) -> bool {
    let is_person = |jid: &str| jid.ends_with("@s.whatsapp.net") || jid.ends_with("@lid");
    one != other && !(is_person(one) && is_person(other))
}
