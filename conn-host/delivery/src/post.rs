//! One attempt to deliver one event: what is sent, and what the answer means.

use bytes::Bytes;
use edgewire_contract::webhook::Webhook;
use edgewire_outbound::{GuardedClient, Limits, OutboundError};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::sign;

const AGENT: &str = concat!("edgewire/", env!("CARGO_PKG_VERSION"));

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered,
    /// It did not.
    Failed(Failure),
}

/// Why an attempt failed, fit for the webhook's owner: no URL, no body, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub reason: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Whether another attempt may go better.
    pub again: bool,
    /// Whether the guard let nothing out.
    pub refused: bool,
}

/// POSTs `body`, the event as integrators read it, to the webhook.
pub async fn post(
    client: &GuardedClient,
    webhook: &Webhook,
    event_id: &str,
    body: Bytes,
    now_ms: i64,
    limits: Limits,
) -> Verdict {
    let headers = headers(webhook.secret.as_deref(), event_id, &body, now_ms);
    match client.post(&webhook.url, headers, body, limits).await {
        Ok(answer) => judge(answer.status),
        Err(error) => Verdict::Failed(explain(&error)),
    }
}

/// Only 2xx means that the receiver has it. Any other status is tried again: what a receiver under repair answers is
/// not to be trusted, and the number of attempts is bounded.
fn judge(status: u16) -> Verdict {
    let reason = match status {
        200..=299 => return Verdict::Delivered,
        300..=399 => format!("the receiver answered {status}: redirects are not followed"),
        _ => format!("the receiver answered {status}"),
    };
    Verdict::Failed(Failure { reason, status: Some(status), again: true, refused: false })
}

/// Which errors may pass. Exhaustive, so that a new one has to be thought about.
fn explain(error: &OutboundError) -> Failure {
    let (again, refused) = match error {
        OutboundError::Refused(_) => (false, true),
        OutboundError::Unresolved
        | OutboundError::Connect(_)
        | OutboundError::Tls
        | OutboundError::ConnectTimeout
        | OutboundError::Timeout
        | OutboundError::Broken
        | OutboundError::TooLarge
        | OutboundError::Redirects => (true, false),
    };
    Failure { reason: error.to_string(), status: None, again, refused }
}

fn headers(secret: Option<&str>, event_id: &str, body: &[u8], now_ms: i64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids, numbers and hex are visible ASCII");
        headers.insert(HeaderName::from_static(name), value);
    };
    put("x-webhook-request-id", event_id);
    put("x-webhook-timestamp", &now_ms.to_string());
    if let Some(secret) = secret.filter(|s| !s.is_empty()) {
        put("x-webhook-hmac", &sign::hmac_sha512(secret, body));
        put("x-webhook-hmac-algorithm", "sha512");
        put("x-webhook-signature", &sign::signature(secret, now_ms, body));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers
}

#[cfg(test)]
mod tests {
    use edgewire_outbound::Refusal;

    use super::*;

    #[test]
    fn only_2xx_is_a_delivery() {
        for status in [200, 201, 204, 299] {
            assert_eq!(judge(status), Verdict::Delivered);
        }
        for status in [100, 301, 302, 400, 404, 410, 429, 500, 503] {
            assert!(matches!(judge(status), Verdict::Failed(Failure { again: true, .. })), "{status}");
        }
    }

    #[test]
    fn what_the_guard_refused_is_not_tried_again() {
        let failure = explain(&Refusal::Scheme.into());
        assert!(!failure.again && failure.refused);
        assert!(explain(&OutboundError::Timeout).again);
    }

    #[test]
    fn without_a_secret_nothing_is_signed() {
        let bare = headers(None, "evt_1", b"{}", 7);
        assert_eq!(bare.len(), 4);
        assert_eq!(headers(Some("s"), "evt_1", b"{}", 7).len(), 7);
        assert_eq!(headers(Some(""), "evt_1", b"{}", 7), bare);
    }
}
