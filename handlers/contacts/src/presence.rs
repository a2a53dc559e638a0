//! `POST /api/v1/sessions/{session}/presence`: whether the account is shown as online.

use edgewire_contract::command::{Live, SetPresence};
use edgewire_contract::shape::choice;
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;

edgewire_contract::names! {
    /// Whether the account is shown as online.
    pub enum Presence {
        /// It is.
        Available = "available",
        /// It is not; the phone rings for messages.
        Unavailable = "unavailable",
    }
}

edgewire_contract::record! {
    /// What others are to see of the account.
    pub struct PresenceUpdate {
        /// Whether it is shown as online.
        pub presence: Presence = choice::<Presence>();
    }
}

/// Sets it.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504.
pub async fn presence<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let PresenceUpdate { presence } = record(call).await?;
    let available = presence == Presence::Available;
    asker.tell(gateway, Live::SetPresence(SetPresence { available })).await
}
