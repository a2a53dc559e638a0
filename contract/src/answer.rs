//! What live actions give, as their outcomes' `data` and as the routes' answers: the same JSON, so that a handler passes
//! it on. camelCase for groups and newsletters, snake_case for contacts, as the routes of each family are.
//!
//! [`told`] makes the types' JSON schemas.

pub mod told;

use crate::answer;
use crate::jid::Jid;

answer! {
    /// A group.
    #[serde(rename_all = "camelCase")]
    pub struct Group as "GroupInfo" {
        /// Which.
        pub group_jid: Jid,
        /// Its name.
        pub subject: String,
        /// What it is about.
        pub description: Option<String>,
        /// Who made it, where known.
        pub owner: Option<Jid>,
        /// When it was made, unix ms, where known.
        pub created_at: Option<i64>,
        /// How many are in it.
        pub size: u32,
        /// Whether only administrators may change it.
        pub locked: bool,
        /// Whether only administrators may write.
        pub announce: bool,
        /// After how many seconds messages disappear; 0 is never.
        pub ephemeral_seconds: u32,
        /// The community that it belongs to.
        pub parent: Option<Jid>,
        /// Who is in it. Absent in the list of all groups, and of a group that the session is not in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub members: Option<Vec<Member>>,
    }
}

answer! {
    /// Somebody in a group.
    #[serde(rename_all = "camelCase")]
    pub struct Member as "GroupMember" {
        /// In which.
        pub group_jid: Jid,
        /// Who: the address that the group uses.
        pub jid: Jid,
        /// The LID, where known.
        pub lid: Option<Jid>,
        /// The phone number, digits, where known.
        pub phone: Option<String>,
        /// What he may do.
        pub role: Role,
    }
}

crate::names! {
    /// What a member may do.
    pub enum Role {
        /// Read and, mostly, write.
        Member = "member",
        /// Administrate.
        Admin = "admin",
        /// Administrate, and be removed by nobody.
        SuperAdmin = "superadmin",
    }
}

impl told::Told for Role {
    fn schema() -> serde_json::Value {
        use crate::shape::Rule as _;
        crate::shape::choice::<Self>().schema()
    }
}

answer! {
    /// What became of one participant.
    #[serde(rename_all = "camelCase")]
    pub struct ParticipantResult as "GroupParticipantResult" {
        /// Who.
        pub jid: Jid,
        /// Whether it worked.
        pub ok: bool,
        /// WhatsApp's code: 200; 403 who must be invited instead, 404 who is not in it, 409 who is in it already…
        pub code: u16,
    }
}

answer! {
    /// A group's invite link.
    #[serde(rename_all = "camelCase")]
    pub struct Invite as "GroupInvite" {
        /// In which group.
        pub group_jid: Jid,
        /// The code.
        pub code: String,
        /// The link.
        pub link: String,
    }
}

answer! {
    /// A group that was joined.
    #[serde(rename_all = "camelCase")]
    pub struct Joined as "GroupJoined" {
        /// Which.
        pub group_jid: Jid,
        /// Whether an administrator must approve first; absent when none must.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub pending: bool,
    }
}

answer! {
    /// Whether a phone number is on WhatsApp.
    pub struct ContactCheck as "ContactCheck" {
        /// The number as it was asked for, digits.
        pub phone: String,
        /// Whether it is.
        pub exists: bool,
        /// Its JID.
        pub jid: Option<Jid>,
        /// Its LID, where known.
        pub lid: Option<Jid>,
    }
}

answer! {
    /// A picture of a contact or a group.
    pub struct Picture as "Picture" {
        /// Changes when the picture does.
        pub id: String,
        /// Where it can be fetched, for some hours.
        pub url: String,
        /// Its path on WhatsApp's servers.
        pub direct_path: Option<String>,
    }
}

answer! {
    /// A newsletter (channel).
    #[serde(rename_all = "camelCase")]
    pub struct Newsletter as "NewsletterInfo" {
        /// Which.
        pub newsletter_jid: Jid,
        /// Its name.
        pub name: String,
        /// What it is about.
        pub description: Option<String>,
        /// How many follow it.
        pub followers: u64,
        /// The code of its invite link.
        pub invite: Option<String>,
        /// When it was made, unix ms, where known.
        pub created_at: Option<i64>,
        /// Whether WhatsApp has verified it.
        pub verified: bool,
        /// What the session is in it: `owner`, `admin`, `subscriber` or `guest`.
        pub role: String,
    }
}

answer! {
    /// A post of a newsletter.
    #[serde(rename_all = "camelCase")]
    pub struct Post as "NewsletterPost" {
        /// Its number at the server.
        pub server_id: u64,
        /// Its message id, where known.
        pub message_id: Option<String>,
        /// When, unix ms.
        pub timestamp: i64,
        /// Its kind, as events name it.
        pub kind: String,
        /// Its text or caption.
        pub text: Option<String>,
        /// How often each emoji was given.
        pub reactions: Vec<Reaction>,
    }
}

answer! {
    /// How often an emoji was given.
    pub struct Reaction as "NewsletterReaction" {
        /// The emoji.
        pub emoji: String,
        /// How often.
        pub count: u64,
    }
}

#[cfg(test)]
mod tests;
