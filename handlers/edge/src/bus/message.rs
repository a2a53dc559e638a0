//! What is kept of a message, as a handler sees it.

use edgewire_contract::jid::Jid;
use edgewire_contract::keys::message_field;

/// A message of a session, sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The chat that it stands in.
    pub chat: Jid,
    /// Whether the session sent it.
    pub from_me: bool,
    /// Its kind, as events name it. `None` while it is on its way.
    pub kind: Option<String>,
    /// Who wrote it; `None` for ours.
    pub sender: Option<Jid>,
    /// When it was sent, unix ms. `None` while it is on its way.
    pub at: Option<i64>,
    /// Whether its contents are kept, so that it can be forwarded.
    pub has_body: bool,
}

/// The fields that [`MessageView::read`] takes, in its order. `outbox` is a sent message's from the start.
pub const FIELDS: [&str; 6] = [
    message_field::CHAT,
    message_field::FROM_ME,
    message_field::KIND,
    message_field::SENDER,
    message_field::AT,
    "outbox",
];

impl MessageView {
    /// Of the record's [`FIELDS`]. `None` when it has no chat: there is no such message.
    pub fn read(fields: [Option<&str>; 6], has_body: bool) -> Option<Self> {
        let [chat, from_me, kind, sender, at, outbox] = fields;
        let jid = |text: &str| Jid::parse_recipient(text).ok();
        Some(Self {
            chat: chat.and_then(jid)?,
            from_me: from_me.map_or(outbox.is_some(), |from_me| from_me == "1"),
            kind: kind.map(str::to_owned),
            sender: sender.and_then(jid),
            at: at.and_then(|at| at.parse().ok()),
            has_body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read() {
        let view = MessageView::read(
            [Some("1@g.us"), Some("0"), Some("text"), Some("628111111111@s.whatsapp.net"), Some("7"), None],
            true,
        )
        .unwrap();
        assert_eq!((view.chat.as_str(), view.from_me, view.at), ("1@g.us", false, Some(7)));
        assert_eq!((view.kind.as_deref(), view.has_body), (Some("text"), true));
    }

    #[test]
    fn a_message_on_its_way_is_ours() {
        let view = MessageView::read([Some("1@g.us"), None, None, None, None, Some("01K8")], false).unwrap();
        assert!(view.from_me && view.kind.is_none());
    }

    #[test]
    fn without_a_chat_there_is_none() {
        assert_eq!(MessageView::read([None; 6], false), None);
        assert_eq!(MessageView::read([Some("nowhere"), None, None, None, None, None], false), None);
    }
}
