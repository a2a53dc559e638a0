//! A message as its sender asked for it, before it has ids: what the bodies of all send routes have in common.

use edgewire_contract::command::{Content, Quoted, Text};
use edgewire_contract::fault::Fault;
use edgewire_contract::fields::Fields;
use edgewire_contract::jid::{Jid, JidKind};
use edgewire_edge::checks::Checks;

/// The longest text, characters.
pub const LONGEST_TEXT: usize = 4096;
/// The most people that one message mentions. The largest group has 1024 members.
const MOST_MENTIONS: usize = 1024;

/// What to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it goes.
    pub to: Jid,
    /// What it says.
    pub content: Content,
    /// The message that it answers.
    pub reply_to: Option<Quoted>,
    /// Whom it mentions.
    pub mentions: Vec<Jid>,
}

impl Draft {
    /// Reads a body with `reader`. The bad fields join those that `checks` has.
    ///
    /// # Errors
    /// 400 naming every bad field.
    pub fn read(
        body: &[u8],
        mut checks: Checks,
        reader: impl FnOnce(&mut Fields<'_>) -> Option<Self>,
    ) -> Result<Option<Self>, Fault> {
        let draft = checks.take(Fields::read(body, |fields| Ok(reader(fields))))?;
        checks.finish()?;
        Ok(draft.flatten())
    }

    /// Reads a text; `reply_to` is the name of the field that the route's family gives it.
    pub fn text(fields: &mut Fields<'_>, reply_to: &str) -> Option<Self> {
        let to = fields.recipient("to");
        let text = fields.text("text", 1, LONGEST_TEXT);
        let reply_to = quoted(fields, reply_to);
        let mentions = mentions(fields);
        Some(Self { to: to?, content: Content::Text(Text { text: text? }), reply_to, mentions })
    }
}

fn quoted(fields: &mut Fields<'_>, name: &str) -> Option<Quoted> {
    fields.optional_message_id(name).map(|message_id| Quoted { message_id, sender: None })
}

fn mentions(fields: &mut Fields<'_>) -> Vec<Jid> {
    fields.list("mentions", MOST_MENTIONS, |text| match Jid::parse_recipient(text) {
        Ok(jid) if matches!(jid.kind(), JidKind::Phone | JidKind::Lid) => Ok(jid),
        Ok(_) => Err("must be a person: a phone number or a JID (@s.whatsapp.net, @lid)".to_owned()),
        Err(e) => Err(e.to_string()),
    })
}
