//! `POST /api/v1/sessions/{session}/groups/join`: joins a group by an invite.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::invite_code::{Invite, refused};

edgewire_contract::record! {
    /// Which group to join.
    pub struct JoinGroup {
        /// An invite's code, or the link https://chat.whatsapp.com/<code>.
        pub invite: String = Invite;
    }
}

/// Joins it, and tells which it is. Joining a group that the session is in already is no mistake.
///
/// # Errors
/// 401, 403, 404, 413, 400 also for an invite that WhatsApp does not take, 501, 504.
pub async fn join<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let JoinGroup { invite: code } = record(call).await?;
    let joined = asker.ask(gateway, Live::JoinGroup { code }).await.map_err(refused)?;
    Ok(Reply::json(200, &joined))
}
