//! What the state of an organization and of a user means for a token, and making it so.
//!
//! A token is suspended while its organization or its user is disabled, and may never do more than its user's role. Where
//! many are made so, the state is read, each record is written over the one that was read, and the state is read again: if
//! somebody has changed it meanwhile, once more. So whoever changes it last decides, and a token that is made meanwhile ends
//! as the others ([`settle`]).

use std::collections::BTreeMap;

use edgewire_contract::access::User;
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::together;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::admin::{no_organization, no_token, no_user};
use crate::keep::{TRIES, contended};
use crate::token::gone;

/// How many records are asked for at once.
pub const AT_ONCE: usize = 64;

/// The state of an organization and of its users, as far as tokens go.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    disabled: bool,
    users: BTreeMap<UserId, User>,
}

impl Standing {
    /// Of an organization and one of its users.
    ///
    /// # Errors
    /// 404 when there is no such organization or user.
    pub async fn of<B: AccessBus, E: Env>(
        gateway: &Gateway<B, E>,
        organization: &OrganizationId,
        user: Option<&UserId>,
    ) -> Result<Self, Problem> {
        let found = gateway.bus.organization(organization).await?.ok_or_else(no_organization)?;
        let mut users = BTreeMap::new();
        if let Some(id) = user {
            let user = gateway.bus.user(organization, id).await?.ok_or_else(no_user)?.record;
            users.insert(id.clone(), user);
        }
        Ok(Self { disabled: found.organization().disabled, users })
    }

    async fn of_all<B: AccessBus, E: Env>(
        gateway: &Gateway<B, E>,
        organization: &OrganizationId,
    ) -> Result<Self, Problem> {
        let found = gateway.bus.organization(organization).await?.ok_or_else(no_organization)?;
        let users = gateway.bus.users(organization).await?.into_iter().map(|user| (user.id.clone(), user));
        Ok(Self { disabled: found.organization().disabled, users: users.collect() })
    }

    /// The user that a token stands for, where he is kept. (Tokens that were made elsewhere may name one who is not.)
    pub fn user(&self, id: Option<&UserId>) -> Option<&User> {
        self.users.get(id?)
    }

    /// The record as it has to be.
    pub fn fitted(&self, token: &TokenRecord) -> TokenRecord {
        let mut fitted = token.clone();
        let user = self.user(token.user.as_ref());
        fitted.suspended = self.disabled || user.is_some_and(|user| user.disabled);
        if let Some(user) = user {
            fitted.capabilities.retain(|capability| user.role.capabilities().contains(capability));
        }
        fitted
    }
}

/// Has a token whose record was just written stand as its organization and its user do now, and gives it.
///
/// # Errors
/// 404 when one of the three has gone; 409 when they are changed all the time.
pub async fn settle<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    place: &Place,
) -> Result<TokenRecord, Problem> {
    for _ in 0..TRIES {
        let kept = gateway.bus.token(&place.hash).await?.ok_or_else(no_token)?;
        let standing = Standing::of(gateway, organization, kept.record.user.as_ref()).await?;
        let fitted = standing.fitted(&kept.record);
        if fitted == kept.record {
            return Ok(fitted);
        }
        // Then both are looked at again.
        gateway.bus.swap_token(&place.hash, &kept, &fitted).await?;
    }
    Err(contended("token's organization").into())
}

/// Takes a token back that was just made, before its secret is told.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn take_back<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    place: &Place,
) -> Result<(), Problem> {
    gateway.bus.revoke_token(&place.hash).await?;
    gone::forget(gateway, organization, std::slice::from_ref(place)).await
}

/// Has all tokens of an organization stand as it and its users do.
///
/// # Errors
/// 404 when the organization has gone; 409 when it is changed all the time.
pub async fn enforce<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
) -> Result<(), Problem> {
    let mut standing = Standing::of_all(gateway, organization).await?;
    for _ in 0..TRIES {
        for some in gateway.bus.tokens(organization).await?.chunks(AT_ONCE) {
            let fits = some.iter().map(|place| fit(gateway, &standing, &place.hash));
            together(fits).await.into_iter().collect::<Result<(), Problem>>()?;
        }
        let now = Standing::of_all(gateway, organization).await?;
        if now == standing {
            return Ok(());
        }
        standing = now;
    }
    Err(contended("organization").into())
}

async fn fit<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    standing: &Standing,
    hash: &str,
) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let Some(kept) = gateway.bus.token(hash).await? else { return Ok(()) };
        let fitted = standing.fitted(&kept.record);
        if fitted == kept.record || gateway.bus.swap_token(hash, &kept, &fitted).await? {
            return Ok(());
        }
    }
    Err(contended("organization's tokens").into())
}
