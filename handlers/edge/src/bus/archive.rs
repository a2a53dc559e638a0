//! What is kept of messages and chats, as handlers read it: [`Archive`] is the part of the bus that asks for it.
//!
//! conn-host writes all of it (`contract/lua/{append,complete,advance}.lua`); `keys::message_field` says what a message's
//! record has. A chat goes by its canonical JID: the phone number's, or the LID where no number is known.

use edgewire_contract::event::MessageStatus;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys::message_field;
use serde_json::{Map, Value};

use super::BusError;
use super::flat::Flat;

/// What is kept of messages and chats.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Archive {
    /// What is kept of messages, in the order of `ids`.
    async fn kept(&self, session: &SessionId, ids: &[MessageId]) -> Result<Vec<Option<Kept>>, BusError>;

    /// What is kept of one message.
    async fn kept_one(&self, session: &SessionId, id: &MessageId) -> Result<Option<Kept>, BusError> {
        Ok(self.kept(session, std::slice::from_ref(id)).await?.into_iter().next().flatten())
    }

    /// By which JID chats go: `None` for one that goes by the JID it was asked by, or is not known.
    async fn canonical(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<Option<String>>, BusError>;

    /// A `part` of an index (how many places are left out, and how many are wanted), from the time `from` on (unix ms,
    /// itself included; `None` is the end that `order` begins with). Places of one time stand in the order of their names.
    async fn places(
        &self,
        session: &SessionId,
        index: Index<'_>,
        order: Order,
        from: Option<i64>,
        part: (u32, u32),
    ) -> Result<Vec<Place>, BusError>;

    /// What is known of chats, in the order of `chats`.
    async fn chats(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<ChatFacts>, BusError>;
}

/// An index by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index<'a> {
    /// A session's chats, by their last message.
    Chats,
    /// A chat's messages.
    Chat(&'a str),
    /// A session's scheduled sends, by when they are due.
    Scheduled,
}

/// In which order an index is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// A place in an index, which is in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Unix ms.
    pub at: i64,
    /// A chat's JID, a message's id.
    pub name: String,
}

/// What is known of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChatFacts {
    /// What it is called.
    pub name: Option<String>,
    /// Its phone number, digits.
    pub phone: Option<String>,
    /// Its LID.
    pub lid: Option<String>,
    /// Its last message.
    pub last: Option<MessageId>,
    /// How many of its messages the account has not read; at least 1 while it is marked as unread.
    pub unread: u64,
    /// Whether it is in the account's archive.
    pub archived: bool,
}

impl ChatFacts {
    /// The fields that [`Self::read`] takes, in its order.
    pub const FIELDS: [&str; 6] = ["name", "phone", "lid", "last", "unread", "marked"];

    /// Of a chat's record, which does not say whether it is archived.
    pub fn read(fields: [Option<&str>; 6]) -> Self {
        let [name, phone, lid, last, unread, marked] = fields;
        let text = |field: Option<&str>| field.map(str::to_owned);
        let unread = unread.and_then(|unread| unread.parse().ok()).unwrap_or(0);
        Self {
            name: text(name),
            phone: text(phone),
            lid: text(lid),
            last: last.and_then(|id| MessageId::parse(id).ok()),
            unread: if marked.is_some() { unread.max(1) } else { unread },
            archived: false,
        }
    }
}

/// What is kept of a message, sent or received.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The chat's JID, as WhatsApp addressed it; of one that is on its way, as its sender did.
    pub chat: String,
    /// Who wrote it; `None` for ours.
    pub sender: Option<String>,
    /// Whether the account wrote it.
    pub from_me: bool,
    /// Its kind. `None` while it is on its way.
    pub kind: Option<String>,
    /// When it was sent, unix ms. `None` while it is on its way.
    pub at: Option<i64>,
    /// What events say of it ([`edgewire_contract::event::MessagePayload`]); empty when that is not kept.
    pub view: Map<String, Value>,
    /// When it was last edited, unix ms.
    pub edited_at: Option<i64>,
    /// When it was deleted for everyone, unix ms.
    pub revoked_at: Option<i64>,
    /// How far it has come. `None` of what the gateway did not send.
    pub status: Option<MessageStatus>,
    /// When it came so far, unix ms: sent, delivered, read, played.
    pub reached: [Option<i64>; 4],
    /// Why it failed.
    pub error: Option<Fault>,
    /// The command that sent it.
    pub outbox: Option<String>,
}

impl Kept {
    /// The fields that [`Self::read`] takes, in its order.
    pub const FIELDS: [&str; 15] = [
        message_field::CHAT,
        message_field::SENDER,
        message_field::FROM_ME,
        message_field::KIND,
        message_field::AT,
        message_field::VIEW,
        message_field::EDITED_AT,
        message_field::REVOKED_AT,
        message_field::ERROR,
        "status",
        "outbox",
        "sent_at",
        "delivered_at",
        "read_at",
        "played_at",
    ];

    /// Of a message's record. `None` when it has no chat: there is no such message.
    pub fn read(fields: [Option<&str>; 15]) -> Option<Self> {
        let [
            chat,
            sender,
            from_me,
            kind,
            at,
            view,
            edited_at,
            revoked_at,
            error,
            status,
            outbox,
            reached @ ..,
        ] = fields;
        let text = |field: Option<&str>| field.map(str::to_owned);
        let time = |field: Option<&str>| field.and_then(|at| at.parse().ok());
        Some(Self {
            chat: text(chat)?,
            sender: text(sender),
            from_me: from_me.map_or(outbox.is_some(), |from_me| from_me == "1"),
            kind: text(kind),
            at: time(at),
            view: view.and_then(|view| serde_json::from_str(view).ok()).unwrap_or_default(),
            edited_at: time(edited_at),
            revoked_at: time(revoked_at),
            status: status.and_then(status_of),
            reached: reached.map(time),
            error: error.and_then(|error| serde_json::from_str(error).ok()),
            outbox: text(outbox),
        })
    }

    /// The answer of `HMGET` of [`Self::FIELDS`].
    ///
    /// # Errors
    /// When it is something else.
    pub fn of(answer: &[Flat]) -> Result<Option<Self>, BusError> {
        Ok(Self::read(texts("a message", answer)?))
    }

    /// The chat's canonical JID, as far as the record says.
    pub fn chat(&self) -> &str {
        self.view.get("chat").and_then(Value::as_str).unwrap_or(&self.chat)
    }

    /// Whether the record says that the message stands in the chat that goes by `jid`.
    pub fn is_in(&self, jid: &str) -> bool {
        self.chat == jid
            || ["chat", "chat_lid"]
                .iter()
                .any(|name| self.view.get(*name).and_then(Value::as_str) == Some(jid))
    }
}

impl Place {
    /// The answer of `ZRANGEBYSCORE … WITHSCORES`: names and times in turn.
    pub fn all(answer: &[Flat]) -> Vec<Self> {
        let pairs = answer.chunks_exact(2);
        pairs
            .filter_map(|pair| Some(Self { name: pair[0].text()?.to_owned(), at: pair[1].number()? }))
            .collect()
    }
}

/// The answer of an `HMGET` of `N` fields.
///
/// # Errors
/// When it is something else.
pub fn texts<'a, const N: usize>(what: &str, answer: &'a [Flat]) -> Result<[Option<&'a str>; N], BusError> {
    let fields = <&[Flat; N]>::try_from(answer);
    let fields =
        fields.map_err(|_| BusError::Broken(format!("{what} has {} fields, not {N}", answer.len())))?;
    Ok(fields.each_ref().map(Flat::text))
}

fn status_of(text: &str) -> Option<MessageStatus> {
    use MessageStatus::{Delivered, Failed, Played, Queued, Read, Sent};
    [Queued, Sent, Delivered, Read, Played, Failed].into_iter().find(|status| status.as_str() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pairs: &[(&str, &str)]) -> Option<Kept> {
        let answer = Kept::FIELDS.map(|name| {
            let value = pairs.iter().find(|(given, _)| *given == name);
            value.map_or(Flat::Nil, |(_, value)| Flat::Text(value.as_bytes().to_vec()))
        });
        Kept::of(&answer).unwrap()
    }

    #[test]
    fn a_record_is_read() {
        let kept = record(&[
            ("chat", "1000@lid"),
            ("from_me", "1"),
            ("view", r#"{"chat":"628123456789@s.whatsapp.net","chat_lid":"1000@lid"}"#),
            ("status", "read"),
            ("read_at", "7"),
            ("error", "{"),
        ]);
        let kept = kept.unwrap();
        assert_eq!(
            (kept.from_me, kept.status, kept.error.is_none()),
            (true, Some(MessageStatus::Read), true)
        );
        assert_eq!(kept.reached, [None, None, Some(7), None]);
        assert_eq!(kept.chat(), "628123456789@s.whatsapp.net");
        for (jid, is) in [("1000@lid", true), ("628123456789@s.whatsapp.net", true), ("2@lid", false)] {
            assert_eq!(kept.is_in(jid), is, "{jid}");
        }
    }

    #[test]
    fn a_message_on_its_way_is_ours_and_none_is_none() {
        assert!(record(&[("chat", "1@g.us"), ("outbox", "01K8")]).unwrap().from_me);
        assert_eq!(record(&[("status", "sent")]), None);
        assert!(Kept::of(&[Flat::Nil]).is_err());
    }

    #[test]
    fn a_chat_that_is_marked_has_something_unread() {
        let facts = |unread, marked| ChatFacts::read([None, None, None, None, unread, marked]).unread;
        assert_eq!(facts(None, None), 0);
        assert_eq!((facts(Some("0"), Some("1")), facts(Some("3"), Some("1"))), (1, 3));
        assert_eq!((facts(Some("3"), None), facts(Some("x"), None)), (3, 0));
    }

    #[test]
    fn places_are_read_in_their_order() {
        let answer = ["b", "7", "a", "6", "odd"].map(|text| Flat::Text(text.as_bytes().to_vec()));
        let place = |at, name: &str| Place { at, name: name.into() };
        assert_eq!(Place::all(&answer), [place(7, "b"), place(6, "a")]);
    }
}
