//! What is at the places where an organization's tokens are said to be.

use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::{BusError, together};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use super::gone;
use crate::standing::AT_ONCE;

/// A token that is older than this, ms, and has no record, is none that is just being made.
const GONE_AFTER_MS: i64 = 60_000;

/// What is at some places.
#[derive(Debug, Default)]
pub struct Looked {
    /// The tokens that are there.
    pub found: Vec<(Place, TokenRecord)>,
    /// Where there is one that cannot be read: a newer version's. Nobody knows more of it than that.
    pub unreadable: Vec<Place>,
}

impl Looked {
    /// All that are there.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.found.iter().map(|(place, _)| place).chain(&self.unreadable)
    }
}

/// What is at `places`. Where those were that have gone by themselves is forgotten on the way.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn at<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    places: &[Place],
) -> Result<Looked, Problem> {
    let (mut looked, mut gone) = (Looked::default(), Vec::new());
    let long_ago = gateway.env.now_ms() - GONE_AFTER_MS;
    for some in places.chunks(AT_ONCE) {
        let looks = some.iter().map(|place| async move { (place, gateway.bus.token(&place.hash).await) });
        for (place, token) in together(looks).await {
            match token {
                Ok(Some(token)) => looked.found.push((place.clone(), token.record)),
                Ok(None) if place.id.made_at() < long_ago => gone.push(place.clone()),
                Ok(None) => {}
                Err(BusError::Broken(cause)) => {
                    gateway.env.log(&format!("token {}: {cause}", place.id));
                    looked.unreadable.push(place.clone());
                }
                Err(away) => return Err(away.into()),
            }
        }
    }
    gone::forget(gateway, organization, &gone).await?;
    Ok(looked)
}

/// The tokens that stand for a user, and those that may.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn of_user<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<Looked, Problem> {
    let mut all = Looked::default();
    for some in gateway.bus.tokens(organization).await?.chunks(AT_ONCE) {
        let Looked { found, unreadable } = at(gateway, organization, some).await?;
        all.found.extend(found.into_iter().filter(|(_, token)| token.user.as_ref() == Some(user)));
        all.unreadable.extend(unreadable);
    }
    Ok(all)
}

/// Forgets where those tokens of an organization were that have gone by themselves.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn sweep<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
) -> Result<(), Problem> {
    for some in gateway.bus.tokens(organization).await?.chunks(AT_ONCE) {
        at(gateway, organization, some).await?;
    }
    Ok(())
}
