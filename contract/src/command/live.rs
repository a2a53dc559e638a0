//! Live actions: what a session asks or tells WhatsApp at once, and what each gives as its outcome's `data`.
//!
//! The shapes of the answers are those of the routes (`handlers/contacts`, `handlers/groups`, …), so that a handler
//! passes them on as they are.

use serde::{Deserialize, Serialize};

use crate::ids::MessageId;
use crate::jid::Jid;
use crate::media::{BlobRef, MediaKind, Uploaded};

/// What is asked or told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Live {
    /// All groups that the session is in: a list of groups.
    Groups,
    /// One group with its participants.
    Group {
        /// Which.
        group: Jid,
    },
    /// Makes a group; gives it.
    CreateGroup(CreateGroup),
    /// Changes a group; gives it.
    UpdateGroup(UpdateGroup),
    /// Adds, removes, promotes or demotes; gives a list of `{jid, ok, code}`.
    Participants(Participants),
    /// The group's invite link, perhaps a new one: `{code, link}`.
    GroupInvite(GroupInvite),
    /// The group behind an invite code, without joining it.
    InviteInfo {
        /// The code, without the link around it.
        code: String,
    },
    /// Joins by an invite code: `{groupJid}`, and `pending: true` where an administrator must approve.
    JoinGroup {
        /// The code, without the link around it.
        code: String,
    },
    /// Leaves a group: nothing.
    LeaveGroup {
        /// Which.
        group: Jid,
    },
    /// Who of these is on WhatsApp: a list of `{phone, exists, jid, lid}`.
    CheckContacts(CheckContacts),
    /// A contact's or group's picture: `{id, url, direct_path}`; not found when there is none, or it is hidden.
    ContactPicture(ContactPicture),
    /// Blocks or unblocks: nothing.
    BlockContact(BlockContact),
    /// Who is blocked: a list of JIDs.
    Blocked,
    /// The account's presence: nothing.
    SetPresence(SetPresence),
    /// What is shown to a chat's others: nothing.
    Typing(Typing),
    /// Makes a newsletter; gives it.
    CreateNewsletter(CreateNewsletter),
    /// All newsletters that the session follows or owns: a list of them.
    Newsletters,
    /// One newsletter.
    Newsletter {
        /// Which.
        newsletter: Jid,
    },
    /// The newsletter behind an invite code.
    NewsletterByInvite {
        /// The code, without the link around it.
        code: String,
    },
    /// Follows a newsletter; gives it.
    FollowNewsletter {
        /// Which.
        newsletter: Jid,
    },
    /// Follows it no longer: nothing.
    UnfollowNewsletter {
        /// Which.
        newsletter: Jid,
    },
    /// A newsletter's posts: a list of `{serverId, messageId, timestamp, kind, text, reactions}`.
    NewsletterMessages(NewsletterMessages),
    /// Reacts to a post: nothing.
    ReactToPost(ReactToPost),
    /// Deletes a message on the account's own devices only: nothing.
    DeleteForMe(DeleteForMe),
    /// Asks the writer of messages to send them once more: nothing.
    RequestRetry(RequestRetry),
    /// Asks the phone for older messages of a chat: `{request_id}`. They come as `history.sync` events.
    RequestHistory(RequestHistory),
    /// Watches somebody's presence, or no longer: nothing. It comes as `presence.update` events.
    WatchPresence(WatchPresence),
    /// Puts a file on WhatsApp's media servers: the uploaded format.
    Upload(Upload),
    /// Gets the file of a message that is kept into the cache of received files: a [`Fetched`].
    FetchMedia {
        /// Which message.
        message: MessageId,
    },
    /// Gets a file from WhatsApp's media servers into the blob [`crate::media::result_blob`]: its [`BlobRef`].
    Download(Download),
}

impl Live {
    /// A short name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Groups => "groups.list",
            Self::Group { .. } => "groups.get",
            Self::CreateGroup(_) => "groups.create",
            Self::UpdateGroup(_) => "groups.update",
            Self::Participants(_) => "groups.participants",
            Self::GroupInvite(_) => "groups.invite",
            Self::InviteInfo { .. } => "groups.invite_info",
            Self::JoinGroup { .. } => "groups.join",
            Self::LeaveGroup { .. } => "groups.leave",
            Self::CheckContacts(_) => "contacts.check",
            Self::ContactPicture(_) => "contacts.picture",
            Self::BlockContact(_) => "contacts.block",
            Self::Blocked => "contacts.blocked",
            Self::SetPresence(_) => "presence.set",
            Self::Typing(_) => "presence.typing",
            Self::CreateNewsletter(_) => "newsletters.create",
            Self::Newsletters => "newsletters.list",
            Self::Newsletter { .. } | Self::NewsletterByInvite { .. } => "newsletters.get",
            Self::FollowNewsletter { .. } => "newsletters.follow",
            Self::UnfollowNewsletter { .. } => "newsletters.unfollow",
            Self::NewsletterMessages(_) => "newsletters.messages",
            Self::ReactToPost(_) => "newsletters.react",
            Self::DeleteForMe(_) => "messages.delete_for_me",
            Self::RequestRetry(_) => "messages.request_retry",
            Self::RequestHistory(_) => "messages.request_history",
            Self::WatchPresence(_) => "presence.watch",
            Self::Upload(_) => "media.upload",
            Self::Download(_) => "media.download",
            Self::FetchMedia { .. } => "media.fetch",
        }
    }

    /// Whether doing it twice is the same as doing it once.
    pub fn is_repeatable(&self) -> bool {
        !matches!(
            self,
            Self::CreateGroup(_)
                | Self::CreateNewsletter(_)
                | Self::GroupInvite(GroupInvite { reset: true, .. })
        )
    }
}

/// What became of a message's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Fetched {
    /// It is in the cache.
    Ready {
        /// Its bytes.
        bytes: u64,
    },
    /// WhatsApp does not have it any more; its sender was asked to upload it again.
    RetryRequested,
}

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateGroup {
    /// Its name.
    pub subject: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who is in it from the start, beside the session.
    pub participants: Vec<Jid>,
}

/// Changes of a group; what is absent stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateGroup {
    /// Which.
    pub group: Jid,
    /// At least one of them.
    #[serde(flatten)]
    pub change: GroupChange,
}

/// What changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupChange {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it is about; empty takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether only administrators may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Whether only administrators may write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<bool>,
    /// After how many seconds messages disappear; 0 is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
}

/// Who joins, leaves or gets another role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Participants {
    /// Which group.
    pub group: Jid,
    /// What is done.
    pub change: ParticipantChange,
    /// To whom.
    pub participants: Vec<Jid>,
}

crate::names! {
    /// What is done to participants.
    pub enum ParticipantChange {
        /// They join.
        Add = "add",
        /// They leave.
        Remove = "remove",
        /// They become administrators.
        Promote = "promote",
        /// They are administrators no longer.
        Demote = "demote",
    }
}

/// A group's invite link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupInvite {
    /// Which group.
    pub group: Jid,
    /// Whether the old link is to end, and a new one be made.
    pub reset: bool,
}

/// Phone numbers to look up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckContacts {
    /// Digits only.
    pub phones: Vec<String>,
}

/// A picture to look up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactPicture {
    /// Whose.
    pub jid: Jid,
    /// The small one instead of the whole.
    pub preview: bool,
}

/// Somebody to block or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockContact {
    /// Who.
    pub jid: Jid,
    /// Whether to block.
    pub block: bool,
}

/// The account's presence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetPresence {
    /// Whether it is shown as online.
    pub available: bool,
}

/// What is shown to a chat's others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Typing {
    /// Which chat.
    pub chat: Jid,
    /// What.
    pub state: TypingState,
}

crate::names! {
    /// What is shown to a chat's others.
    pub enum TypingState {
        /// Writing.
        Composing = "composing",
        /// Recording a voice note.
        Recording = "recording",
        /// Neither any more.
        Paused = "paused",
    }
}

/// A newsletter to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateNewsletter {
    /// Its name.
    pub name: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Posts to look up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewsletterMessages {
    /// Of which newsletter.
    pub newsletter: Jid,
    /// How many.
    pub count: u32,
    /// Only those before this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A reaction to a post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReactToPost {
    /// In which newsletter.
    pub newsletter: Jid,
    /// The post's number at the server.
    pub server_id: u64,
    /// The emoji; empty takes the reaction back.
    pub emoji: String,
}

/// A message to delete on the account's own devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteForMe {
    /// In which chat.
    pub chat: Jid,
    /// The message.
    pub message_id: MessageId,
    /// Who wrote it; ourselves when absent and not known otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Jid>,
}

/// Messages of one writer that are to be sent once more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRetry {
    /// In which chat.
    pub chat: Jid,
    /// Who wrote them.
    pub sender: Jid,
    /// The messages, at least one.
    pub message_ids: Vec<MessageId>,
}

/// Older messages that the phone is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestHistory {
    /// Of which chat.
    pub chat: Jid,
    /// The oldest message that is known: those before it are wanted.
    pub message_id: MessageId,
    /// Whether the account itself wrote that one.
    pub from_me: bool,
    /// When it was written, unix ms.
    pub timestamp: i64,
    /// How many.
    pub count: u32,
}

/// Somebody whose presence is watched, or no longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchPresence {
    /// Who.
    pub jid: Jid,
    /// Whether to watch.
    pub watch: bool,
}

/// A file to put on WhatsApp's media servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// Its bytes; deleted when the command ends.
    #[serde(flatten)]
    pub blob: BlobRef,
    /// What it is to be sent as.
    pub kind: MediaKind,
    /// The type that its sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
}

/// A file to get from WhatsApp's media servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// Where it is, and its keys.
    #[serde(flatten)]
    pub uploaded: Uploaded,
    /// What it was sent as.
    pub kind: MediaKind,
}
