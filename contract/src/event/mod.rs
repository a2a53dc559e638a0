//! Events: what happened to a session, as integrators read it.
//!
//! An event is stored as its JSON *without* the id, because its id is its place in the session's stream
//! ([`EventId::of`]); [`with_id`] puts the two together without parsing the body again.

//!
//! * [`party`](Party): people and chats; `message`, `status`, `change`: messages and what is done to them;
//!   `group`, `contact`, `newsletter`, `presence`; `session`: the session's own life.

mod change;
mod contact;
mod group;
mod message;
mod newsletter;
mod party;
mod presence;
mod session;
mod status;

use serde::{Deserialize, Serialize};

pub use change::{
    EditedPayload, HistorySyncPayload, MediaRetryPayload, MediaRetryStatus, Origin, ReactionPayload,
    RevokedPayload, UndecryptablePayload, Unreadable, VotePayload,
};
pub use contact::{CallPayload, CallStatus, ContactChange, ContactUpdatePayload};
pub use group::{GroupAction, GroupParticipantsPayload, GroupUpdatePayload};
pub use message::{
    Card, Choice, MediaPointer, MessagePayload, Pinned, Place, PollAsked, QUOTED_TEXT_BYTES, Quoted,
};
pub use newsletter::{
    LabelChange, LabelUpdatePayload, NewsletterUpdatePayload, PostReactions, ReactionCount,
};
pub use party::{Party, Target};
pub use presence::{ChatActivity, ChatPresencePayload, PresencePayload};
pub use session::{AuthCodePayload, AuthPasskeyPayload, AuthQrPayload, PasskeyStep, SessionStatusPayload};
pub use status::{MessageStatus, MessageStatusPayload};

use crate::ids::{EventId, OrganizationId, SessionId};

/// How every stored event begins; the reader puts the id behind it.
const HEAD: &str = r#"{"schema":"v1","#;

/// Something that happened, with its payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "payload")]
pub enum EventBody {
    /// A message came in.
    #[serde(rename = "message")]
    Message(Box<MessagePayload>),
    /// The account itself wrote, from the phone or another device.
    #[serde(rename = "message.from_me")]
    MessageFromMe(Box<MessagePayload>),
    /// A message that we sent got further, or failed.
    #[serde(rename = "message.status")]
    MessageStatus(MessageStatusPayload),
    /// Somebody reacted to a message, or took that back.
    #[serde(rename = "message.reaction")]
    MessageReaction(ReactionPayload),
    /// A message was changed by its writer.
    #[serde(rename = "message.edited")]
    MessageEdited(EditedPayload),
    /// A message was deleted.
    #[serde(rename = "message.revoked")]
    MessageRevoked(RevokedPayload),
    /// A message came that cannot be read.
    #[serde(rename = "message.undecryptable")]
    MessageUndecryptable(UndecryptablePayload),
    /// Somebody voted in a poll.
    #[serde(rename = "poll.vote")]
    PollVote(VotePayload),
    /// A sender answered who had been asked for a file again.
    #[serde(rename = "media.retry")]
    MediaRetry(MediaRetryPayload),
    /// Older messages came from the phone.
    #[serde(rename = "history.sync")]
    HistorySync(HistorySyncPayload),
    /// The session's state changed.
    #[serde(rename = "session.status")]
    SessionStatus(SessionStatusPayload),
    /// A QR code to scan; the next one replaces it.
    #[serde(rename = "auth.qr")]
    AuthQr(AuthQrPayload),
    /// A pair code to type into the phone.
    #[serde(rename = "auth.code")]
    AuthCode(AuthCodePayload),
    /// A pairing asks for a passkey, or goes on after it.
    #[serde(rename = "auth.passkey")]
    AuthPasskey(AuthPasskeyPayload),
    /// Somebody came or went.
    #[serde(rename = "presence.update")]
    PresenceUpdate(PresencePayload),
    /// Somebody began or stopped to write.
    #[serde(rename = "chat.presence")]
    ChatPresence(ChatPresencePayload),
    /// A group was made or changed.
    #[serde(rename = "group.update")]
    GroupUpdate(GroupUpdatePayload),
    /// A group's members changed.
    #[serde(rename = "group.participants")]
    GroupParticipants(GroupParticipantsPayload),
    /// A contact changed.
    #[serde(rename = "contact.update")]
    ContactUpdate(Box<ContactUpdatePayload>),
    /// Somebody calls.
    #[serde(rename = "call.incoming")]
    CallIncoming(CallPayload),
    /// A newsletter changed.
    #[serde(rename = "newsletter.update")]
    NewsletterUpdate(NewsletterUpdatePayload),
    /// A label of a business account changed.
    #[serde(rename = "label.update")]
    LabelUpdate(LabelUpdatePayload),
}

/// Every kind of event there is, for filters.
pub const EVENT_KINDS: [&str; 22] = [
    "message",
    "message.from_me",
    "message.status",
    "message.reaction",
    "message.edited",
    "message.revoked",
    "message.undecryptable",
    "poll.vote",
    "media.retry",
    "history.sync",
    "session.status",
    "auth.qr",
    "auth.code",
    "auth.passkey",
    "presence.update",
    "chat.presence",
    "group.update",
    "group.participants",
    "contact.update",
    "call.incoming",
    "newsletter.update",
    "label.update",
];

impl EventBody {
    /// The kind's name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::MessageFromMe(_) => "message.from_me",
            Self::MessageStatus(_) => "message.status",
            Self::MessageReaction(_) => "message.reaction",
            Self::MessageEdited(_) => "message.edited",
            Self::MessageRevoked(_) => "message.revoked",
            Self::MessageUndecryptable(_) => "message.undecryptable",
            Self::PollVote(_) => "poll.vote",
            Self::MediaRetry(_) => "media.retry",
            Self::HistorySync(_) => "history.sync",
            Self::SessionStatus(_) => "session.status",
            Self::AuthQr(_) => "auth.qr",
            Self::AuthCode(_) => "auth.code",
            Self::AuthPasskey(_) => "auth.passkey",
            Self::PresenceUpdate(_) => "presence.update",
            Self::ChatPresence(_) => "chat.presence",
            Self::GroupUpdate(_) => "group.update",
            Self::GroupParticipants(_) => "group.participants",
            Self::ContactUpdate(_) => "contact.update",
            Self::CallIncoming(_) => "call.incoming",
            Self::NewsletterUpdate(_) => "newsletter.update",
            Self::LabelUpdate(_) => "label.update",
        }
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always `v1`.
    pub schema: Schema,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
    /// To which session.
    pub session: SessionId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// When, unix ms.
    pub timestamp: i64,
}

/// The envelope's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The first.
    #[serde(rename = "v1")]
    V1,
}

impl Event {
    /// An event of `session` at `timestamp` (unix ms).
    pub fn new(organization: OrganizationId, session: SessionId, timestamp: i64, body: EventBody) -> Self {
        Self { schema: Schema::V1, body, session, organization, timestamp }
    }

    /// The JSON that goes into the stream.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).expect("an event has string keys and finite numbers only")
    }
}

/// The JSON that integrators read: `stored` with its id behind the schema. `None` if `stored` is no event of ours.
pub fn with_id(stored: &str, id: EventId) -> Option<String> {
    stored.strip_prefix(HEAD).map(|rest| format!(r#"{HEAD}"id":"{id}",{rest}"#))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EntryId;

    #[test]
    fn the_id_is_put_in_without_parsing() {
        let session = SessionId::parse("main").unwrap();
        let event = Event::new(
            OrganizationId::parse("acme").unwrap(),
            session.clone(),
            7,
            EventBody::AuthCode(AuthCodePayload { code: "ABCD-EFGH".into(), expires_at: 9 }),
        );
        let id = EventId::of(&session, EntryId { ms: 5, seq: 0 });
        let read: serde_json::Value =
            serde_json::from_str(&with_id(&event.to_stored(), id).unwrap()).unwrap();
        assert_eq!(read["id"], id.to_string());
        assert_eq!(read["event"], "auth.code");
        assert_eq!(read["payload"]["code"], "ABCD-EFGH");
        assert_eq!(with_id("{}", id), None);
    }
}
