//! `GET /api/v1/webhooks/{id}/dead?limit=&cursor=`: events that the receiver never took, the newest first.

use edgewire_contract::ids::EntryId;
use edgewire_contract::keys::Pointer;
use edgewire_contract::webhook::DeadLetter;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::query::Query;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::owner::{Owner, Scope};
use crate::told::{self, seconds};

#[derive(Serialize)]
struct Page {
    dead: Vec<Letter>,
    total: u64,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Letter {
    event_id: String,
    event: Option<String>,
    session: Option<String>,
    reason: String,
    status: Option<u16>,
    attempts: u32,
    at: i64,
}

/// Lists them.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn dead<B: HookBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, Scope::Organization).await?;
    let webhook = owner.webhook(gateway, &call).await?.webhook;
    let (limit, before) = page(&call.query())?;
    let total = told::state(gateway, &owner, &webhook).await?.dead;
    let found = gateway.bus.dead_letters(owner.organization(), &webhook.id, before, limit + 1).await?;
    let (found, next_cursor) = cut(found, limit);
    let dead = found.into_iter().map(|(_, letter)| Letter::of(letter)).collect();
    Ok(Reply::json(200, &Page { dead, total, next_cursor }))
}

impl Letter {
    fn of(letter: DeadLetter) -> Self {
        let pointer = Pointer::parse(&letter.pointer);
        Self {
            event_id: letter.event_id,
            session: pointer.as_ref().map(|pointer| pointer.session.to_string()),
            event: pointer.map(|pointer| pointer.kind),
            reason: letter.reason,
            status: letter.status,
            attempts: letter.attempts,
            at: seconds(letter.at),
        }
    }
}

/// Which page of a stream is asked for: how many, and before which entry.
///
/// # Errors
/// 400.
pub fn page(query: &Query) -> Result<(u32, Option<EntryId>), Problem> {
    let mut checks = Checks::default();
    let limit = query.integer("limit", 50, 1, 200, &mut checks) as u32;
    let before = query.parsed("cursor", EntryId::parse, &mut checks);
    checks.finish()?;
    Ok((limit, before))
}

/// A page of what was read, which is one more if there is another page: then also its cursor.
pub fn cut<T>(mut found: Vec<(EntryId, T)>, limit: u32) -> (Vec<(EntryId, T)>, Option<String>) {
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(at, _)| at.to_string());
    (found, next)
}
