//! People and chats, by every address that is known of them.
//!
//! An address is *canonical* when it is the phone number's JID, or the LID where no number is known. Events name people
//! and chats so, whichever of the two WhatsApp happened to use.

use serde::{Deserialize, Serialize};

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Party {
    /// The canonical JID.
    pub jid: String,
    /// The phone number (digits), null when unknown.
    pub phone: Option<String>,
    /// The LID (a JID), null when unknown.
    pub lid: Option<String>,
}

impl Party {
    /// Who has these addresses: JIDs without device, of which the first is known to be there.
    pub fn of(jid: &str, other: Option<&str>) -> Self {
        let mut party = Self { jid: jid.to_owned(), phone: None, lid: None };
        for jid in [Some(jid), other].into_iter().flatten() {
            match jid.split_once('@') {
                Some((user, "s.whatsapp.net")) => party.phone = Some(user.to_owned()),
                Some((_, "lid")) => party.lid = Some(jid.to_owned()),
                _ => {}
            }
        }
        if let Some(phone) = &party.phone {
            party.jid = format!("{phone}@s.whatsapp.net");
        }
        party
    }
}

/// A message that something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Target {
    /// WhatsApp's id of it.
    pub message_id: String,
    /// Who wrote it: a canonical JID; null when that is not known.
    pub from: Option<String>,
    /// The writer's phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// The writer's LID, null when unknown.
    pub from_lid: Option<String>,
    /// Whether this account wrote it.
    pub from_me: bool,
}

impl Target {
    /// The message `message_id` of `from`.
    pub fn of(message_id: String, from: Option<Party>, from_me: bool) -> Self {
        let from = from.map_or((None, None, None), |from| (Some(from.jid), from.phone, from.lid));
        Self { message_id, from: from.0, from_phone: from.1, from_lid: from.2, from_me }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phone_number_comes_first() {
        let both = Party::of("1000@lid", Some("1555@s.whatsapp.net"));
        assert_eq!((both.jid.as_str(), both.phone.as_deref()), ("1555@s.whatsapp.net", Some("1555")));
        assert_eq!(both.lid.as_deref(), Some("1000@lid"));
        assert_eq!(Party::of("1000@lid", None).jid, "1000@lid");
        let group = Party::of("1@g.us", None);
        assert_eq!((group.jid.as_str(), group.phone, group.lid), ("1@g.us", None, None));
    }
}
