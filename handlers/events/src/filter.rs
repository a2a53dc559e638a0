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

/// What to let through. Nothing set: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    session: Option<SessionId>,
    kinds: Vec<String>,
}

impl Filter {
    /// Reads `session` and `events`. A kind that does not exist is noted in `checks`.
    ///
    /// # Errors
    /// 404 when the session is none of the caller's.
    pub async fn read<B: Bus, E: Env>(
        gateway: &Gateway<B, E>,
        caller: &Caller,
        query: &Query,
        checks: &mut Checks,
    ) -> Result<Self, Problem> {
        let kinds = kinds(query, checks);
        let session = match query.get("session") {
            None => None,
            Some(text) => {
                let id = caller.session(text)?;
                gateway.session(caller, &id).await?;
                Some(id)
            }
        };
        Ok(Self { session, kinds })
    }

    /// Whether the event at `pointer` goes to the holder of `token`.
    pub fn lets_through(&self, pointer: &Pointer, token: &TokenRecord) -> bool {
        self.session.as_ref().is_none_or(|session| *session == pointer.session)
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
