//! `PATCH /api/v1/sessions/{session}/groups/{gid}`: changes a group's name, description or settings.

use edgewire_contract::command::{GroupChange, Live, UpdateGroup};
use edgewire_contract::fields::Fields;
use edgewire_contract::shape::{optional, text};
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::switch::{Ephemeral, Switch};
use crate::{OFFLINE, gid};

edgewire_contract::record! {
    /// What changes of a group: at least one of them. What is missing or null stays.
    pub struct GroupUpdate check something {
        /// Its name.
        pub subject: Option<String> = optional(text(1, 100));
        /// What it is about; empty takes it away.
        pub description: Option<String> = optional(text(0, 2048));
        /// Whether only administrators may change the group.
        pub locked: Option<bool> = optional(Switch);
        /// Whether only administrators may write.
        pub announce: Option<bool> = optional(Switch);
        /// After how many seconds messages disappear; 0 is never.
        pub ephemeral_seconds as "ephemeralSeconds": Option<u32> = optional(Ephemeral);
    }
}

fn something(update: &GroupUpdate, fields: &mut Fields<'_>) {
    let GroupUpdate { subject, description, locked, announce, ephemeral_seconds } = update;
    let none = subject.is_none()
        && description.is_none()
        && locked.is_none()
        && announce.is_none()
        && ephemeral_seconds.is_none();
    if none {
        fields.note(
            "body",
            "must change at least one of subject, description, locked, announce, ephemeralSeconds",
        );
    }
}

/// Changes it, and tells it as it is then.
///
/// # Errors
/// 401, 403, 404, 413, 400, 501, 504.
pub async fn update<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    let GroupUpdate { subject, description, locked, announce, ephemeral_seconds } = record(call).await?;
    let change = GroupChange { subject, description, locked, announce, ephemeral_seconds };
    let told = asker.ask(gateway, Live::UpdateGroup(UpdateGroup { group, change })).await?;
    Ok(Reply::json(200, &told))
}
