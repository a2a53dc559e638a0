//! Who runs a newsletter: invite an admin, accept, demote, hand over, ask who there is.
//!
//! The library has the query ids but no calls of its own for these; `client.mex()` sends them.

use serde_json::{Value, json};
use wacore_binary::Jid;

use super::{FORBIDDEN, Mex, NOT_FOUND, id_of};
use crate::state::newsletter::{Newsletter, Role};
use crate::state::{Addr, World};

const INVITE: &str = "9387141988078609";
const REVOKE_INVITE: &str = "9656078347839416";
const ACCEPT: &str = "9580828702035549";
const DEMOTE: &str = "9880997548630971";
const CHANGE_OWNER: &str = "9546742745432473";
const ADMIN_INFO: &str = "26278439461859188";
const PENDING_INVITES: &str = "9783111038412085";

/// How long an invitation is good for, in seconds; only told, never enforced.
const INVITATION: i64 = 7 * 24 * 3600;

/// Answers the queries of this file.
pub fn query(world: &mut World, addr: &Addr, id: &str, variables: &Value) -> Option<Mex> {
    let change: fn(&mut Newsletter, &str, &str) -> Mex = match id {
        INVITE => invite,
        REVOKE_INVITE => revoke,
        ACCEPT => accept,
        DEMOTE => demote,
        CHANGE_OWNER => hand_over,
        ADMIN_INFO => {
            let found = id_of(&variables["newsletter_id"]).and_then(|id| world.newsletters.get(&id));
            return Some(found.map_or(Err(NOT_FOUND), info));
        }
        PENDING_INVITES => {
            let found = id_of(&variables["newsletter_id"]).and_then(|id| world.newsletters.get(&id));
            return Some(found.map_or(Err(NOT_FOUND), |newsletter| pending(world, newsletter)));
        }
        _ => return None,
    };
    Some(apply(world, addr, variables, change))
}

fn apply(
    world: &mut World,
    addr: &Addr,
    variables: &Value,
    change: fn(&mut Newsletter, &str, &str) -> Mex,
) -> Mex {
    let id = id_of(&variables["newsletter_id"]).ok_or(NOT_FOUND)?;
    let user = variables["user_id"].as_str().and_then(|user| user.parse::<Jid>().ok());
    let user = match user {
        Some(user) => world.phone_of(&user).ok_or((404, "no such user"))?,
        None => addr.phone.clone(),
    };
    let newsletter = world.newsletters.get_mut(&id).ok_or(NOT_FOUND)?;
    let answer = change(newsletter, &addr.phone, &user)?;
    world.touch();
    Ok(answer)
}

fn owned(newsletter: &Newsletter, actor: &str) -> Result<(), (u16, &'static str)> {
    if newsletter.roles.get(actor) == Some(&Role::Owner) { Ok(()) } else { Err(FORBIDDEN) }
}

fn named(newsletter: &Newsletter, name: &str) -> Mex {
    Ok(json!({ name: { "id": newsletter.jid().to_string() } }))
}

fn invite(newsletter: &mut Newsletter, actor: &str, user: &str) -> Mex {
    owned(newsletter, actor)?;
    newsletter.invited.insert(user.to_owned());
    let until = newsletter.created + INVITATION;
    let invitation = json!({ "id": newsletter.jid().to_string(), "invite_expiration_time": until });
    Ok(json!({ "xwa2_newsletter_admin_invite_create": invitation }))
}

fn revoke(newsletter: &mut Newsletter, actor: &str, user: &str) -> Mex {
    owned(newsletter, actor)?;
    newsletter.invited.remove(user);
    named(newsletter, "xwa2_newsletter_admin_invite_revoke")
}

fn accept(newsletter: &mut Newsletter, actor: &str, _user: &str) -> Mex {
    if !newsletter.invited.remove(actor) {
        return Err(FORBIDDEN);
    }
    newsletter.roles.insert(actor.to_owned(), Role::Admin);
    named(newsletter, "xwa2_newsletter_admin_invite_accept")
}

fn demote(newsletter: &mut Newsletter, actor: &str, user: &str) -> Mex {
    if actor != user {
        owned(newsletter, actor)?;
    }
    match newsletter.roles.get_mut(user) {
        Some(role) if *role == Role::Admin => *role = Role::Subscriber,
        _ => return Err((404, "no such admin")),
    }
    named(newsletter, "xwa2_newsletter_admin_demote")
}

fn hand_over(newsletter: &mut Newsletter, actor: &str, user: &str) -> Mex {
    owned(newsletter, actor)?;
    if newsletter.roles.get(user) != Some(&Role::Admin) {
        return Err((404, "no such admin"));
    }
    newsletter.roles.insert(actor.to_owned(), Role::Admin);
    newsletter.roles.insert(user.to_owned(), Role::Owner);
    named(newsletter, "xwa2_newsletter_change_owner")
}

fn info(newsletter: &Newsletter) -> Mex {
    let admins = newsletter.roles.values().filter(|role| **role != Role::Subscriber).count();
    Ok(json!({
        "xwa2_newsletter_admin": { "id": newsletter.jid().to_string(), "admin_count": admins },
    }))
}

fn pending(world: &World, newsletter: &Newsletter) -> Mex {
    let invited: Vec<Value> = newsletter
        .invited
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .map(|account| {
            json!({ "user": { "id": account.lid_jid().to_string(), "pn": account.pn_jid().to_string() } })
        })
        .collect();
    Ok(json!({
        "xwa2_newsletter_admin": {
            "id": newsletter.jid().to_string(),
            "pending_admin_invites": invited,
        },
    }))
}
