//! One attempt to deliver one event: what is sent, and what the answer means.

use std::time::Instant;

use bytes::Bytes;
use edgewire_contract::webhook::Webhook;
use edgewire_outbound::{GuardedClient, Limits, OutboundError};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::sign;

const AGENT: &str = concat!("edgewire/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is kept for the log, characters.
const SNIPPET: usize = 256;

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub verdict: Verdict,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// How long it took, ms.
    pub latency_ms: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered,
    /// It did not.
    Failed(Failure),
}

/// Why an attempt failed, fit for the webhook's owner: no URL, no body of ours, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub reason: String,
    /// The beginning of what the receiver answered.
    pub answer: Option<String>,
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
) -> Attempt {
    let headers = headers(webhook, event_id, &body, now_ms);
    let started = Instant::now();
    let answer = client.post(&webhook.url, headers, body, limits).await;
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(answer) => {
            let (status, verdict) = (Some(answer.status), judge(answer.status, &answer.snippet));
            Attempt { verdict, status, latency_ms }
        }
        Err(error) => Attempt { verdict: Verdict::Failed(explain(&error)), status: None, latency_ms },
    }
}

/// Only 2xx means that the receiver has it. Any other status is tried again: what a receiver under repair answers is
/// not to be trusted, and the number of attempts is bounded.
fn judge(status: u16, snippet: &str) -> Verdict {
    let reason = match status {
        200..=299 => return Verdict::Delivered,
        300..=399 => format!("the receiver answered {status}: redirects are not followed"),
        _ => format!("the receiver answered {status}"),
    };
    let answer: String = snippet.chars().filter(|c| !c.is_control()).take(SNIPPET).collect();
    let answer = Some(answer).filter(|text| !text.is_empty());
    Verdict::Failed(Failure { reason, answer, again: true, refused: false })
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
    Failure { reason: error.to_string(), answer: None, again, refused }
}

/// The webhook's own headers first: none of them takes the place of ours.
fn headers(webhook: &Webhook, event_id: &str, body: &[u8], now_ms: i64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    for (name, value) in &webhook.custom_headers {
        // The handlers let nothing else in; another version's record may hold what this one cannot send.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    let mut put = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids, numbers and hex are visible ASCII");
        headers.insert(HeaderName::from_static(name), value);
    };
    put("x-webhook-request-id", event_id);
    put("x-webhook-timestamp", &now_ms.to_string());
    if let Some(secret) = webhook.secret.as_deref().filter(|s| !s.is_empty()) {
        put("x-webhook-hmac", &sign::hmac_sha512(secret, body));
        put("x-webhook-hmac-algorithm", "sha512");
        put("x-webhook-signature", &sign::signature(secret, now_ms, body));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

#[cfg(test)]
mod tests {
    use edgewire_contract::ids::WebhookId;
    use edgewire_outbound::Refusal;

    use super::*;

    fn webhook(secret: Option<&str>, custom: &[(&str, &str)]) -> Webhook {
        Webhook {
            v: 1,
            id: WebhookId::generate(1, 1),
            url: "https://example.com".into(),
            events: vec!["*".into()],
            session_id: None,
            secret: secret.map(str::to_owned),
            custom_headers: custom.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            retry: None,
            timeout_seconds: None,
            active: true,
            created_at: 1,
            updated_at: None,
        }
    }

    #[test]
    fn only_2xx_is_a_delivery() {
        for status in [200, 201, 204, 299] {
            assert_eq!(judge(status, "x"), Verdict::Delivered);
        }
        for status in [100, 301, 302, 400, 404, 410, 429, 500, 503] {
            assert!(matches!(judge(status, ""), Verdict::Failed(Failure { again: true, .. })), "{status}");
        }
    }

    #[test]
    fn a_failure_shows_the_beginning_of_the_answer() {
        let Verdict::Failed(failure) = judge(500, &format!("oh\r\n{}", "é".repeat(300))) else {
            panic!("a failure")
        };
        assert_eq!(failure.answer.unwrap().chars().count(), SNIPPET);
        assert!(matches!(judge(500, "\n"), Verdict::Failed(Failure { answer: None, .. })));
    }

    #[test]
    fn what_the_guard_refused_is_not_tried_again() {
        let failure = explain(&Refusal::Scheme.into());
        assert!(!failure.again && failure.refused);
        assert!(explain(&OutboundError::Timeout).again);
    }

    #[test]
    fn without_a_secret_nothing_is_signed() {
        let bare = headers(&webhook(None, &[]), "evt_1", b"{}", 7);
        assert_eq!(bare.len(), 4);
        assert_eq!(headers(&webhook(Some("s"), &[]), "evt_1", b"{}", 7).len(), 7);
        assert_eq!(headers(&webhook(Some(""), &[]), "evt_1", b"{}", 7), bare);
    }

    #[test]
    fn headers_of_ones_own_come_along_and_replace_none_of_ours() {
        let custom = [
            ("Authorization", "Bearer x"),
            ("User-Agent", "mine"),
            ("X-Webhook-Request-Id", "forged"),
            ("content-type", "text/plain"),
            ("bad name", "x"),
            ("X-Bad", "a\nb"),
        ];
        let sent = headers(&webhook(None, &custom), "evt_1", b"{}", 7);
        assert_eq!(
            (&sent["authorization"], &sent["user-agent"]),
            (&"Bearer x".parse().unwrap(), &"mine".parse().unwrap())
        );
        assert_eq!(sent["x-webhook-request-id"], "evt_1");
        assert_eq!(sent["content-type"], "application/json");
        assert_eq!(sent.len(), 5);
    }
}
