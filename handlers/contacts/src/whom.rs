//! The `{jid}` of a path: a phone number or a JID.

use edgewire_contract::fault::{Fault, FieldFault};
use edgewire_contract::jid::{Jid, JidKind};

/// A person.
pub const PERSON: Whom = Whom {
    kinds: &[JidKind::Phone, JidKind::Lid],
    must_be: "must be a person: a phone number or a JID (@s.whatsapp.net, @lid)",
};

/// A person or a group.
pub const PERSON_OR_GROUP: Whom = Whom {
    kinds: &[JidKind::Phone, JidKind::Lid, JidKind::Group],
    must_be: "must be a person or a group: a phone number or a JID (@s.whatsapp.net, @lid, @g.us)",
};

/// Who can be meant.
#[derive(Debug, Clone, Copy)]
pub struct Whom {
    kinds: &'static [JidKind],
    must_be: &'static str,
}

impl Whom {
    /// Reads it.
    ///
    /// # Errors
    /// 400 naming `path.jid`.
    pub fn read(self, text: &str) -> Result<Jid, Fault> {
        let jid = Jid::parse_recipient(text).ok().filter(|jid| self.kinds.contains(&jid.kind()));
        jid.ok_or_else(|| {
            let value = (text.len() <= 64).then(|| text.into());
            Fault::invalid(&[FieldFault { field: "path.jid".into(), message: self.must_be.into(), value }])
        })
    }
}
