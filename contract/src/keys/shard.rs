//! Keys of a shard, all in the slot of its tag: its commands and its lease, and all that is its sessions'.

use crate::ids::{BlobId, CommandId, MessageId, SessionId};
use crate::shard::Shard;

/// The one field of an entry in a command stream: the command's JSON.
pub const COMMAND_FIELD: &str = "c";
/// The one field of an entry in a session's event stream: the event's JSON, without its id.
pub const EVENT_FIELD: &str = "e";
/// How long an outcome is kept, seconds: as long as an idempotency record, which leads to it.
pub const OUTCOME_TTL_SECONDS: u64 = 24 * 3600;
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
/// How long events are kept, days, unless set otherwise.
pub const EVENT_DAYS: u64 = 7;
/// The field of [`blocked`] that says that the whole list was read.
pub const BLOCKED_READ: &str = "read";
/// The field of [`blocked`] that tells one pairing's changes from another's: when it was (unix ms).
pub const BLOCKED_ERA: &str = "era";
/// How long a cached file stays that nobody asks for, seconds.
pub const MEDIA_TTL_SECONDS: u64 = 24 * 3600;

/// The consumer group under which the owner of a shard's `epoch` reads its commands. Each epoch has its own.
pub fn command_group(epoch: u64) -> String {
    format!("e{epoch}")
}

/// The commands for a shard's sessions.
pub fn commands(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:cmd")
}

/// How many commands of one session may be scheduled.
pub const SCHEDULED_MOST: u32 = 10_000;

/// The shard's scheduled commands by when they are due (unix ms).
pub fn due(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:due")
}

/// The shard's scheduled commands: id to JSON.
pub fn scheduled(shard: Shard) -> String {
    format!("ew1:{{{shard}}}:scheduled")
}

/// A session's scheduled commands by when they are due (unix ms).
pub fn schedule(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:schedule:{session}")
}

/// A session's commands of the last hour that took their share of its budget, by when they did (unix ms).
pub fn spent(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:spent:{session}")
}

/// The people that a session with a limit for new ones wrote to, by when it first did (unix ms).
pub fn met(shard: Shard, session: &SessionId) -> String {
    format!("ew1:{{{shard}}}:met:{session}")
}

/// About how many dead letters a shard keeps; the oldest go first.
pub const DEAD_LETTERS_KEPT: usize = 1000;

/// Commands that could not be read or crashed three times: a stream of the `entry` that each was, the `reason`, and the
/// command itself.
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

/// One table of a session's device store; every value is sealed.
pub fn device(shard: Shard, session: &SessionId, table: &str) -> String {
    format!("ew1:{{{shard}}}:dev:{session}:{table}")
}
