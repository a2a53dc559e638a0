//! `POST /api/v1/sessions/{session}/newsletters/{nid}/messages/{serverId}/reactions`: reacts to a post.

use edgewire_contract::command::{Live, ReactToPost};
use edgewire_contract::fault::Fault;
use edgewire_contract::shape::text;
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::messages::server_id;
use crate::{OFFLINE, nid};

edgewire_contract::record! {
    /// A reaction to a post.
    pub struct Reaction {
        /// The emoji; empty takes the reaction back.
        pub emoji: String = text(0, 32);
    }
}

/// Reacts, in place of an earlier reaction of the session's.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504.
pub async fn react<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let newsletter = nid::parse(&call.params[1])?;
    let server_id = server_id(&call.params[2]).map_err(|_| Fault::not_found("post"))?;
    let Reaction { emoji } = record(call).await?;
    asker.tell(gateway, Live::ReactToPost(ReactToPost { newsletter, server_id, emoji })).await
}
