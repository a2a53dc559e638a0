//! `POST /api/v1/sessions/{session}/groups`: makes a group.

use edgewire_contract::command::{self, Live};
use edgewire_contract::jid::Jid;
use edgewire_contract::shape::{items, optional, person, text};
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::participants::distinct;

edgewire_contract::record! {
    /// A group to be made.
    pub struct CreateGroup {
        /// Its name.
        pub subject: String = text(1, 100);
        /// What it is about.
        pub description: Option<String> = optional(text(1, 2048));
        /// Who is in it from the start, beside the session.
        pub participants: Vec<Jid> = items(person(), 0, 1023);
    }
}

/// Makes it, and tells it as WhatsApp gives it back. Who could not be added is not among its members.
///
/// # Errors
/// 401, 403, 404, 413, 400, 501, 504.
pub async fn create<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let CreateGroup { subject, description, participants } = record(call).await?;
    let group = command::CreateGroup { subject, description, participants: distinct(participants) };
    let made = asker.ask(gateway, Live::CreateGroup(group)).await?;
    Ok(Reply::json(201, &made))
}
