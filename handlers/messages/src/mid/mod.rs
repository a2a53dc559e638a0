//! `…/messages/{mid}…`: what is done to one message, as a message of its own. A file each:
//!
//! * [`edit`]: `PATCH …/messages/{mid}`;
//! * [`revoke`]: `DELETE …/messages/{mid}`;
//! * [`react`]: `POST …/messages/{mid}/reactions`;
//! * [`forward`]: `POST …/messages/{mid}/forward`;
//! * [`vote`]: `POST …/messages/{mid}/vote`.

pub mod edit;
pub mod forward;
pub mod react;
pub mod revoke;
pub mod vote;

use edgewire_contract::fields::Fields;
use edgewire_contract::ids::MessageId;
use edgewire_contract::shape::{Moment, Optional, Rule as _, optional};
use edgewire_edge::bus::Bus;
use edgewire_edge::draft::{Asked, Draft};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::taking::{SendResult, nothing, take};

/// The rule of `sendAt`, which every change takes.
pub const SEND_AT: Optional<Moment> = optional(Moment::MILLISECONDS);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// [`edit`]
    Edit,
    /// [`revoke`]
    Revoke,
    /// [`react`]
    React,
    /// [`forward`]
    Forward,
    /// [`vote`]
    Vote,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 5] = [Self::Edit, Self::Revoke, Self::React, Self::Forward, Self::Vote];

    /// The message that does it to `mid`.
    fn read(self, mid: &MessageId, fields: &mut Fields<'_>) -> Option<Draft> {
        let mid = mid.clone();
        let draft = match self {
            Self::Edit => edit::read(mid, fields),
            Self::Revoke => revoke::read(mid, fields),
            Self::React => react::read(mid, fields),
            Self::Forward => forward::read(mid, fields),
            Self::Vote => vote::read(mid, fields),
        };
        let send_at = SEND_AT.read(fields, "sendAt");
        Some(Draft { send_at: send_at?, ..draft? })
    }
}

/// Does it.
///
/// # Errors
/// 404 for what is no message's id; those of [`take`]; 404 and 400 for a message that is not what it must be.
pub async fn change<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, change: Change) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let Ok(mid) = MessageId::parse(&call.params[1]) else { return nothing(gateway, &call, "message").await };
    let (mode, receipt) =
        take(gateway, call, &mut |fields| change.read(&mid, fields).map(Asked::message)).await?;
    Ok(SendResult::reply(mode, &receipt))
}
