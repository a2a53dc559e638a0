//! Every error that a caller can meet, once: its HTTP status and its spelling in both API families.
//!
//! `docs`: the table in the HTTP contract ("Errors"). The renderers are in `handlers/edge`; here is what they and
//! conn-host (which puts faults into outcomes and events) must agree on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A stable error code. Exhaustive on purpose: a new one does not compile until it has a status and a spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// Malformed JSON or a bad field; `details.fields` lists them.
    ValidationError,
    /// No token, or an unknown, expired or revoked one.
    Unauthorized,
    /// The token lacks the capability.
    Forbidden,
    /// No such thing, or another organization's.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// An Idempotency-Key reused with another body; a session id already taken; already paired.
    Conflict,
    /// A scheduled send was taken back before its time.
    Cancelled,
    /// The session cannot send until a person acts, or a live query on one that is not connected now.
    SessionNotConnected,
    /// Body or media over its limit.
    PayloadTooLarge,
    /// A mimetype that the kind does not take.
    UnsupportedMediaType,
    /// WhatsApp refused the send; `details.ack_error` has its number.
    RecipientUnavailable,
    /// Over a budget; `details.retryAfterSeconds`.
    RateLimited,
    /// What the underlying library cannot do.
    NotImplemented,
    /// A media URL that could not be fetched.
    MediaFetchFailed,
    /// Redis is unreachable.
    GatewayUnavailable,
    /// The result of a synchronous call did not arrive in time; `details.outboxId` lets the caller ask later.
    Timeout,
    /// A fault of ours; its cause is in the log under the request id.
    #[serde(rename = "internal_error", alias = "internal")]
    Internal,
}

impl FaultCode {
    /// Every code, for documents and tests.
    pub const ALL: [Self; 17] = [
        Self::ValidationError,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::Cancelled,
        Self::SessionNotConnected,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RecipientUnavailable,
        Self::RateLimited,
        Self::NotImplemented,
        Self::MediaFetchFailed,
        Self::GatewayUnavailable,
        Self::Timeout,
        Self::Internal,
    ];

    /// The HTTP status, the Sessions API's `error.code` and the Device API's `error_code`.
    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::ValidationError => (400, "validation_error", "VALIDATION_ERROR"),
            Self::Unauthorized => (401, "unauthorized", "UNAUTHORIZED"),
            Self::Forbidden => (403, "forbidden", "FORBIDDEN"),
            Self::NotFound => (404, "not_found", "NOT_FOUND"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "METHOD_NOT_ALLOWED"),
            Self::Conflict => (409, "conflict", "CONFLICT"),
            Self::Cancelled => (409, "cancelled", "CANCELLED"),
            Self::SessionNotConnected => (409, "session_not_connected", "DEVICE_NOT_READY"),
            Self::PayloadTooLarge => (413, "payload_too_large", "PAYLOAD_TOO_LARGE"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "UNSUPPORTED_MEDIA_TYPE"),
            Self::RecipientUnavailable => (422, "recipient_unavailable", "RECIPIENT_UNAVAILABLE"),
            Self::RateLimited => (429, "rate_limited", "RATE_LIMITED"),
            Self::NotImplemented => (501, "not_implemented", "NOT_IMPLEMENTED"),
            Self::MediaFetchFailed => (502, "media_fetch_failed", "MEDIA_FETCH_FAILED"),
            Self::GatewayUnavailable => (503, "gateway_unavailable", "GATEWAY_UNAVAILABLE"),
            Self::Timeout => (504, "timeout", "TIMEOUT"),
            Self::Internal => (500, "internal_error", "INTERNAL_ERROR"),
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The spelling in the Sessions API.
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The spelling in the Device API.
    pub const fn device_api(self) -> &'static str {
        self.row().2
    }
}

/// One bad field of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldFault {
    /// Where: `to`, `options[2]`, `media.url`; `body` for the whole of it, `query.<name>` for a parameter.
    pub field: String,
    /// What is wrong with it, for a person.
    pub message: String,
    /// What was given, when it is short and not binary (the Device API shows it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// An error as a caller is told of it: never an internal cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Fault {
    /// Which error.
    pub code: FaultCode,
    /// A sentence for a person.
    pub message: String,
    /// Machine-readable facts, by code.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

impl Fault {
    /// A fault without details.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// 400 with every bad field.
    pub fn invalid(fields: &[FieldFault]) -> Self {
        let message = match fields {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!(
                "{} fields are invalid: {}",
                many.len(),
                many.iter().map(|f| f.field.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        Self::new(FaultCode::ValidationError, message).with("fields", json!(fields))
    }

    /// 404 for `what` ("session", "message"…): also for what belongs to somebody else.
    pub fn not_found(what: &str) -> Self {
        Self::new(FaultCode::NotFound, format!("{what} not found"))
    }

    /// 503: Redis cannot be reached.
    pub fn unavailable() -> Self {
        Self::new(FaultCode::GatewayUnavailable, "the gateway's store cannot be reached; try again")
            .with("retryAfterSeconds", 1)
    }

    /// 500: the cause is logged under `request_id`, never shown.
    pub fn internal() -> Self {
        Self::new(FaultCode::Internal, "internal error; the X-Request-Id leads to its cause in the log")
    }

    /// The seconds of a `Retry-After` header, when the fault has them.
    pub fn retry_after(&self) -> Option<u64> {
        self.details.get("retryAfterSeconds").and_then(Value::as_u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_agree() {
        for code in FaultCode::ALL {
            if code != FaultCode::SessionNotConnected {
                assert_eq!(code.as_str().to_uppercase(), code.device_api());
            }
            assert!((400..=504).contains(&code.status()));
            // What outcomes and events carry is what answers say.
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn a_fault_names_every_bad_field() {
        let field =
            |name: &str| FieldFault { field: name.into(), message: "is required".into(), value: None };
        let fault = Fault::invalid(&[field("to"), field("text")]);
        assert_eq!(fault.message, "2 fields are invalid: to, text");
        assert_eq!(fault.details["fields"][1]["field"], "text");
    }
}
