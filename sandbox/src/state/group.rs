//! Groups: who is in, who may do what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::account::Picture;

/// A member's rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// An ordinary member.
    Member,
    /// May change the group.
    Admin,
    /// Made the group.
    SuperAdmin,
}

impl Rank {
    /// The `type` attribute of a participant, none for a member.
    pub fn wire(self) -> Option<&'static str> {
        match self {
            Rank::Member => None,
            Rank::Admin => Some("admin"),
            Rank::SuperAdmin => Some("superadmin"),
        }
    }
}

/// A group chat.
#[derive(Clone, Serialize, Deserialize)]
pub struct Group {
    /// The user part of its address.
    pub id: String,
    /// Its name.
    pub subject: String,
    /// Last change of the name, unix seconds.
    pub subject_time: i64,
    /// Who changed the name last: a phone number.
    pub subject_owner: String,
    /// When it was made, unix seconds.
    pub created: i64,
    /// Who made it: a phone number.
    pub creator: String,
    /// Members by phone number.
    pub members: BTreeMap<String, Rank>,
    /// Only admins may change the settings.
    pub locked: bool,
    /// Only admins may write.
    pub announcement: bool,
    /// Disappearing messages, in seconds.
    pub ephemeral: Option<u32>,
    /// Admins approve who joins.
    pub approval: bool,
    /// `admin_add` or `all_member_add`.
    pub add_mode: Option<String>,
    /// The description: its id and its text.
    pub description: Option<(String, String)>,
    /// Who wrote the description (a phone number) and when, unix seconds.
    #[serde(default)]
    pub description_by: Option<(String, i64)>,
    /// The code of the invite link.
    pub invite: String,
    /// Earlier codes.
    #[serde(default)]
    pub revoked_invites: BTreeSet<String>,
    /// Settings that only show as a tag: `no_frequently_forwarded`, `allow_admin_reports`, `group_history`.
    #[serde(default)]
    pub flags: BTreeSet<String>,
    /// Who asked to join while admins approve: phone number and time.
    #[serde(default)]
    pub requests: BTreeMap<String, i64>,
    /// The group's picture.
    #[serde(default)]
    pub picture: Option<Picture>,
    /// What it is in a community.
    #[serde(default)]
    pub place: Place,
}

/// A group's place in a community.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// It is the community itself, the parent of its groups.
    pub is_parent: bool,
    /// Who wants to join the community has to ask.
    pub closed: bool,
    /// Members may make groups in the community.
    pub open_to_members: bool,
    /// The community that this group is in.
    pub parent: Option<String>,
    /// The community's announcements.
    pub announcements: bool,
    /// The community's general chat.
    pub general: bool,
}

/// A new code for an invite link.
pub fn invite_code() -> String {
    hex::encode(rand::random::<[u8; 11]>())
}

impl Group {
    /// Its address.
    pub fn jid(&self) -> Jid {
        Jid::group(self.id.as_str())
    }

    /// Whether this phone number may administer the group.
    pub fn is_admin(&self, phone: &str) -> bool {
        self.members.get(phone).is_some_and(|rank| *rank != Rank::Member)
    }

    /// Those who may administer it.
    pub fn admins(&self) -> Vec<String> {
        self.members.keys().filter(|phone| self.is_admin(phone)).cloned().collect()
    }
}
