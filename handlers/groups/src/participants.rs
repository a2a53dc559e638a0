//! `POST` and `DELETE /api/v1/sessions/{session}/groups/{gid}/participants`, `POST …/promote`, `POST …/demote`: who is in
//! a group, and who administrates it.

use std::collections::BTreeSet;

use edgewire_contract::command::{self, Live, ParticipantChange};
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{items, person};
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

use crate::{OFFLINE, gid};

edgewire_contract::record! {
    /// Whom it is about.
    pub struct Participants {
        /// Phone numbers or JIDs of people.
        pub participants: Vec<Jid> = items(person(), 1, 1023);
    }
}

/// Makes the change, and tells what became of each. It is 200 also when none worked.
///
/// # Errors
/// 401, 403, 404, 413, 400, 501, 504.
pub async fn participants<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    change: ParticipantChange,
) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    let Participants { participants } = record(call).await?;
    let asked = command::Participants { group, change, participants: distinct(participants) };
    let results = asker.list(gateway, Live::Participants(asked)).await?;
    Ok(Reply::json(200, &json!({"data": results})))
}

/// Each of `jids` once. People write a number in more than one way, so that is no mistake of theirs.
pub fn distinct(jids: Vec<Jid>) -> Vec<Jid> {
    let mut seen = BTreeSet::new();
    jids.into_iter().filter(|jid| seen.insert(jid.as_str().to_owned())).collect()
}
