//! How a session is told. Times are unix seconds, as everywhere in the snake_case routes.

use edgewire_contract::session::{Rate, SessionStatus};
use edgewire_edge::bus::SessionView;
use serde::Serialize;

/// A session as the API tells it.
#[derive(Debug, Serialize)]
pub struct Session<'a> {
    id: &'a str,
    name: Option<&'a str>,
    phone_number: Option<&'a str>,
    push_name: Option<&'a str>,
    status: SessionStatus,
    created_at: i64,
    updated_at: i64,
    last_connected_at: Option<i64>,
    is_logged_in: bool,
    /// How fast it may send, where that has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<&'a Rate>,
}

impl<'a> Session<'a> {
    /// Of a session that was looked at.
    pub fn of(view: &'a SessionView) -> Self {
        let record = &view.record;
        Self {
            id: record.id.as_str(),
            name: record.name.as_deref(),
            phone_number: record.phone.as_deref(),
            push_name: record.push_name.as_deref(),
            status: view.status(),
            created_at: seconds(record.created_at),
            updated_at: seconds(record.updated_at),
            last_connected_at: record.last_connected_at.map(seconds),
            is_logged_in: record.paired,
            rate: record.rate.as_ref(),
        }
    }
}

/// Unix milliseconds in seconds.
pub fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1000)
}
