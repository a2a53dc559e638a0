//! `POST /api/v1/sessions/{session}/messages/read`: says that messages of others were read.

use edgewire_contract::command::{Mark, MarkKind};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::{Jid, JidKind};
use edgewire_contract::shape::{Record as _, chat, items, message_id, optional, person};
use edgewire_edge::bus::Bus;
use edgewire_edge::draft::Asked;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::taking::{sent, take};

edgewire_contract::record! {
    /// Which messages were read.
    pub struct ReadBody check check {
        /// The chat that they stand in.
        pub chat_jid: Jid = chat();
        /// Who wrote them; required in a group.
        pub sender: Option<Jid> = optional(person());
        /// The messages, all of one writer.
        pub message_ids: Vec<MessageId> = items(message_id(), 1, 256);
    }
}

fn check(body: &ReadBody, fields: &mut Fields<'_>) {
    if body.chat_jid.kind() == JidKind::Group && body.sender.is_none() {
        fields.note("sender", "is required in a group");
    }
}

/// Sends the receipts.
///
/// # Errors
/// Those of [`take`].
pub async fn read<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let mut first = None;
    let (mode, receipt) = take(gateway, call, &mut |fields| {
        let ReadBody { chat_jid, sender, message_ids } = ReadBody::read(fields)?;
        first = message_ids.first().cloned();
        Some(Asked::Mark(Mark { chat: chat_jid, sender, message_ids, mark: MarkKind::Read }))
    })
    .await?;
    Ok(sent(mode, &receipt, first.as_ref()))
}
