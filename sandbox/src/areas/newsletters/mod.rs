//! Newsletters (channels): plaintext messages of few to many.
//!
//! - [`manage`] create, find, follow, leave, change: `w:mex` queries by query id
//! - [`admins`] invite, accept, demote, hand over: `w:mex` queries, too
//! - [`posts`] `<message to=…@newsletter>`: publish, edit, revoke, react
//! - [`history`] the `newsletter` IQs: pages of messages, live updates
//! - [`describe`] what clients are told: JSON, `<message>`, notifications
//!
//! A published message goes to the connected devices of all followers, except the one that sent it; a device that is
//! away finds it in the history. Reaction counts go to devices that asked for live updates, as on the real network.

pub mod admins;
pub mod describe;
pub mod history;
pub mod manage;
pub mod posts;

use serde_json::{Value, json};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::groups::communities;
use crate::stanza::{StanzaExt, iq_result};
use crate::state::{Addr, World};

/// What a `w:mex` mutation comes to: its data, or an error code with a message.
pub type Mex = Result<Value, (u16, &'static str)>;

/// There is no such newsletter.
pub const NOT_FOUND: (u16, &str) = (404, "item-not-found");

/// Only admins or only the owner may do this.
pub const FORBIDDEN: (u16, &str) = (403, "forbidden");

/// A `w:mex` query: GraphQL by query id, JSON in and out. `None` when no area knows the id.
pub fn mex(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let query = node.child("query")?;
    let asked: Value = serde_json::from_slice(&query.body()?).ok()?;
    let variables = &asked["variables"];
    let id = query.text("query_id")?;
    let outcome = manage::query(world, addr, &id, variables)
        .or_else(|| admins::query(world, addr, &id, variables))
        .or_else(|| communities::mex(world, addr, &id, variables))
        .or_else(|| account(&id))?;
    let answer = match outcome {
        Ok(data) => json!({ "data": data }),
        Err((code, message)) => json!({
            "data": null,
            "errors": [{
                "message": message,
                "path": [],
                "extensions": { "error_code": code, "is_retryable": false, "severity": "CRITICAL" },
            }],
        }),
    };
    let result = NodeBuilder::new("result").bytes(answer.to_string().into_bytes()).build();
    Some(iq_result(node, [result]))
}

/// Queries about the asking account itself: nobody is restricted here.
fn account(id: &str) -> Option<Mex> {
    const FETCH_REACHOUT_TIMELOCK: &str = "23983697327930364";
    (id == FETCH_REACHOUT_TIMELOCK)
        .then(|| Ok(json!({ "xwa2_fetch_account_reachout_timelock": { "is_active": false } })))
}

/// The user part of a newsletter address.
fn id_of(value: &Value) -> Option<String> {
    let jid: wacore_binary::Jid = value.as_str()?.parse().ok()?;
    (jid.server == wacore_binary::Server::Newsletter).then(|| jid.user.to_string())
}
