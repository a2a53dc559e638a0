//! Every Redis key there is, one function and a sentence each.
//!
//! `ew1:` is the layout's version. The braces are Redis Cluster's hash tags: all keys of a shard live in one slot
//! (`{s17}`), all keys of an organization in another (`{o:acme}`), so that one script may touch several of them.
//! Every key has a TTL, a length cap, or an owner that deletes it; the third column says which.
//!
//! | key | type | ends by |
//! |---|---|---|
//! | `ew1:layout` | hash | never: fixed at the first start |
//! | `ew1:hosts` | sorted set | members older than a minute are dropped by each heartbeat |
//! | `ew1:token:<sha256>` | string (JSON) | revocation, or TTL when the token expires |
//! | `ew1:orgs` | set | deletion of the organization |
//! | `ew1:hook-orgs` | set | the delivering hosts' sweep, once an organization has no webhook |
//! | `ew1:hook-hosts` | sorted set | members that missed their heartbeats are dropped by each heartbeat |
//! | `ew1:{s17}:cmd` | stream | each entry is deleted when its command completes |
//! | `ew1:{s17}:dead` | stream | length cap |
//! | `ew1:{s17}:lease` | hash | never: it holds the epoch |
//! | `ew1:{s17}:sessions` | set | deletion of the session |
//! | `ew1:{s17}:outbox` | stream | each entry is deleted once relayed to its organization's feed |
//! | `ew1:{s17}:session:<id>` | hash | deletion of the session |
//! | `ew1:{s17}:pairing:<id>` | string (JSON) | TTL: the code's own time |
//! | `ew1:{s17}:ev:<id>` | stream | age, length cap; deletion of the session |
//! | `ew1:{s17}:seen:<id>:<hash>` | string | TTL |
//! | `ew1:{s17}:out:<command>` | string (JSON) | TTL |
//! | `ew1:{s17}:msg:<id>:<message>` | hash | TTL |
//! | `ew1:{s17}:chats:<id>` | sorted set | TTL, renewed by each message; older members are swept; deletion of the session |
//! | `ew1:{s17}:chat:<id>:<chat>` | hash | TTL, renewed by each message; deletion of the session |
//! | `ew1:{s17}:log:<id>:<chat>` | sorted set | as `chats` |
//! | `ew1:{s17}:unread:<id>:<chat>` | sorted set | as `log` |
//! | `ew1:{s17}:archived:<id>` | set | members go when the account takes the chat out of its archive; another pairing; deletion of the session |
//! | `ew1:{s17}:alias:<id>` | hash | TTL, renewed by each message; deletion of the session |
//! | `ew1:{s17}:names:<id>` | hash | TTL, renewed by each name; deletion of the session |
//! | `ew1:{s17}:blocked:<id>` | hash | another pairing; deletion of the session |
//! | `ew1:{s17}:history:<id>:<request>` | string (JSON) | TTL, 24 h |
//! | `ew1:{s17}:watched:<id>` | hash | at most 256 fields; deletion of the session |
//! | `ew1:{s17}:work:<command>` | hash | the end of its command, or TTL |
//! | `ew1:{s17}:blob:<blob>` | hash | the end of the command that owns it, or TTL, 10 minutes |
//! | `ew1:{s17}:blobs` | sorted set | members go with their blobs; swept by each write |
//! | `ew1:{s17}:blob-sizes` | hash | fields go with their blobs; swept by each write |
//! | `ew1:{s17}:media:<id>:<message>` | hash | TTL, renewed when it is asked for; the cache's budget; deletion of the session |
//! | `ew1:{s17}:media-use` | sorted set | members go with their files; swept by each write |
//! | `ew1:{s17}:media-sizes` | hash | as `media-use` |
//! | `ew1:{s17}:dev:<id>:<table>` | hash | deletion of the session, or 7 days after a logout (quarantine) |
//! | `ew1:{o:acme}:sessions` | sorted set | deletion of the session |
//! | `ew1:{o:acme}:idem:<sha256>` | string (JSON) | TTL, 24 h |
//! | `ew1:{o:acme}:feed` | stream | age, length cap |
//! | `ew1:{o:acme}:relayed` | hash | one field per shard and [`GONE_FIELD`], overwritten |
//! | `ew1:{o:acme}:webhooks` | hash | deletion of the webhook |
//! | `ew1:{o:acme}:hooks-lease` | hash | never: it holds the epoch |
//! | `ew1:{o:acme}:hook:<id>` | hash | deletion of the webhook |
//! | `ew1:{o:acme}:hook-dead:<id>` | stream | length cap; deletion of the webhook |
//! | `ew1:{o:acme}:hook-again:<id>` | stream | each entry is deleted once delivered or dead; deletion of the webhook |
//! | `ew1:{o:acme}:hook-log:<id>` | stream | length cap; TTL, 7 days; deletion of the webhook |
//! | `ew1:{o:acme}:hook-asks` | list | each entry is taken by the delivering host; TTL of a minute |
//! | `ew1:{o:acme}:hook-answer:<ask>` | string (JSON) | TTL of a minute |
//! | `ew1:{r:<instance>}:replies` | list | TTL of a minute, renewed by each push |

use crate::ids::{BlobId, CommandId, MessageId, OrganizationId, SessionId, WebhookId};
use crate::shard::Shard;

/// The one field of an entry in a command stream: the command's JSON.
pub const COMMAND_FIELD: &str = "c";
/// The one field of an entry in a session's event stream: the event's JSON, without its id.
pub const EVENT_FIELD: &str = "e";
/// The one field of an entry in [`hook_dead`] and [`hook_again`]: the JSON of [`crate::webhook::DeadLetter`].
pub const DEAD_FIELD: &str = "d";
/// The one field of an entry in [`hook_log`]: the JSON of [`crate::webhook::Delivery`].
pub const LOG_FIELD: &str = "l";
/// The one field of an entry in an outbox or a feed: a [`Pointer`].
pub const POINTER_FIELD: &str = "p";

/// How long an outcome is kept, seconds: as long as an idempotency record, which leads to it.
pub const OUTCOME_TTL_SECONDS: u64 = 24 * 3600;
/// How long an idempotency record is kept, seconds.
pub const IDEMPOTENCY_TTL_SECONDS: u64 = 24 * 3600;
/// How long a sent message's status is kept, seconds.
pub const MESSAGE_TTL_SECONDS: u64 = 7 * 24 * 3600;
/// How long an incoming message is remembered, to know its repetition, seconds. WhatsApp repeats what was not
/// acknowledged at the next connection, which may be days later.
pub const SEEN_TTL_SECONDS: u64 = 7 * 24 * 3600;
/// How long a request for older messages is remembered, seconds: a phone that is off answers when it is on again.
pub const HISTORY_TTL_SECONDS: u64 = 24 * 3600;
/// How many people's presence a session watches. WhatsApp forgets it with the connection, so it is asked for again at
/// each one.
pub const WATCHED_MOST: u64 = 256;
/// The most events that a session ever keeps for replay. They end by their age long before, as a rule: the relay sees to
/// that, and to a lower bound where one is set.
pub const EVENTS_KEPT: u64 = 100_000;
/// The most pointers that an organization's feed keeps, unless set otherwise.
pub const FEED_KEPT: u64 = 1_000_000;
/// How long events are kept, days, unless set otherwise.
pub const EVENT_DAYS: u64 = 7;
/// The field of [`relayed`] that names the last entry that was dropped from the feed: its id, a space, its [`Pointer`].
/// Who stands before it has missed some; who stands at it has missed none.
pub const GONE_FIELD: &str = "gone";
/// The field of [`blocked`] that says that the whole list was read.
pub const BLOCKED_READ: &str = "read";
/// The field of [`blocked`] that tells one pairing's changes from another's: when it was (unix ms).
pub const BLOCKED_ERA: &str = "era";
/// How long a reply list lives without a push, seconds.
pub const REPLIES_TTL_SECONDS: u64 = 60;
/// A conn-host whose heartbeat is older than this, ms, is not alive.
pub const HOST_ALIVE_MS: i64 = 5_000;

/// Facts of the deployment: `shards` and `network` (whatsapp or sandbox), which never change, and `synced`, which conn-host writes to wait for the disk.
pub fn layout() -> String {
    "ew1:layout".into()
}

/// Which conn-hosts are alive: member is the host's id, score its last heartbeat (unix ms).
pub fn hosts() -> String {
    "ew1:hosts".into()
}

/// A token's record, by [`crate::token::token_hash`].
pub fn token(hash: &str) -> String {
    format!("ew1:token:{hash}")
}

/// The ids of all organizations that ever had a session or a token.
pub fn organizations() -> String {
    "ew1:orgs".into()
}

/// The ids of the organizations that have webhooks, so that those without cost nothing. Whoever creates a webhook adds
/// its organization first; a sweep by the delivering hosts mends what was left out.
pub fn hook_organizations() -> String {
    "ew1:hook-orgs".into()
}

/// Which hosts deliver webhooks, so that they share the organizations out; the same form as [`hosts`], by Redis's clock.
pub fn hook_hosts() -> String {
    "ew1:hook-hosts".into()
}

/// The consumer group under which the owner of a shard's `epoch` reads its commands. Each epoch has its own.
pub fn command_group(epoch: u64) -> String {
    format!("e{epoch}")
}

/// The commands for a shard's sessions.
pub fn commands(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:cmd")
}

/// Commands that could not be read or crashed three times, with the reason.
pub fn dead_letters(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:dead")
}

/// Who owns the shard: `owner`, `epoch`, `until` (unix ms by Redis's clock).
pub fn lease(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:lease")
}

/// The ids of the shard's sessions.
pub fn shard_sessions(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:sessions")
}

/// Pointers to events that their organization's feed does not have yet.
pub fn outbox(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:outbox")
}

/// A session's record ([`crate::session`]).
pub fn session(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:session:{session}")
}

/// The QR or pair code that is valid now ([`crate::session::PairingStep`]).
pub fn pairing(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:pairing:{session}")
}

/// A session's events.
pub fn events(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:ev:{session}")
}

/// There once an incoming message has been appended; `hash` is over chat, sender and id.
pub fn seen(shard: Shard, session: &SessionId, hash: &str) -> String {
    format!("ew1:{{{shard}}}:seen:{session}:{hash}")
}

/// A command's outcome ([`crate::outcome::Outcome`]).
pub fn outcome(command: CommandId) -> String {
    format!("ew1:{{{}}}:out:{command}", command.shard())
}

/// What is kept of a message, ours or another's: see [`message_field`]. Of ours also `status`, `outbox`, and a time per
/// status (`sent_at`, …).
pub fn message(shard: Shard, session: &SessionId, message: &MessageId) -> String {
    format!("ew1:{{{shard}}}:msg:{session}:{message}")
}

/// The fields of [`message`] that every message has.
pub mod message_field {
    /// The chat's JID.
    pub const CHAT: &str = "chat";
    /// Who wrote it: a JID without device. Absent for ours.
    pub const SENDER: &str = "sender";
    /// `1` for ours, `0` for others'.
    pub const FROM_ME: &str = "from_me";
    /// Its kind, as events name it (`text`, `image`, …).
    pub const KIND: &str = "kind";
    /// When it was sent, unix ms.
    pub const AT: &str = "at";
    /// Its protobuf, sealed under the session's key.
    pub const BODY: &str = "body";
    /// What events say of it: the JSON of a [`crate::event::MessagePayload`], without where its file is.
    pub const VIEW: &str = "view";
    /// The number of its writer's device.
    pub const DEVICE: &str = "device";
    /// When it was last edited, unix ms.
    pub const EDITED_AT: &str = "edited_at";
    /// When it was deleted for everyone, unix ms; then `body` is gone, and `view` has no content.
    pub const REVOKED_AT: &str = "revoked_at";
    /// Why it was not sent: the JSON of a [`crate::fault::Fault`].
    pub const ERROR: &str = "error";
    /// The number that WhatsApp's server gave it, of a newsletter's post.
    pub const SERVER_ID: &str = "server_id";
}

/// The session's chats by their last message (unix ms). A chat goes by its canonical JID, see
/// [`crate::event::Party`].
pub fn chats(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:chats:{session}")
}

/// What is known of a chat: `name`, `phone`, `lid`, `last` (the id of its last message), `unread` (how many of its messages
/// the account has not read), `read_at` (up to when it has, unix ms), `marked` (there while it is marked as unread).
pub fn chat(shard: Shard, session: &SessionId, chat: &str) -> String {
    format!("ew1:{{{shard}}}:chat:{session}:{chat}")
}

/// The ids of a chat's messages by their time (unix ms).
pub fn chat_log(shard: Shard, session: &SessionId, chat: &str) -> String {
    format!("ew1:{{{shard}}}:log:{session}:{chat}")
}

/// The ids of a chat's messages that the account has not read, by their time (unix ms). Messages of others only.
pub fn unread(shard: Shard, session: &SessionId, chat: &str) -> String {
    format!("ew1:{{{shard}}}:unread:{session}:{chat}")
}

/// The chats in the account's archive: canonical JIDs, as they were when that was told.
pub fn archived(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:archived:{session}")
}

/// Chats that were written to by LID and whose phone number is known: LID to canonical JID.
pub fn chat_aliases(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:alias:{session}")
}

/// The names that people gave themselves: canonical JID to name.
pub fn names(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:names:{session}")
}

/// Whom the account blocks, as far as was told: canonical JID to how often it changed, and `1` or `0`. [`BLOCKED_READ`]
/// is there once the whole list was read; [`BLOCKED_ERA`] since the last pairing.
pub fn blocked(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:blocked:{session}")
}

/// What was asked of the phone's past under WhatsApp's id `request`: the JSON of a [`crate::session::HistoryRequest`].
pub fn history_request(shard: Shard, session: &SessionId, request: &str) -> String {
    format!("ew1:{{{shard}}}:history:{session}:{request}")
}

/// Whose presence the session watches: JID to when that was asked for (unix ms).
pub fn watched(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:watched:{session}")
}

/// What a command has done so far, for whoever runs it again: `begun` (there once an action has begun that must not
/// happen twice) and `upload` (JSON: its file is on WhatsApp's servers already; sealed).
pub fn work(command: CommandId) -> String {
    format!("ew1:{{{}}}:work:{command}", command.shard())
}

/// Bytes on their way through: field `n` is the chunk of that number ([`crate::media::BLOB_CHUNK`] bytes, but for the
/// last).
pub fn blob(shard: Shard, blob: &BlobId) -> String {
    format!("ew1:{{{shard}}}:blob:{blob}")
}

/// The shard's blobs by when they end (unix ms; `+inf` while a command owns them).
pub fn blobs(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:blobs")
}

/// How many bytes each of the shard's blobs has, and `total`.
pub fn blob_sizes(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:blob-sizes")
}

/// A received file in the cache: field `n` is the chunk of that number ([`crate::media::BLOB_CHUNK`] bytes, but for the
/// last), `bytes` its length once it is whole.
pub fn media(shard: Shard, session: &SessionId, message: &MessageId) -> String {
    format!("ew1:{{{shard}}}:media:{session}:{message}")
}

/// The shard's cached files by when they were last asked for (unix ms). A file's name here is
/// [`media_name`].
pub fn media_use(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:media-use")
}

/// How many bytes each of the shard's cached files has, and `total`.
pub fn media_sizes(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:media-sizes")
}

/// What a cached file goes by in [`media_use`]: the end of its key.
pub fn media_name(session: &SessionId, message: &MessageId) -> String {
    format!("{session}:{message}")
}

/// The key of the cached file of this name.
pub fn media_named(shard: Shard, name: &str) -> String {
    format!("ew1:{{{shard}}}:media:{name}")
}

/// How long a cached file stays that nobody asks for, seconds.
pub const MEDIA_TTL_SECONDS: u64 = 24 * 3600;

/// One table of a session's device store; every value is sealed.
pub fn device(shard: Shard, session: &SessionId, table: &str) -> String {
    format!("ew1:{{{shard}}}:dev:{session}:{table}")
}

/// An organization's sessions: member is the id, score the time of creation.
pub fn organization_sessions(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:sessions")
}

/// Which command an Idempotency-Key led to; `hash` is over the key.
pub fn idempotency(organization: &OrganizationId, hash: &str) -> String {
    format!("ew1:{{o:{organization}}}:idem:{hash}")
}

/// Pointers to all events of the organization, in one order for every reader.
pub fn feed(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:feed")
}

/// Per shard, the last outbox entry that the feed has: makes relaying twice harmless. And [`GONE_FIELD`].
pub fn relayed(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:relayed")
}

/// The organization's webhooks: field is the id, value the JSON of [`crate::webhook::Webhook`].
pub fn webhooks(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:webhooks")
}

/// Who delivers the organization's webhooks; the same form as a shard's lease.
pub fn hooks_lease(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:hooks-lease")
}

/// A webhook's place: `cursor` (all up to this feed entry is done), and for entries behind it that are not as new, a field
/// of the entry's name each: `done`, or `<attempts> <next_at>` of one that failed. Of an entry of [`hook_again`] the field
/// is `again:<entry>`. Beside them the fields of [`crate::webhook::Breaker`]. Absent until a host first sees the webhook.
pub fn hook(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook:{webhook}")
}

/// The events that a webhook's receiver never took ([`crate::webhook::DeadLetter`]).
pub fn hook_dead(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-dead:{webhook}")
}

/// Dead letters that somebody asked to have delivered again, in the form of [`hook_dead`].
pub fn hook_again(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-again:{webhook}")
}

/// A webhook's deliveries, one entry an attempt.
pub fn hook_log(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-log:{webhook}")
}

/// What is asked of the organization's delivering host ([`crate::webhook::ask::Ask`]), the oldest first.
pub fn hook_asks(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:hook-asks")
}

/// The answer to one of them ([`crate::webhook::ask::Tried`]).
pub fn hook_answer(organization: &OrganizationId, ask: &crate::ids::RequestId) -> String {
    format!("ew1:{{o:{organization}}}:hook-answer:{ask}")
}

/// The list that wakes the waiting requests of one handler instance.
pub fn replies(instance: &str) -> String {
    format!("ew1:{{r:{instance}}}:replies")
}

/// What an outbox and a feed hold: where an event's body is. As text: `<organization> <session> <kind> <entry>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which session's stream has the body.
    pub session: SessionId,
    /// The event's kind.
    pub kind: String,
    /// The entry in [`events`].
    pub entry: crate::ids::EntryId,
}

impl Pointer {
    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let pointer = Self {
            organization: OrganizationId::parse(parts.next()?).ok()?,
            session: SessionId::parse(parts.next()?).ok()?,
            kind: parts.next()?.to_owned(),
            entry: crate::ids::EntryId::parse(parts.next()?).ok()?,
        };
        parts.next().is_none().then_some(pointer)
    }

    /// The event's public id.
    pub fn event_id(&self) -> crate::ids::EventId {
        crate::ids::EventId::of(&self.session, self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_shard_share_its_tag() {
        let shard = Shard::from_number(17);
        let session = SessionId::parse("main").unwrap();
        for key in [
            commands(shard),
            lease(shard),
            outbox(shard),
            events(shard, &session),
            device(shard, &session, "device"),
        ] {
            assert!(key.starts_with("ew1:{s17}:"), "{key}");
        }
        assert_eq!(feed(&OrganizationId::parse("acme").unwrap()), "ew1:{o:acme}:feed");
    }

    #[test]
    fn a_pointer_is_read_back() {
        let pointer = Pointer::parse("acme main message.status 170-3").unwrap();
        assert_eq!(
            (pointer.session.as_str(), pointer.kind.as_str(), pointer.entry.seq),
            ("main", "message.status", 3)
        );
        for bad in ["", "acme main message", "acme main message 1-2 x", "a/b main message 1-2"] {
            assert_eq!(Pointer::parse(bad), None);
        }
    }
}
