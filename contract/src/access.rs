//! Who may do what, as it is kept: organizations, their users, and the acts of those who administrate them. Tokens are in
//! [`crate::token`].

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, RequestId, TokenId, UserId};
use crate::token::Capability;

/// Most organizations of a deployment.
pub const MOST_ORGANIZATIONS: usize = 10_000;
/// Most users of an organization.
pub const MOST_USERS: usize = 1_000;
/// Most tokens of an organization.
pub const MOST_TOKENS: usize = 1_000;
/// Most sessions that a token's list names: the record is read at every request.
pub const MOST_TOKEN_SESSIONS: usize = 50;
/// Longest name of an organization, a user or a token, characters.
pub const LONGEST_NAME: usize = 100;

/// What stands under [`crate::keys::organization`], as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The contract's version.
    pub v: u8,
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// Unix ms; 0 where nobody knows.
    pub created_at: i64,
    /// Whether none of its tokens works.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Whether it is so because it is being deleted. Whoever says whether it is to be disabled says that it is to stay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleting: bool,
}

impl Organization {
    /// One that has no record: it came to be with a token or a session.
    pub fn implied(id: OrganizationId) -> Self {
        let name = id.to_string();
        Self { v: crate::CONTRACT_VERSION, id, name, created_at: 0, disabled: false, deleting: false }
    }
}

/// What stands in [`crate::keys::users`], as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The contract's version.
    pub v: u8,
    /// Its id within the organization.
    pub id: UserId,
    /// What people call him.
    pub name: String,
    /// What his tokens may do at most.
    pub role: Role,
    /// Unix ms.
    pub created_at: i64,
    /// Whether none of his tokens works.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

crate::names! {
    /// What a user is in an organization.
    pub enum Role {
        /// Everything, also tokens and users.
        Admin = "admin",
        /// Everything but tokens and users.
        Manager = "manager",
        /// Reads, sends, follows events.
        User = "user",
    }
}

impl Role {
    /// What a token of such a user may do at most.
    pub const fn capabilities(self) -> &'static [Capability] {
        use Capability::{Events, Manage, Read, Send};
        match self {
            Self::Admin => &Capability::ALL,
            Self::Manager => &[Read, Send, Manage, Events],
            Self::User => &[Read, Send, Events],
        }
    }
}

crate::names! {
    /// What was done.
    pub enum Action {
        /// An organization was made.
        OrganizationCreate = "organization.create",
        /// It was changed.
        OrganizationUpdate = "organization.update",
        /// It was disabled.
        OrganizationDisable = "organization.disable",
        /// It was enabled again.
        OrganizationEnable = "organization.enable",
        /// It was deleted.
        OrganizationDelete = "organization.delete",
        /// A user was made.
        UserCreate = "user.create",
        /// He was changed.
        UserUpdate = "user.update",
        /// He was disabled.
        UserDisable = "user.disable",
        /// He was enabled again.
        UserEnable = "user.enable",
        /// He was deleted.
        UserDelete = "user.delete",
        /// A token was made.
        TokenCreate = "token.create",
        /// It was revoked.
        TokenDelete = "token.delete",
    }
}

/// An entry of [`crate::keys::audit`], as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The contract's version.
    pub v: u8,
    /// When, unix ms.
    pub at: i64,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// To what of which organization.
    pub organization: OrganizationId,
    /// The id of the organization, the user or the token that it was done to.
    pub target: String,
    /// The request that did it.
    pub request_id: RequestId,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// By which token.
    pub token: TokenId,
    /// The user it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Whose token it is.
    pub organization: OrganizationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may() {
        for (higher, lower) in [(Role::Admin, Role::Manager), (Role::Manager, Role::User)] {
            let may = higher.capabilities();
            assert!(lower.capabilities().iter().all(|capability| may.contains(capability)));
            assert!(may.len() > lower.capabilities().len());
        }
        assert_eq!(Role::Admin.capabilities(), Capability::ALL);
    }
}
