//! Which events a caller wants, and may see.

use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::ids::SessionId;
use edgewire_contract::keys::Pointer;
use edgewire_contract::token::TokenRecord;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::query::Query;
use edgewire_edge::{Gateway, Problem};

/// How many sessions a filter may name: each is looked up.
pub const MOST_SESSIONS: usize = 100;

/// What to let through. Nothing set: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    sessions: Vec<SessionId>,
    kinds: Vec<String>,
}

impl Filter {
    /// Reads `session` and `events`, which are lists. A kind that does not exist is noted in `checks`, and so are too many
    /// sessions.
    ///
    /// # Errors
    /// 404 when a session is none of the caller's.
    pub async fn read<B: Bus, E: Env>(
        gateway: &Gateway<B, E>,
        caller: &Caller,
        query: &Query,
        checks: &mut Checks,
    ) -> Result<Self, Problem> {
        let kinds = kinds(query, checks);
        let named = query.list("session");
        if named.len() > MOST_SESSIONS {
            let message = format!("must name at most {MOST_SESSIONS} sessions");
            checks.note("query.session", message, &named.len().to_string());
            return Ok(Self::default());
        }
        let mut sessions = Vec::with_capacity(named.len());
        for text in named {
            let id = caller.session(text)?;
            if !sessions.contains(&id) {
                gateway.session(caller, &id).await?;
                sessions.push(id);
            }
        }
        Ok(Self { sessions, kinds })
    }

    /// Whether the event at `pointer` goes to the holder of `token`.
    pub fn lets_through(&self, pointer: &Pointer, token: &TokenRecord) -> bool {
        (self.sessions.is_empty() || self.sessions.contains(&pointer.session))
            && (self.kinds.is_empty() || self.kinds.contains(&pointer.kind))
            && token.covers(&pointer.session)
    }
}

fn kinds(query: &Query, checks: &mut Checks) -> Vec<String> {
    let named = query.list("events");
    for unknown in named.iter().filter(|kind| **kind != "*" && !EVENT_KINDS.contains(kind)) {
        checks.note(
            "query.events",
            format!("{unknown} is no event; there are {}", EVENT_KINDS.join(", ")),
            unknown,
        );
    }
    if named.contains(&"*") { Vec::new() } else { named.into_iter().map(str::to_owned).collect() }
}
