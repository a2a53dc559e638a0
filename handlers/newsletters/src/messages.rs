//! `GET /api/v1/sessions/{session}/newsletters/{nid}/messages?count=&before=`: a newsletter's posts.

use edgewire_contract::command::{Live, NewsletterMessages};
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

use crate::{OFFLINE, nid};

/// How many posts are told when the caller does not say.
pub const USUAL_COUNT: u64 = 20;
/// How many may be.
pub const HIGHEST_COUNT: u64 = 100;

/// Lists them.
///
/// # Errors
/// 401, 403, 404, 400, 409, 504.
pub async fn messages<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let newsletter = nid::parse(&call.params[1])?;
    let (query, mut checks) = (call.query(), Checks::default());
    let count = query.integer("count", USUAL_COUNT, 1, HIGHEST_COUNT, &mut checks) as u32;
    let before = query.parsed("before", server_id, &mut checks);
    checks.finish()?;
    let asked = NewsletterMessages { newsletter, count, before };
    let posts = asker.list(gateway, Live::NewsletterMessages(asked)).await?;
    Ok(Reply::json(200, &json!({"data": posts})))
}

/// A post's number at the server.
pub fn server_id(text: &str) -> Result<u64, &'static str> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.filter(|n| *n > 0).ok_or("must be the serverId of a post")
}
