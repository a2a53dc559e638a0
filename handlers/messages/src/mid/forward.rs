//! Sends a stored message on as it is: its media are not uploaded again.

use edgewire_contract::content::{Content, ForwardStored};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{Record as _, chat, optional, person, recipient};
use edgewire_edge::draft::Draft;
use edgewire_edge::known::{Known, Must};

edgewire_contract::record! {
    /// From where to where.
    pub struct ForwardBody {
        /// The chat that the message stands in.
        pub chat: Jid = chat();
        /// Who wrote it.
        pub sender: Option<Jid> = optional(person());
        /// Where it goes.
        pub to: Jid = recipient();
    }
}

/// The forward of `mid`, whose contents must be kept.
pub fn read(mid: MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
    let ForwardBody { chat, sender, to } = ForwardBody::read(fields)?;
    let known = Known { chat: chat.clone(), message_id: mid.clone(), must: Must::BeKept };
    let content = Content::ForwardStored(ForwardStored { chat, message_id: mid, sender });
    Some(Draft::new(to, content).about(known))
}
