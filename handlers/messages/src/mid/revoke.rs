//! Deletes a message for everyone.

use edgewire_contract::content::{Content, Revoke};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::{Jid, JidKind};
use edgewire_contract::shape::{Record as _, chat, optional, person};
use edgewire_edge::draft::Draft;
use edgewire_edge::known::{Known, Must};

edgewire_contract::record! {
    /// Where the message is.
    pub struct RevokeBody {
        /// The chat that the message stands in.
        pub chat: Jid = chat();
        /// Who wrote it, when an administrator of the group deletes somebody else's. Says nothing outside of groups.
        pub sender: Option<Jid> = optional(person());
    }
}

/// The deletion of `mid`: one of ours, or anybody's in a group, which WhatsApp allows administrators only.
pub fn read(mid: MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
    let RevokeBody { chat, sender } = RevokeBody::read(fields)?;
    let original_sender = sender.filter(|_| chat.kind() == JidKind::Group);
    let known = Known { chat: chat.clone(), message_id: mid.clone(), must: Must::BeOurs };
    let is_ours = original_sender.is_none();
    let draft = Draft::new(chat, Content::Revoke(Revoke { message_id: mid, original_sender }));
    Some(if is_ours { draft.about(known) } else { draft })
}
