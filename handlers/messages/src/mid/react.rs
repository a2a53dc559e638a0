//! Reacts to a message, or takes the reaction back.

use edgewire_contract::content::{Content, EMOJI, React};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{Record as _, chat, optional, person};
use edgewire_edge::draft::Draft;

edgewire_contract::record! {
    /// A reaction.
    pub struct ReactBody {
        /// The chat that the message stands in.
        pub chat: Jid = chat();
        /// Who wrote the message, if it is not known to the gateway: needed in groups then.
        pub sender: Option<Jid> = optional(person());
        /// The emoji; empty takes the reaction back.
        pub emoji: String = EMOJI;
    }
}

/// The reaction to `mid`, known or not.
pub fn read(mid: MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
    let ReactBody { chat, sender, emoji } = ReactBody::read(fields)?;
    Some(Draft::new(chat, Content::React(React { message_id: mid, emoji, sender })))
}
