//! What handlers ask of Redis about who may do what: organizations, users, tokens, and the acts of those who administrate
//! them.
//!
//! Organizations, users and the table of tokens are in their organization's slot, where each change and the act that it is
//! are one step. A token's record is in a slot of its own; it is what counts.

use edgewire_contract::access::{Act, Organization, User};
use edgewire_contract::ids::{EntryId, OrganizationId, TokenId, UserId};
use edgewire_contract::token::TokenRecord;

use super::flat::Flat;
use super::hooks::{HookBus, Keeping};
use super::{BusError, Stored};

/// Redis, as far as organizations, users and tokens go.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait AccessBus: HookBus {
    /// All organizations, in the order of their ids.
    async fn organizations(&self) -> Result<Vec<OrganizationId>, BusError>;

    /// One of them, if there is one.
    async fn organization(&self, id: &OrganizationId) -> Result<Option<Found>, BusError>;

    /// Has an organization of this id be there, of which nothing is that was another's of this id. `false` when there was one
    /// already.
    async fn add_organization(&self, id: &OrganizationId) -> Result<bool, BusError>;

    /// Keeps an organization's record: its first one, or in place of the one that was read. None of one that was deleted.
    async fn keep_organization(
        &self,
        organization: &Organization,
        instead_of: Option<&Stored<Organization>>,
        act: &Act,
    ) -> Result<Keeping, BusError>;

    /// Forgets an organization whose record is this one and that has neither sessions nor webhooks nor tokens, and all that is
    /// its. Its acts are kept for a while.
    async fn drop_organization(
        &self,
        organization: &Stored<Organization>,
        act: &Act,
    ) -> Result<Dropping, BusError>;

    /// The organization's users, in the order of their ids. A record that cannot be read (a newer version's) is left out.
    async fn users(&self, organization: &OrganizationId) -> Result<Vec<User>, BusError>;

    /// One of them.
    async fn user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<Option<Stored<User>>, BusError>;

    /// Keeps a user: a new one, or in place of the one that was read. None of an organization that was deleted.
    async fn keep_user(
        &self,
        organization: &OrganizationId,
        user: &User,
        instead_of: Option<&Stored<User>>,
        act: &Act,
    ) -> Result<Keeping, BusError>;

    /// Forgets a user. Whether there was one.
    async fn drop_user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        act: &Act,
    ) -> Result<bool, BusError>;

    /// The organization's tokens by their ids, which is the order in which they were made, with the hash that each is
    /// kept under. The records of some may be gone.
    async fn tokens(&self, organization: &OrganizationId) -> Result<Vec<Place>, BusError>;

    /// The hash that one of them is kept under.
    async fn token_hash(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
    ) -> Result<Option<String>, BusError>;

    /// Says where a new token will be. Nowhere in an organization that was deleted.
    async fn place_token(
        &self,
        organization: &OrganizationId,
        place: &Place,
        act: &Act,
    ) -> Result<Keeping, BusError>;

    /// Keeps a new token's record, until it expires.
    async fn keep_token(&self, hash: &str, token: &TokenRecord) -> Result<(), BusError>;

    /// Forgets a token's record: it does not work any more. Whether there was one.
    async fn revoke_token(&self, hash: &str) -> Result<bool, BusError>;

    /// Forgets where a token was. Whether that was known.
    async fn drop_token(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
        act: &Act,
    ) -> Result<bool, BusError>;

    /// Forgets where tokens were whose records went by themselves.
    async fn sweep_tokens(&self, organization: &OrganizationId, ids: &[TokenId]) -> Result<(), BusError>;

    /// Adds an act to an organization's audit.
    async fn note_act(&self, organization: &OrganizationId, act: &Act) -> Result<(), BusError>;

    /// Up to `count` acts, the newest first, older than `before`.
    async fn acts(
        &self,
        organization: &OrganizationId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Act)>, BusError>;
}

/// What became of an organization that was to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropping {
    /// It is.
    Dropped,
    /// There is none of a record.
    Gone,
    /// Its record is another one.
    Changed,
    /// It has sessions, or what its index keeps of them.
    Sessions,
    /// It has webhooks, and no sessions.
    Webhooks,
    /// It has tokens, and neither of these.
    Tokens,
}

impl Dropping {
    /// The answer of the script `drop_organization`.
    ///
    /// # Errors
    /// When it is none of its answers.
    pub fn read(answer: &[Flat]) -> Result<Self, BusError> {
        match answer.first().and_then(Flat::text) {
            Some("dropped") => Ok(Self::Dropped),
            Some("gone") => Ok(Self::Gone),
            Some("changed") => Ok(Self::Changed),
            Some("sessions") => Ok(Self::Sessions),
            Some("webhooks") => Ok(Self::Webhooks),
            Some("tokens") => Ok(Self::Tokens),
            _ => Err(BusError::Broken("drop_organization answered none of its answers".into())),
        }
    }
}

/// An organization that there is.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It has a record.
    Kept(Stored<Organization>),
    /// It came to be with a token or a session.
    Implied(Organization),
}

impl Found {
    /// The organization.
    pub fn organization(&self) -> &Organization {
        match self {
            Self::Kept(stored) => &stored.record,
            Self::Implied(organization) => organization,
        }
    }

    /// Its record, if it has one.
    pub fn stored(&self) -> Option<&Stored<Organization>> {
        match self {
            Self::Kept(stored) => Some(stored),
            Self::Implied(_) => None,
        }
    }
}

/// Where a token is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its id.
    pub id: TokenId,
    /// The hash that its record is kept under.
    pub hash: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_an_organization_from_going_is_told_apart() {
        let read = |text: &str| Dropping::read(&[Flat::Text(text.into())]);
        for (text, dropping) in [
            ("dropped", Dropping::Dropped),
            ("gone", Dropping::Gone),
            ("changed", Dropping::Changed),
            ("sessions", Dropping::Sessions),
            ("webhooks", Dropping::Webhooks),
            ("tokens", Dropping::Tokens),
        ] {
            assert_eq!(read(text), Ok(dropping));
        }
        assert!(read("kept").is_err() && Dropping::read(&[]).is_err());
    }
}
