//! `POST /api/v1/sessions/{session}/messages/<kind>`: sends a message of that kind.

use edgewire_contract::content::Kind;
use edgewire_edge::bus::Bus;
use edgewire_edge::draft::{Asked, Draft};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::taking::{nothing, sent, take};

/// Sends a message of the kind that the path names.
///
/// # Errors
/// 404 for no such kind; those of [`take`].
pub async fn kind<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let Some(kind) = Kind::named(&call.params[1]) else {
        return nothing(gateway, &call, "kind of message").await;
    };
    let (mode, receipt) =
        take(gateway, call, &mut |fields| Draft::of_kind(kind, fields).map(Asked::message)).await?;
    Ok(sent(mode, &receipt, None))
}
