//! What outboxes and feeds hold.

use crate::ids::{EntryId, EventId, OrganizationId, SessionId};

/// The one field of an entry in an outbox or a feed: a [`Pointer`].
pub const POINTER_FIELD: &str = "p";

/// What an outbox and a feed hold: where an event's body is. As text: `<organization> <session> <kind> <entry>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which session's stream has the body.
    pub session: SessionId,
    /// The event's kind.
    pub kind: String,
    /// The entry in [`super::events`].
    pub entry: EntryId,
}

impl Pointer {
    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let pointer = Self {
            organization: OrganizationId::parse(parts.next()?).ok()?,
            session: SessionId::parse(parts.next()?).ok()?,
            kind: parts.next()?.to_owned(),
            entry: EntryId::parse(parts.next()?).ok()?,
        };
        parts.next().is_none().then_some(pointer)
    }

    /// The event's public id.
    pub fn event_id(&self) -> EventId {
        EventId::of(&self.session, self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_read_back() {
        let pointer = Pointer::parse("acme main message.status 170-3").unwrap();
        assert_eq!(
            (pointer.session.as_str(), pointer.kind.as_str(), pointer.entry.seq),
            ("main", "message.status", 3)
        );
        for bad in ["", "acme main message", "acme main message 1-2 x", "a/b main message 1-2"] {
            assert_eq!(Pointer::parse(bad), None);
        }
    }
}
