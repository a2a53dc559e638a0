//! `POST /api/v1/tokens`: makes a token. Its secret is told here, and never again.
//!
//! First it is said where the token will be, then its record is written, then its organization, its user and the caller's
//! own token are looked at again. Whatever goes wrong before that is over, nobody has the secret, and it is taken back.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Act, Action, MOST_TOKENS, Role};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_contract::token::{TokenKind, TokenRecord, api_key, token_hash, user_token};
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use super::told::Told;
use super::wish::NewToken;
use super::{gone, look};
use crate::admin::{Admin, no_organization, no_token, no_user};
use crate::keep::full;
use crate::standing::{self, Standing};

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    #[serde(flatten)]
    told: Told<'a>,
}

/// Makes a token.
///
/// # Errors
/// 413, 401, 403; 400 also for what the caller may not grant, or may not any more; 404 for no organization or user of his; 409 when there are as
/// many as there may be.
pub async fn create<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (admin, call) = Admin::with_body(gateway, call).await?;
    let now = gateway.env.now_ms();
    let Grant { wish, organization } = Grant::of(&admin, &call, now)?;
    admin.enter(gateway, &organization).await?;
    let standing = Standing::of(gateway, &organization, wish.user.as_ref()).await?;
    let role = standing.role(wish.user.as_ref());
    // His own token may stand for one who is not kept: it was made elsewhere.
    if role.is_none() && wish.user.as_ref().is_some_and(|user| admin.token().user.as_ref() != Some(user)) {
        return Err(no_user().into());
    }
    let capabilities = wish.granted(role, admin.token())?;

    let secret = match wish.kind {
        TokenKind::UserToken => user_token(gateway.env.random()),
        // No body can name a login.
        TokenKind::ApiKey | TokenKind::Login => api_key(gateway.env.random()),
    };
    let token = standing.fitted(&TokenRecord {
        v: CONTRACT_VERSION,
        id: TokenId::generate(now, gateway.env.random_u128()),
        kind: wish.kind,
        organization: organization.clone(),
        user: wish.user,
        capabilities,
        sessions: wish.sessions,
        expires_at: wish.expires_at,
        name: wish.name,
        created_at: now,
        last_used_at: None,
        deployment: wish.deployment,
        suspended: false,
        suspensions: 0,
    });
    let place = Place { id: token.id.clone(), hash: token_hash(&secret) };
    let act = admin.act(gateway, Action::TokenCreate, &organization, &token.id);
    make_room_for(gateway, &organization, &place, &act).await?;
    let token = match kept(gateway, &call, &token, &place, role).await {
        Ok(token) => token,
        Err(refused) => {
            gone::take_back(gateway, &admin, &organization, &place).await?;
            return Err(refused);
        }
    };
    admin.done(gateway, &act).await?;
    Ok(Reply::json(201, &Answer { token: &secret, told: Told::of(&token) }))
}

/// Which token is asked for.
struct Grant {
    wish: NewToken,
    organization: OrganizationId,
}

impl Grant {
    /// What `call` asks for, which its sender may grant by what his token is now.
    fn of(admin: &Admin, call: &Call<Vec<u8>>, now: i64) -> Result<Self, Fault> {
        let wish = NewToken::of(&call.body, admin.token(), now)?;
        let organization = admin.organization(wish.organization.clone())?;
        Ok(Self { wish, organization })
    }
}

/// Keeps the token, and gives it as it is then, once it is sure that nothing has happened meanwhile by which it might not have
/// been made.
async fn kept<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    call: &Call<Vec<u8>>,
    made: &TokenRecord,
    place: &Place,
    role: Option<Role>,
) -> Result<TokenRecord, Problem> {
    gateway.bus.keep_token(&place.hash, made).await?;
    let token = standing::settle(gateway, &made.organization, place).await?;
    let admin = Admin::of(gateway, call).await?;
    let Grant { wish, .. } = Grant::of(&admin, call, made.created_at)?;
    wish.granted(role, admin.token())?;
    if let Some(user) = made.user.as_ref().filter(|_| role.is_some())
        && gateway.bus.user(&made.organization, user).await?.is_none()
    {
        return Err(no_user().into());
    }
    // Last: whoever revokes it after this finds its record.
    let known = gateway.bus.token_hash(&made.organization, &place.id).await?;
    if known.as_ref() != Some(&place.hash) {
        return Err(no_token().into());
    }
    Ok(token)
}

/// Says where the token will be. Where there are too many, those that have expired make room.
async fn make_room_for<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    place: &Place,
    act: &Act,
) -> Result<(), Problem> {
    let mut keeping = gateway.bus.place_token(organization, place, act).await?;
    if keeping == Keeping::Full {
        look::sweep(gateway, organization).await?;
        keeping = gateway.bus.place_token(organization, place, act).await?;
    }
    match keeping {
        Keeping::Kept => Ok(()),
        Keeping::Full => Err(full("tokens of an organization", MOST_TOKENS).into()),
        // It was deleted meanwhile.
        Keeping::Gone => Err(no_organization().into()),
        Keeping::Changed => Err(Problem::internal("a new token's id is taken")),
    }
}
