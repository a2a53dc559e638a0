//! `GET /api/v1/webhooks/{id}/dead?limit=&cursor=`: events that the receiver never took, the newest first.

use edgewire_contract::keys::Pointer;
use edgewire_contract::webhook::DeadLetter;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::entries::{cut, page};
use edgewire_edge::env::Env;
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
