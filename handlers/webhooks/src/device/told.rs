//! How a device's webhook is told.

use std::collections::BTreeMap;

use edgewire_contract::moment::rfc3339;
use edgewire_contract::webhook::{Retry, Webhook};
use edgewire_edge::Reply;
use serde::Serialize;

use crate::told::TIMEOUT_SECONDS;

#[derive(Serialize)]
struct Answer<'a> {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    webhook: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    device_id: Option<&'a str>,
    webhook_url: &'a str,
    enabled_events: &'a [String],
    enabled: bool,
    retry_attempts: u32,
    timeout: u32,
    has_secret: bool,
    headers: &'a BTreeMap<String, String>,
    created_at: String,
    updated_at: String,
}

/// The answer that tells `webhook`.
pub fn answer(webhook: &Webhook, message: Option<&'static str>) -> Reply {
    let told = Told {
        id: webhook.id.as_str(),
        device_id: webhook.session_id.as_ref().map(|id| id.as_str()),
        webhook_url: &webhook.url,
        enabled_events: &webhook.events,
        enabled: webhook.active,
        retry_attempts: webhook.retry.unwrap_or(Retry::DEFAULT).attempts,
        timeout: webhook.timeout_seconds.unwrap_or(TIMEOUT_SECONDS),
        has_secret: webhook.secret.is_some(),
        headers: &webhook.custom_headers,
        created_at: rfc3339(webhook.created_at),
        updated_at: rfc3339(webhook.updated_at.unwrap_or(webhook.created_at)),
    };
    Reply::json(200, &Answer { success: true, message, webhook: told })
}
