//! Replaces the text of a message that the session sent.

use edgewire_contract::content::{Content, Edit, TEXT};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{Record as _, chat};
use edgewire_edge::draft::{Draft, mentioned};
use edgewire_edge::known::{Known, Must};

edgewire_contract::record! {
    /// A new text.
    pub struct EditBody {
        /// The chat that the message stands in.
        pub chat: Jid = chat();
        /// The new text.
        pub text: String = TEXT;
        /// Whom it mentions.
        pub mentions: Vec<Jid> = mentioned();
    }
}

/// The edit of `mid`: a text of ours, if its kind is known yet.
pub fn read(mid: MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
    let EditBody { chat, text, mentions } = EditBody::read(fields)?;
    let known = Known { chat: chat.clone(), message_id: mid.clone(), must: Must::BeOurText };
    let draft = Draft::new(chat, Content::Edit(Edit { message_id: mid, text }));
    Some(Draft { mentions, ..draft.about(known) })
}
