//! Answers that the host itself gives.
//!
//! Errors have the Sessions API's shape, `{"error":{"code","message","details"}}`, so that a client
//! need not know whether a component or the host refused it. Messages never say what went wrong
//! inside.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde::Serialize;

use crate::manifest::StaticResponse;

/// The body of every response.
pub type Body = UnsyncBoxBody<Bytes, wasmtime_wasi_http::Error>;

/// Why the host answers in a component's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No route leads there.
    NotFound,
    /// The request's body is over the bound.
    PayloadTooLarge,
    /// Too many at once from one client.
    RateLimited,
    /// Too many at once, or no room for another instance, or an instance out of memory.
    Unavailable,
    /// No response's head in time.
    Timeout,
    /// The component failed.
    Internal,
}

impl Refusal {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is nothing at this path"),
            Self::PayloadTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "the request body is too large")
            }
            Self::RateLimited => {
                (StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many requests at once from this address")
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "gateway_unavailable",
                "the gateway is at its limit, try again shortly",
            ),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "the request took too long"),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "the gateway failed on this request")
            }
        }
    }

    /// The response to send.
    #[must_use]
    pub fn response(self) -> Response<Body> {
        let (status, code, message) = self.parts();
        let retry = (self == Self::RateLimited).then_some(1);
        let details = Details { retry_after_seconds: retry };
        let error = ErrorBody { error: ErrorDetail { code, message, details } };
        // A struct of texts and numbers always serializes.
        let mut response = json(status, serde_json::to_string(&error).unwrap_or_default());
        if matches!(self, Self::RateLimited | Self::Unavailable) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self == Self::PayloadTooLarge {
            // What is left of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize)]
struct ErrorDetail {
    code: &'static str,
    message: &'static str,
    details: Details,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

/// The answer of `/livez`: this process serves.
pub fn alive() -> Response<Body> {
    json(StatusCode::OK, r#"{"status":"ok"}"#)
}

fn json(status: StatusCode, json: impl Into<Bytes>) -> Response<Body> {
    text(status, "application/json", json)
}

/// A text answer.
pub fn text(status: StatusCode, content_type: &'static str, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The `static_response` of a trigger.
pub fn fixed(fixed: &StaticResponse) -> Response<Body> {
    let mut response = Response::builder().status(fixed.status);
    for (name, value) in &fixed.headers {
        response = response.header(name, value);
    }
    response.body(full(fixed.body.clone())).unwrap_or_else(|_| Refusal::Internal.response())
}

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
