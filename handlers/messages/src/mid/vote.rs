//! Votes in a poll.

use edgewire_contract::content::{ChosenOptions, Content, PollUpdate};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{Record as _, chat, optional, person};
use edgewire_edge::draft::Draft;
use edgewire_edge::known::{Known, Must};

edgewire_contract::record! {
    /// A vote. It replaces the earlier one; an empty list takes it back.
    pub struct VoteBody {
        /// The chat that the poll stands in.
        pub chat: Jid = chat();
        /// Who asked.
        pub sender: Option<Jid> = optional(person());
        /// The texts of the chosen options.
        pub options: Vec<String> = ChosenOptions;
    }
}

/// The vote in `mid`: a poll, if its kind is known yet.
pub fn read(mid: MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
    let VoteBody { chat, sender, options } = VoteBody::read(fields)?;
    let known = Known { chat: chat.clone(), message_id: mid.clone(), must: Must::BePoll };
    let vote = PollUpdate {
        poll_message_id: mid,
        selected_options: options,
        poll_sender: sender,
        enc_iv: None,
        enc_payload: None,
    };
    Some(Draft::new(chat, Content::PollUpdate(vote)).about(known))
}
