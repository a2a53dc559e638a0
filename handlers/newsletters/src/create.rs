//! `POST /api/v1/sessions/{session}/newsletters`: makes a newsletter.

use edgewire_contract::command::{self, Live};
use edgewire_contract::shape::{optional, text};
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;

edgewire_contract::record! {
    /// A newsletter to be made.
    pub struct CreateNewsletter {
        /// Its name.
        pub name: String = text(1, 100);
        /// What it is about.
        pub description: Option<String> = optional(text(0, 2048));
    }
}

/// Makes it, and tells it.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504.
pub async fn create<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let CreateNewsletter { name, description } = record(call).await?;
    let description = description.filter(|text| !text.is_empty());
    let asked = command::CreateNewsletter { name, description };
    Ok(Reply::json(201, &asker.ask(gateway, Live::CreateNewsletter(asked)).await?))
}
