//! Organizations, users, tokens.

use edgewire_contract::access::{Act, MOST_TOKENS, MOST_USERS, Organization, User};
use edgewire_contract::ids::{EntryId, OrganizationId, TokenId, UserId};
use edgewire_contract::keys::{ACT_FIELD, AUDIT_KEPT, AUDIT_TTL_SECONDS};
use edgewire_contract::token::TokenRecord;
use edgewire_contract::{keys, script};
use futures::future::try_join;

use super::link::{Args, args};
use super::{SpinBus, to_json};
use crate::bus::access::{AccessBus, Dropping, Found, Place};
use crate::bus::flat::{self, Flat};
use crate::bus::hooks::{self, Keeping};
use crate::bus::{BusError, Stored};
use crate::env::Env as _;
use crate::env::spin::SpinEnv;

impl AccessBus for SpinBus {
    async fn organizations(&self) -> Result<Vec<OrganizationId>, BusError> {
        let answer = self.link().call("SMEMBERS", args![keys::organizations()]).await?;
        let mut all: Vec<_> =
            answer.iter().filter_map(Flat::text).filter_map(|id| OrganizationId::parse(id).ok()).collect();
        all.sort();
        Ok(all)
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Found>, BusError> {
        let (record, known) = try_join(
            self.link().call("GET", args![keys::organization(id)]),
            self.link().call("SISMEMBER", args![keys::organizations(), id]),
        )
        .await?;
        let known = known.first().and_then(Flat::number) == Some(1);
        if is_deleted(&record) {
            if known {
                // Whoever deleted it was broken off.
                self.unlist(id).await?;
            }
            return Ok(None);
        }
        if let Some(stored) = flat::stored("an organization", &record)? {
            return Ok(Some(Found::Kept(stored)));
        }
        Ok(known.then(|| Found::Implied(Organization::implied(id.clone()))))
    }

    async fn add_organization(&self, id: &OrganizationId) -> Result<bool, BusError> {
        // In this order: `unlist` looks at what the script has done once it has taken the id off the list.
        let keys = found_keys(id, SpinEnv.now_ms());
        let anew = self.link().script(&script::FOUND_ORGANIZATION, &keys, args![]).await?;
        let anew = anew.first().and_then(Flat::number) == Some(1);
        Ok(self.enlist(id).await? || anew)
    }

    async fn keep_organization(
        &self,
        organization: &Organization,
        instead_of: Option<&Stored<Organization>>,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        let keys = [keys::organization(&organization.id), keys::audit(&organization.id)];
        let before = instead_of.map_or("", |stored| stored.json.as_str());
        let args = args![to_json(organization), before, to_json(act), AUDIT_KEPT];
        // Before the record: none is to be there that no list shows.
        self.enlist(&organization.id).await?;
        Keeping::read(&self.link().script(&script::KEEP_ORGANIZATION, &keys, args).await?)
    }

    async fn drop_organization(
        &self,
        organization: &Stored<Organization>,
        act: &Act,
    ) -> Result<Dropping, BusError> {
        let id = &organization.record.id;
        let keys = [
            keys::organization(id),
            keys::audit(id),
            keys::organization_sessions(id),
            keys::webhooks(id),
            keys::tokens(id),
            keys::users(id),
            keys::feed(id),
            keys::relayed(id),
        ];
        let args = args![organization.json, to_json(act), AUDIT_KEPT, AUDIT_TTL_SECONDS];
        let dropped = Dropping::read(&self.link().script(&script::DROP_ORGANIZATION, &keys, args).await?)?;
        if matches!(dropped, Dropping::Dropped | Dropping::Gone) {
            // Behind the record, which is empty now: of whoever is broken off before, an id is left that stands for none.
            self.unlist(id).await?;
        }
        Ok(dropped)
    }

    async fn users(&self, organization: &OrganizationId) -> Result<Vec<User>, BusError> {
        let answer = self.link().call("HVALS", args![keys::users(organization)]).await?;
        let read = |json: &str| serde_json::from_slice(json.as_bytes()).ok();
        let mut all: Vec<User> = answer.iter().filter_map(Flat::text).filter_map(read).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    async fn user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> Result<Option<Stored<User>>, BusError> {
        flat::stored("a user", &self.link().call("HGET", args![keys::users(organization), id]).await?)
    }

    async fn keep_user(
        &self,
        organization: &OrganizationId,
        user: &User,
        instead_of: Option<&Stored<User>>,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        let keys = member_keys(keys::users(organization), organization);
        let before = instead_of.map_or("", |stored| stored.json.as_str());
        let args = args![user.id, to_json(user), before, MOST_USERS as u64, to_json(act), AUDIT_KEPT];
        Keeping::read(&self.link().script(&script::KEEP_MEMBER, &keys, args).await?)
    }

    async fn drop_user(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        act: &Act,
    ) -> Result<bool, BusError> {
        self.drop_member(keys::users(organization), organization, args![id], act).await
    }

    async fn tokens(&self, organization: &OrganizationId) -> Result<Vec<Place>, BusError> {
        let answer = self.link().call("HGETALL", args![keys::tokens(organization)]).await?;
        let place = |pair: &[Flat]| {
            Some(Place { id: TokenId::parse(pair[0].text()?).ok()?, hash: pair[1].text()?.to_owned() })
        };
        let mut all: Vec<Place> = answer.chunks_exact(2).filter_map(place).collect();
        all.sort();
        Ok(all)
    }

    async fn token_hash(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
    ) -> Result<Option<String>, BusError> {
        let answer = self.link().call("HGET", args![keys::tokens(organization), id]).await?;
        Ok(answer.first().and_then(Flat::text).map(str::to_owned))
    }

    async fn place_token(
        &self,
        organization: &OrganizationId,
        place: &Place,
        act: &Act,
    ) -> Result<Keeping, BusError> {
        let keys = member_keys(keys::tokens(organization), organization);
        let args = args![place.id, place.hash, "", MOST_TOKENS as u64, to_json(act), AUDIT_KEPT];
        Keeping::read(&self.link().script(&script::KEEP_MEMBER, &keys, args).await?)
    }

    async fn keep_token(&self, hash: &str, token: &TokenRecord) -> Result<(), BusError> {
        let mut args = args![keys::token(hash), to_json(token), "NX"];
        if let Some(at) = token.expires_at {
            args.extend(args!["PXAT", at]);
        }
        self.link().call("SET", args).await?;
        Ok(())
    }

    async fn revoke_token(&self, hash: &str) -> Result<bool, BusError> {
        let answer = self.link().call("DEL", args![keys::token(hash)]).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }

    async fn drop_token(
        &self,
        organization: &OrganizationId,
        id: &TokenId,
        act: &Act,
    ) -> Result<bool, BusError> {
        self.drop_member(keys::tokens(organization), organization, args![id], act).await
    }

    async fn sweep_tokens(&self, organization: &OrganizationId, ids: &[TokenId]) -> Result<(), BusError> {
        let mut args = args![keys::tokens(organization)];
        ids.iter().for_each(|id| args.extend(args![id]));
        self.link().call("HDEL", args).await?;
        Ok(())
    }

    async fn note_act(&self, organization: &OrganizationId, act: &Act) -> Result<(), BusError> {
        let key = keys::audit(organization);
        let args = args![key, "MAXLEN", "~", AUDIT_KEPT, "*", ACT_FIELD, to_json(act)];
        self.link().call("XADD", args).await?;
        Ok(())
    }

    async fn acts(
        &self,
        organization: &OrganizationId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Act)>, BusError> {
        hooks::records(&self.newest(keys::audit(organization), before, count).await?)
    }
}

/// Whether what stands in an organization's place says that it was deleted.
fn is_deleted(record: &[Flat]) -> bool {
    record.first().and_then(Flat::text) == Some("")
}

/// The keys of the script `found_organization`.
pub(super) fn found_keys(id: &OrganizationId, now_ms: i64) -> [String; 3] {
    [keys::organization(id), keys::audit(id), keys::audit_before(id, now_ms)]
}

/// The keys of the script `keep_member`.
fn member_keys(table: String, organization: &OrganizationId) -> [String; 3] {
    [table, keys::audit(organization), keys::organization(organization)]
}

impl SpinBus {
    /// Puts an organization on the list of all. `false` when it was there.
    pub(super) async fn enlist(&self, id: &OrganizationId) -> Result<bool, BusError> {
        let answer = self.link().call("SADD", args![keys::organizations(), id]).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }

    /// Takes one off that list that was deleted, unless there is one of its id again: whoever had it be there may have put it
    /// on the list just before.
    async fn unlist(&self, id: &OrganizationId) -> Result<(), BusError> {
        self.link().call("SREM", args![keys::organizations(), id]).await?;
        if !is_deleted(&self.link().call("GET", args![keys::organization(id)]).await?) {
            self.enlist(id).await?;
        }
        Ok(())
    }

    /// Forgets the `named` member of a table. Whether there was one.
    async fn drop_member(
        &self,
        table: String,
        organization: &OrganizationId,
        named: Args,
        act: &Act,
    ) -> Result<bool, BusError> {
        let mut args = named;
        args.extend(args![to_json(act), AUDIT_KEPT]);
        let keys = [table, keys::audit(organization)];
        let answer = self.link().script(&script::DROP_MEMBER, &keys, args).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }
}
