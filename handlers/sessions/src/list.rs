//! `GET /api/v1/sessions?status=&limit=&cursor=`: the organization's sessions, the oldest first.
//!
//! The index is read whole (an id and a time each), so that the total is right for every filter; the records are read
//! for the page alone, or for all when they are filtered by status.

use edgewire_contract::ids::SessionId;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::{Capability, hex};
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::{Bus, SessionView, together};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::shape::Session;

/// How many records are read at once.
const AT_ONCE: usize = 100;
/// An index entry without a record that is older than this, ms, is no session that is just being made.
const GONE_AFTER_MS: i64 = 60_000;

/// A place in the index, which is in this order.
type Place = (i64, String);

#[derive(Serialize)]
struct Answer<'a> {
    sessions: Vec<Session<'a>>,
    total: usize,
    next_cursor: Option<String>,
}

/// Lists sessions.
///
/// # Errors
/// 401, 403, 400.
pub async fn list<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let limit = query.integer("limit", 50, 1, 200, &mut checks) as usize;
    let status = query.parsed("status", parse_status, &mut checks);
    let after = query.parsed("cursor", parse_cursor, &mut checks);
    checks.finish()?;

    let index: Vec<Place> = gateway
        .bus
        .sessions_of(caller.organization())
        .await?
        .into_iter()
        .filter(|(id, _)| caller.token.covers(id))
        .map(|(id, created_at)| (created_at, id.to_string()))
        .collect();
    let is_after = |place: &Place| after.as_ref().is_none_or(|after| place > after);

    let (views, total, more) = match status {
        None => {
            let rest: Vec<&Place> = index.iter().filter(|place| is_after(place)).collect();
            let page = &rest[..rest.len().min(limit)];
            let views = look(gateway, &caller, page).await?;
            // What is gone is neither shown nor counted.
            let gone = page.len() - views.len();
            let last = page.last().map(|place| (*place).clone());
            (views, index.len() - gone, last.filter(|_| rest.len() > limit))
        }
        Some(status) => {
            let all: Vec<&Place> = index.iter().collect();
            let mut views = look(gateway, &caller, &all).await?;
            views.retain(|(_, view)| view.status() == status);
            let total = views.len();
            views.retain(|(place, _)| is_after(place));
            let more = (views.len() > limit).then(|| views[limit - 1].0.clone());
            views.truncate(limit);
            (views, total, more)
        }
    };
    let sessions: Vec<Session<'_>> = views.iter().map(|(_, view)| Session::of(view)).collect();
    let next = more.map(|place| cursor(&place));
    Ok(Reply::json(200, &Answer { sessions, total, next_cursor: next }))
}

/// The sessions at `places` that are there. What is kept of those that are gone is forgotten on the way.
async fn look<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    places: &[&Place],
) -> Result<Vec<(Place, SessionView)>, Problem> {
    let mut found = Vec::with_capacity(places.len());
    for some in places.chunks(AT_ONCE) {
        let looks = some.iter().map(|place| async {
            let Ok(id) = SessionId::parse(&place.1) else { return Ok(None) };
            let view = gateway.bus.session(caller.organization(), &id).await?;
            let view = view.filter(|view| caller.owns(&view.record));
            if view.is_none() && place.0 < gateway.env.now_ms() - GONE_AFTER_MS {
                gateway.bus.forget_session(caller.organization(), &id).await?;
            }
            Ok::<_, Problem>(view.map(|view| ((*place).clone(), view)))
        });
        for look in together(looks).await {
            found.extend(look?);
        }
    }
    Ok(found)
}

fn parse_status(text: &str) -> Result<SessionStatus, String> {
    let names = || SessionStatus::ALL.map(SessionStatus::as_str).join(", ");
    SessionStatus::parse(text).ok_or_else(|| format!("must be one of {}", names()))
}

fn cursor((created_at, id): &Place) -> String {
    hex(format!("{created_at}:{id}").as_bytes())
}

fn parse_cursor(text: &str) -> Result<Place, &'static str> {
    let bytes =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let decoded = bytes.collect::<Option<Vec<u8>>>().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .and_then(|(at, id)| Some((at.parse().ok()?, SessionId::parse(id).ok()?.to_string())))
        .ok_or("must be the next_cursor of an earlier answer")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place(at in any::<i64>(), id in "[A-Za-z0-9_-]{1,64}") {
            let place = (at, id);
            prop_assert_eq!(parse_cursor(&cursor(&place)), Ok(place));
        }

        #[test]
        fn no_cursor_panics(text in "\\PC{0,40}") {
            let _ = parse_cursor(&text);
        }
    }
}
