//! Making, finding, following and changing newsletters.
//!
//! The query ids are those of WhatsApp Web as whatsapp-rust 0.7.0 has them (`wacore::iq::mex_operations`).

use serde_json::{Value, json};

use super::{FORBIDDEN, Mex, NOT_FOUND, describe, id_of};
use crate::state::newsletter::{Newsletter, Role};
use crate::state::{Addr, World};

const CREATE: &str = "25149874324715067";
const FETCH: &str = "27456920720571478";
const JOIN: &str = "24404358912487870";
const LEAVE: &str = "9767147403369991";
const UPDATE: &str = "24250201037901610";
const DELETE: &str = "30062808666639665";
const SUBSCRIBED: &str = "25399611239711790";
const USER_SETTING: &str = "31938993655691868";

/// Answers the queries of this file.
pub fn query(world: &mut World, addr: &Addr, id: &str, variables: &Value) -> Option<Mex> {
    let named = |data: Result<Value, (u16, &'static str)>, name: &str| data.map(|data| json!({ name: data }));
    let newsletter = || id_of(&variables["newsletter_id"]).ok_or(NOT_FOUND);
    Some(match id {
        CREATE => named(create(world, addr, &variables["input"]), "xwa2_newsletter_create"),
        FETCH => Ok(json!({ "xwa2_newsletter": fetch(world, addr, &variables["input"]) })),
        JOIN => named(newsletter().and_then(|id| join(world, addr, &id)), "xwa2_newsletter_join_v2"),
        LEAVE => named(newsletter().and_then(|id| leave(world, addr, &id)), "xwa2_newsletter_leave_v2"),
        UPDATE => {
            let changed = newsletter().and_then(|id| update(world, addr, &id, &variables["updates"]));
            named(changed, "xwa2_newsletter_update")
        }
        DELETE => named(newsletter().and_then(|id| delete(world, addr, &id)), "xwa2_newsletter_delete_v2"),
        SUBSCRIBED => {
            let mine = world.newsletters.values().filter(|n| n.roles.contains_key(&addr.phone));
            let mine: Vec<Value> = mine.map(|n| describe::metadata(n, &addr.phone)).collect();
            Ok(json!({ "xwa2_newsletter_subscribed": mine }))
        }
        USER_SETTING => named(mute(world, addr, &variables["input"]), "xwa2_newsletter_update_user_setting"),
        _ => return None,
    })
}

fn create(world: &mut World, addr: &Addr, input: &Value) -> Mex {
    let name = input["name"].as_str().filter(|name| !name.is_empty()).ok_or((400, "bad-request"))?;
    let id = make(world, &addr.phone, name, input["description"].as_str().unwrap_or_default());
    let made = world.newsletters.get(&id).ok_or(NOT_FOUND)?;
    let metadata = describe::metadata(made, &addr.phone);
    describe::tell_siblings(world, addr, "NotificationNewsletterJoin", "join", &metadata);
    Ok(metadata)
}

/// Makes a newsletter; returns the user part of its address.
pub fn make(world: &mut World, owner: &str, name: &str, description: &str) -> String {
    let now = world.now();
    let id = loop {
        let id = format!("120363{:012}", rand::random::<u64>() % 1_000_000_000_000);
        if !world.newsletters.contains_key(&id) && !world.groups.contains_key(&id) {
            break id;
        }
    };
    let made = Newsletter::new(id.clone(), owner, name.to_owned(), description.to_owned(), now);
    world.newsletters.insert(id.clone(), made);
    world.touch();
    id
}

/// By address or by invite code; `null` when there is none.
fn fetch(world: &World, addr: &Addr, input: &Value) -> Value {
    let key = input["key"].as_str().unwrap_or_default();
    let found = match input["type"].as_str() {
        Some("INVITE") => {
            let code = key.rsplit('/').next().unwrap_or_default();
            world.newsletters.values().find(|newsletter| newsletter.invite == code)
        }
        _ => id_of(&input["key"]).and_then(|id| world.newsletters.get(&id)),
    };
    found.map_or(Value::Null, |newsletter| describe::metadata(newsletter, &addr.phone))
}

fn join(world: &mut World, addr: &Addr, id: &str) -> Mex {
    let metadata = follow(world, &addr.phone, id).ok_or(NOT_FOUND)?;
    describe::tell_siblings(world, addr, "NotificationNewsletterJoin", "join", &metadata);
    Ok(metadata)
}

/// Makes an account a follower, unless it is more already.
pub fn follow(world: &mut World, phone: &str, id: &str) -> Option<Value> {
    let newsletter = world.newsletters.get_mut(id)?;
    newsletter.roles.entry(phone.to_owned()).or_insert(Role::Subscriber);
    let metadata = describe::metadata(newsletter, phone);
    world.touch();
    Some(metadata)
}

fn leave(world: &mut World, addr: &Addr, id: &str) -> Mex {
    let newsletter = world.newsletters.get_mut(id).ok_or(NOT_FOUND)?;
    if newsletter.roles.get(&addr.phone) == Some(&Role::Owner) {
        return Err(FORBIDDEN);
    }
    newsletter.roles.remove(&addr.phone);
    newsletter.muted.remove(&addr.phone);
    let left = short(newsletter);
    world.live_updates.retain(|(device, of), _| device.phone != addr.phone || of != id);
    world.touch();
    describe::tell_siblings(world, addr, "NotificationNewsletterLeave", "leave", &left);
    Ok(left)
}

fn update(world: &mut World, addr: &Addr, id: &str, updates: &Value) -> Mex {
    let newsletter = world.newsletters.get_mut(id).ok_or(NOT_FOUND)?;
    if !newsletter.may_publish(&addr.phone) {
        return Err(FORBIDDEN);
    }
    if let Some(name) = updates["name"].as_str() {
        newsletter.name = name.to_owned();
    }
    if let Some(description) = updates["description"].as_str() {
        newsletter.description = description.to_owned();
    }
    let metadata = describe::metadata(newsletter, &addr.phone);
    world.touch();
    Ok(metadata)
}

fn delete(world: &mut World, addr: &Addr, id: &str) -> Mex {
    let newsletter = world.newsletters.get(id).ok_or(NOT_FOUND)?;
    if newsletter.roles.get(&addr.phone) != Some(&Role::Owner) {
        return Err(FORBIDDEN);
    }
    let gone = json!({ "id": newsletter.jid().to_string(), "state": { "type": "DELETED" } });
    world.newsletters.remove(id);
    world.live_updates.retain(|(_, of), _| of != id);
    world.touch();
    Ok(gone)
}

fn mute(world: &mut World, addr: &Addr, input: &Value) -> Mex {
    let id = id_of(&input["newsletter_id"]).ok_or(NOT_FOUND)?;
    let newsletter = world.newsletters.get_mut(&id).ok_or(NOT_FOUND)?;
    if !newsletter.roles.contains_key(&addr.phone) {
        return Err(FORBIDDEN);
    }
    let setting = input["type"].as_str().ok_or((400, "bad-request"))?.to_owned();
    let muted = newsletter.muted.entry(addr.phone.clone()).or_default();
    match input["value"].as_str() {
        Some("ON") => muted.insert(setting),
        Some("OFF") => muted.remove(&setting),
        _ => return Err((400, "bad-request")),
    };
    let answer = short(newsletter);
    world.touch();
    Ok(answer)
}

fn short(newsletter: &Newsletter) -> Value {
    json!({ "id": newsletter.jid().to_string(), "state": { "type": "ACTIVE" } })
}
