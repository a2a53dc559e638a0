//! Organizations, users, tokens.

use std::collections::{BTreeMap, BTreeSet};

use edgewire_contract::access::{Act, MOST_TOKENS, MOST_USERS, Organization, User};
use edgewire_contract::ids::{EntryId, OrganizationId, TokenId, UserId};
use edgewire_contract::token::TokenRecord;

use super::{FakeBus, State, stored};
use crate::bus::access::{AccessBus, Dropping, Found, Place};
use crate::bus::hooks::Keeping;
use crate::bus::{BusError, Stored};
use crate::env::Env as _;

/// Who may do what.
#[derive(Default)]
pub struct Access {
    /// The ids of all organizations.
    pub all: BTreeSet<OrganizationId>,
    /// Their records.
    pub organizations: BTreeMap<OrganizationId, Organization>,
    /// Their users.
    pub users: BTreeMap<(OrganizationId, UserId), User>,
    /// Where their tokens are.
    pub tokens: BTreeMap<(OrganizationId, TokenId), String>,
    /// What was done, the oldest first.
    pub acts: Vec<(OrganizationId, EntryId, Act)>,
    /// The organizations that were deleted, and whose acts are kept for a while.
    pub gone: BTreeSet<OrganizationId>,
    /// The acts of those, once there is another of their id.
    pub aside: Vec<(OrganizationId, EntryId, Act)>,
    /// What happens before the next organization's record is kept.
    pub before_keep_organization: Option<fn(&mut State)>,
    /// What happens before the next user is kept.
    pub before_keep_user: Option<fn(&mut State)>,
    /// What happens before the next webhook is kept.
    pub before_keep_webhook: Option<fn(&mut State)>,
    /// What happens before it is said where the next new token will be.
    pub before_place: Option<fn(&mut State)>,
    /// What happens before the next new token's record is written.
    pub before_keep: Option<fn(&mut State)>,
    /// What happens right after that.
    pub after_keep: Option<fn(&mut State)>,
    /// What happens before the next user is forgotten.
    pub before_drop: Option<fn(&mut State)>,
    /// What happens before the next organization is forgotten.
    pub before_drop_organization: Option<fn(&mut State)>,
    /// What happens right after the next organization was forgotten.
    pub after_drop_organization: Option<fn(&mut State)>,
    /// What happens before the next token's place is forgotten.
    pub before_drop_token: Option<fn(&mut State)>,
}

impl Access {
    /// Has an organization of this id be there, as the script `found_organization` does. Whether there was none.
    pub fn found(&mut self, id: &OrganizationId) -> bool {
        let anew = self.gone.remove(id);
        if anew {
            let (aside, own) = self.acts.drain(..).partition(|(owner, ..)| owner == id);
            self.acts = own;
            self.aside.extend::<Vec<_>>(aside);
        }
        self.all.insert(id.clone()) || anew
    }

    fn note(&mut self, organization: &OrganizationId, act: &Act, now: i64) {
        let seq = self.acts.len() as u64;
        self.acts.push((organization.clone(), EntryId { ms: now.unsigned_abs(), seq }, act.clone()));
    }
}

/// What the scripts say of a record that is to be kept, where there is room for `most`.
fn keeping<T: PartialEq + Clone + serde::Serialize>(
    now: Option<&T>,
    instead_of: Option<&Stored<T>>,
    to_be: &T,
    (own, most): (usize, usize),
) -> Keeping {
    match (now, instead_of) {
        (Some(now), _) if now == to_be => Keeping::Kept,
        (None, None) if own >= most => Keeping::Full,
        (None, None) => Keeping::Kept,
        (None, Some(_)) => Keeping::Gone,
        (Some(now), Some(before)) if stored(now).json == before.json => Keeping::Kept,
        (Some(_), _) => Keeping::Changed,
    }
}

impl AccessBus for FakeBus {
    async fn organizations(&self) -> Result<Vec<OrganizationId>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.access.all.iter().cloned().collect()))
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Found>, BusError> {
        self.up()?;
        Ok(self.with(|state| match state.access.organizations.get(id) {
            _ if state.access.gone.contains(id) => None,
            Some(record) => Some(Found::Kept(stored(record))),
            None if state.access.all.contains(id) => Some(Found::Implied(Organization::implied(id.clone()))),
            None => None,
        }))
    }

    async fn add_organization(&self, id: &OrganizationId) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| state.access.found(id)))
    }

    async fn keep_organization(
        &self,
        organization: &Organization,
        instead_of: Option<&Stored<Organization>>,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        self.meanwhile(|state| state.access.before_keep_organization.take());
        self.up()?;
        let at = self.env.now_ms();
        Ok(self.with(|state| {
            let access = &mut state.access;
            if access.gone.contains(&organization.id) {
                return Keeping::Gone;
            }
            access.all.insert(organization.id.clone());
            let now = access.organizations.get(&organization.id);
            let keeping = keeping(now, instead_of, organization, (0, 1));
            if keeping == Keeping::Kept && now != Some(organization) {
                access.organizations.insert(organization.id.clone(), organization.clone());
                access.note(&organization.id, act, at);
            }
            keeping
        }))
    }

    async fn drop_organization(
        &self,
        organization: &Stored<Organization>,
        act: &Act,
    ) -> Result<Dropping, BusError> {
        self.meanwhile(|state| state.access.before_drop_organization.take());
        self.up()?;
        let (id, at) = (&organization.record.id, self.env.now_ms());
        let dropping = self.with(|state| {
            let Some(now) = state.access.organizations.get(id) else { return Dropping::Gone };
            if stored(now).json != organization.json {
                return Dropping::Changed;
            }
            if state.index.get(id.as_str()).is_some_and(|index| !index.is_empty()) {
                return Dropping::Sessions;
            }
            if state.webhooks.iter().any(|(owner, _)| owner == id) {
                return Dropping::Webhooks;
            }
            if state.access.tokens.keys().any(|(owner, _)| owner == id) {
                return Dropping::Tokens;
            }
            state.access.organizations.remove(id);
            state.access.users.retain(|(owner, _), _| owner != id);
            state.feeds.remove(id.as_str());
            state.access.note(id, act, at);
            state.access.all.remove(id);
            state.access.gone.insert(id.clone());
            Dropping::Dropped
        });
        if dropping == Dropping::Dropped {
            self.meanwhile(|state| state.access.after_drop_organization.take());
        }
        Ok(dropping)
    }

    async fn users(&self, organization: &OrganizationId) -> Result<Vec<User>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let own = state.access.users.iter().filter(|((owner, _), _)| owner == organization);
            own.map(|(_, user)| user.clone()).collect()
        }))
    }

    async fn user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<Option<Stored<User>>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.access.users.get(&(organization.clone(), id.clone())).map(stored)))
    }

    async fn keep_user(
        &self,
        organization: &OrganizationId,
        user: &User,
        instead_of: Option<&Stored<User>>,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        self.meanwhile(|state| state.access.before_keep_user.take());
        self.up()?;
        let at = self.env.now_ms();
        Ok(self.with(|state| {
            let access = &mut state.access;
            if access.gone.contains(organization) {
                return Keeping::Gone;
            }
            let key = (organization.clone(), user.id.clone());
            let own = access.users.keys().filter(|(owner, _)| owner == organization).count();
            let now = access.users.get(&key);
            let keeping = keeping(now, instead_of, user, (own, MOST_USERS));
            if keeping == Keeping::Kept && now != Some(user) {
                access.users.insert(key, user.clone());
                access.note(organization, act, at);
            }
            keeping
        }))
    }

    async fn drop_user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        act: &Act,
    ) -> Result<bool, BusError> {
        self.meanwhile(|state| state.access.before_drop.take());
        self.up()?;
        let at = self.env.now_ms();
        Ok(self.with(|state| {
            let there = state.access.users.remove(&(organization.clone(), id.clone())).is_some();
            if there {
                state.access.note(organization, act, at);
            }
            there
        }))
    }

    async fn tokens(&self, organization: &OrganizationId) -> Result<Vec<Place>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let own = state.access.tokens.iter().filter(|((owner, _), _)| owner == organization);
            own.map(|((_, id), hash)| Place { id: id.clone(), hash: hash.clone() }).collect()
        }))
    }

    async fn token_hash(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
    ) -> Result<Option<String>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.access.tokens.get(&(organization.clone(), id.clone())).cloned()))
    }

    async fn place_token(
        &self,
        organization: &OrganizationId,
        place: &Place,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        self.meanwhile(|state| state.access.before_place.take());
        self.up()?;
        let at = self.env.now_ms();
        Ok(self.with(|state| {
            let access = &mut state.access;
            if access.gone.contains(organization) {
                return Keeping::Gone;
            }
            let key = (organization.clone(), place.id.clone());
            let own = access.tokens.keys().filter(|(owner, _)| owner == organization).count();
            let keeping = keeping(access.tokens.get(&key), None, &place.hash, (own, MOST_TOKENS));
            if keeping == Keeping::Kept {
                access.tokens.insert(key, place.hash.clone());
                access.note(organization, act, at);
            }
            keeping
        }))
    }

    async fn keep_token(&self, hash: &str, token: &TokenRecord) -> Result<(), BusError> {
        self.meanwhile(|state| state.access.before_keep.take());
        self.up()?;
        self.with(|state| state.tokens.entry(hash.to_owned()).or_insert_with(|| token.clone()).clone());
        self.meanwhile(|state| state.access.after_keep.take());
        Ok(())
    }

    async fn revoke_token(&self, hash: &str) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| state.tokens.remove(hash).is_some()))
    }

    async fn drop_token(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
        act: &Act,
    ) -> Result<bool, BusError> {
        self.meanwhile(|state| state.access.before_drop_token.take());
        self.up()?;
        let at = self.env.now_ms();
        Ok(self.with(|state| {
            let there = state.access.tokens.remove(&(organization.clone(), id.clone())).is_some();
            if there {
                state.access.note(organization, act, at);
            }
            there
        }))
    }

    async fn sweep_tokens(&self, organization: &OrganizationId, ids: &[TokenId]) -> Result<(), BusError> {
        self.meanwhile(|state| state.access.before_drop_token.take());
        self.up()?;
        self.with(|state| {
            state.access.tokens.retain(|(owner, id), _| owner != organization || !ids.contains(id));
        });
        Ok(())
    }

    async fn note_act(&self, organization: &OrganizationId, act: &Act) -> Result<(), BusError> {
        self.up()?;
        let at = self.env.now_ms();
        self.with(|state| state.access.note(organization, act, at));
        Ok(())
    }

    async fn acts(
        &self,
        organization: &OrganizationId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Act)>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let own =
                state.access.acts.iter().rev().filter(|(owner, at, _)| {
                    owner == organization && before.is_none_or(|before| *at < before)
                });
            own.take(count as usize).map(|(_, at, act)| (*at, act.clone())).collect()
        }))
    }
}
