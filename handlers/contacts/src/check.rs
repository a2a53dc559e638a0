//! `POST /api/v1/sessions/{session}/contacts/check`: who of these is on WhatsApp.

use edgewire_contract::command::{CheckContacts, Live};
use edgewire_contract::shape::{items, phone};
use edgewire_edge::asking::{Asker, LOOK, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::{Value, json};

use crate::OFFLINE;

edgewire_contract::record! {
    /// Whom to look up.
    pub struct Check {
        /// Phone numbers.
        pub phones: Vec<String> = items(phone(), 1, 100);
    }
}

/// Tells it of each, in the order that was asked.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504.
pub async fn check<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let Check { phones } = record(call).await?;
    let mut once: Vec<String> = Vec::with_capacity(phones.len());
    for phone in &phones {
        if !once.contains(phone) {
            once.push(phone.clone());
        }
    }
    let found = asker.list(gateway, Live::CheckContacts(CheckContacts { phones: once })).await?;
    let of = |phone: &String| {
        let told = found.iter().find(|check| check["phone"] == phone.as_str()).cloned();
        // Whom WhatsApp says nothing of is not there.
        told.unwrap_or_else(|| json!({"phone": phone, "exists": false, "jid": null, "lid": null}))
    };
    Ok(Reply::json(200, &phones.iter().map(of).collect::<Vec<Value>>()))
}
