//! `GET /api/v1/sessions/{session}/contacts/{jid}/picture?preview=`: the picture of a contact or a group.

use edgewire_contract::command::{ContactPicture, Live};
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::whom::PERSON_OR_GROUP;

/// Tells where it is.
///
/// # Errors
/// 401, 403, 404 also when there is none or it is hidden, 400, 409, 504.
pub async fn picture<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let preview = query.flag("preview", false, &mut checks);
    let jid = checks.take(PERSON_OR_GROUP.read(&call.params[1]))?;
    checks.finish()?;
    let Some(jid) = jid else { return Err(Problem::internal("a path without a JID passed the checks")) };
    let told = asker.ask(gateway, Live::ContactPicture(ContactPicture { jid, preview })).await?;
    Ok(Reply::json(200, &told))
}
