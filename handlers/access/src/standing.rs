//! What the state of an organization and of a user means for a token, and making it so.
//!
//! A token is suspended while its organization or its user is disabled, and may never do more than its user's role.
//!
//! **Tightening** (a suspension, a capability less) may be done by any reading of that state: whoever reads it again and
//! finds it better makes it good. A suspension is written also where there is one already ([`TokenRecord::suspend`]), so
//! that it stands in the way of whoever is about to lift that one.
//!
//! **Lifting** a suspension is done for one token after the other, each by a state that was read after its record, over that
//! record, and is looked at again ([`settle`]). So where somebody has disabled an organization or a user and suspended the
//! tokens, none is lifted by a state that was read before, wherever either of the two is broken off. What cannot be looked
//! at again is suspended again.

use edgewire_contract::access::{Role, User};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::together;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::admin::{no_organization, no_token};
use crate::keep::{TRIES, contended};

/// How many records are asked for at once.
pub const AT_ONCE: usize = 64;

/// The state of an organization and of one of its users, as far as tokens go.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    disabled: bool,
    user: Option<(UserId, Reach)>,
}

/// What a user's tokens may do: what of him counts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    role: Role,
    disabled: bool,
}

impl Reach {
    const fn of(user: &User) -> Self {
        Self { role: user.role, disabled: user.disabled }
    }
}

impl Standing {
    /// Of an organization and one of its users, if he is kept. (Tokens that were made elsewhere may name one who is not.)
    ///
    /// # Errors
    /// 404 when there is no such organization.
    pub async fn of<B: AccessBus, E: Env>(
        gateway: &Gateway<B, E>,
        organization: &OrganizationId,
        user: Option<&UserId>,
    ) -> Result<Self, Problem> {
        let found = gateway.bus.organization(organization).await?.ok_or_else(no_organization)?;
        let user = match user {
            Some(id) => {
                gateway.bus.user(organization, id).await?.map(|user| (id.clone(), Reach::of(&user.record)))
            }
            None => None,
        };
        Ok(Self { disabled: found.organization().disabled, user })
    }

    fn reach(&self, id: Option<&UserId>) -> Option<Reach> {
        self.user.as_ref().filter(|(user, _)| Some(user) == id).map(|(_, reach)| *reach)
    }

    /// The role of the user that a token stands for, where he is kept.
    pub fn role(&self, id: Option<&UserId>) -> Option<Role> {
        Some(self.reach(id)?.role)
    }

    /// Whether it suspends a token.
    fn suspends(&self, token: &TokenRecord) -> bool {
        self.disabled || self.reach(token.user.as_ref()).is_some_and(|user| user.disabled)
    }

    /// The record with what it may do less, and suspended once more if it has to be.
    fn tightened(&self, token: &TokenRecord) -> TokenRecord {
        let mut tight = token.clone();
        if let Some(role) = self.role(token.user.as_ref()) {
            tight.capabilities.retain(|capability| role.capabilities().contains(capability));
        }
        if self.suspends(token) { tight.suspend() } else { tight }
    }

    /// The record as it has to be.
    pub fn fitted(&self, token: &TokenRecord) -> TokenRecord {
        let tight = self.tightened(token);
        match self.suspends(token) {
            // It is so already.
            true if token.suspended => TokenRecord { suspensions: token.suspensions, ..tight },
            suspended => TokenRecord { suspended, ..tight },
        }
    }
}

/// Has one token stand as its organization and its user do now, and gives its record. Should that fail, it is suspended.
///
/// # Errors
/// 404 when it or its organization has gone; 409 when they are changed all the time.
pub async fn settle<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    place: &Place,
) -> Result<TokenRecord, Problem> {
    let settled = fit(gateway, organization, place).await;
    if settled.is_err() {
        let _nor_this = suspend(gateway, place).await;
    }
    settled
}

async fn fit<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    place: &Place,
) -> Result<TokenRecord, Problem> {
    for _ in 0..TRIES {
        // In this order: who disables does so first, and writes then into the record.
        let kept = gateway.bus.token(&place.hash).await?.ok_or_else(no_token)?;
        let standing = Standing::of(gateway, organization, kept.record.user.as_ref()).await?;
        let fitted = standing.fitted(&kept.record);
        if fitted == kept.record {
            return Ok(fitted);
        }
        // Then all is looked at again.
        gateway.bus.swap_token(&place.hash, &kept, &fitted).await?;
    }
    Err(contended("token's organization").into())
}

async fn suspend<B: AccessBus, E: Env>(gateway: &Gateway<B, E>, place: &Place) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let Some(kept) = gateway.bus.token(&place.hash).await? else { break };
        if gateway.bus.swap_token(&place.hash, &kept, &kept.record.clone().suspend()).await? {
            break;
        }
    }
    Ok(())
}

/// Which tokens could not be seen to: the last one's reason, of which the others' are logged.
#[must_use]
#[derive(Debug, Default)]
pub struct Missed(Option<Problem>);

impl Missed {
    /// Fails where there was one.
    ///
    /// # Errors
    /// Why it could not be seen to.
    pub fn or_fail(self) -> Result<(), Problem> {
        self.0.map_or(Ok(()), Err)
    }

    /// Logs it, where nothing depends on it.
    pub fn log<B, E: Env>(self, gateway: &Gateway<B, E>) {
        if let Some(Problem { cause: Some(cause), .. }) = self.0 {
            gateway.env.log(&cause);
        }
    }

    /// Notes one. When nobody can be asked, there is no going on.
    fn note<B, E: Env>(&mut self, gateway: &Gateway<B, E>, problem: Problem) -> Result<(), Problem> {
        if problem.fault.code == FaultCode::GatewayUnavailable {
            return Err(problem);
        }
        Self(self.0.replace(problem)).log(gateway);
        Ok(())
    }
}

/// Has tokens of an organization stand as it and their users do: all of them, after a change of the organization; after one of
/// a user, `whose` they are only, so that no change of another has anybody wait. One whose record cannot be read stops no
/// other.
///
/// # Errors
/// 404 when the organization has gone; 409 when it, or that user, is changed all the time.
pub async fn enforce<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    whose: Option<&UserId>,
) -> Result<Missed, Problem> {
    let mut standing = Standing::of(gateway, organization, whose).await?;
    for _ in 0..TRIES {
        let mut missed = Missed::default();
        let places = gateway.bus.tokens(organization).await?;
        let mut lift = Vec::new();
        for some in places.chunks(AT_ONCE) {
            let tightened =
                together(some.iter().map(|place| tighten(gateway, &standing, whose, place))).await;
            for (place, suspended) in some.iter().zip(tightened) {
                match suspended {
                    Ok(true) => lift.push(place),
                    Ok(false) => {}
                    Err(problem) => missed.note(gateway, problem)?,
                }
            }
        }
        for place in lift {
            match settle(gateway, organization, place).await {
                Err(gone) if gone.fault == no_token() => {}
                Err(problem) => missed.note(gateway, problem)?,
                Ok(_) => {}
            }
        }
        let now = Standing::of(gateway, organization, whose).await?;
        if now == standing {
            return Ok(missed);
        }
        standing = now;
    }
    Err(contended("organization").into())
}

/// Makes a token's record tight, if it is one of `whose`. Whether there may be a suspension to be lifted then.
async fn tighten<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    standing: &Standing,
    whose: Option<&UserId>,
    place: &Place,
) -> Result<bool, Problem> {
    for _ in 0..TRIES {
        let Some(kept) = gateway.bus.token(&place.hash).await? else { return Ok(false) };
        if whose.is_some() && kept.record.user.as_ref() != whose {
            return Ok(false);
        }
        let tight = standing.tightened(&kept.record);
        if tight == kept.record || gateway.bus.swap_token(&place.hash, &kept, &tight).await? {
            return Ok(tight.suspended && !standing.suspends(&tight));
        }
    }
    Err(contended("organization's tokens").into())
}
