//! Faults as answers: the one place that turns a fault into a status, headers and a body, in either API family.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::moment::rfc3339;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::reply::Reply;

/// Whose envelope an error comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `/api/v1`: `{"error":{"code","message","details"}}`.
    Sessions,
    /// No prefix: `{"success":false,"error","error_code","timestamp","validation"?}`.
    Device,
}

#[derive(Serialize)]
struct SessionsEnvelope<'a> {
    error: SessionsError<'a>,
}

#[derive(Serialize)]
struct SessionsError<'a> {
    code: &'a str,
    message: &'a str,
    details: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct DeviceEnvelope<'a> {
    success: bool,
    error: &'a str,
    error_code: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<&'a Value>,
}

/// `fault` as `family` tells it, at `now_ms`.
pub fn fault(fault: &Fault, family: Family, now_ms: i64) -> Reply {
    let status = fault.code.status();
    let reply = match family {
        Family::Sessions => {
            let Fault { code, message, details } = fault;
            let error = SessionsError { code: code.as_str(), message, details };
            Reply::json(status, &SessionsEnvelope { error })
        }
        Family::Device => Reply::json(
            status,
            &DeviceEnvelope {
                success: false,
                error: &fault.message,
                error_code: fault.code.device_api(),
                timestamp: rfc3339(now_ms),
                validation: fault.details.get("fields"),
            },
        ),
    };
    let reply = match fault.retry_after() {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    };
    match (fault.code, fault.details.get("allow").and_then(|allow| allow.as_str())) {
        (FaultCode::Unauthorized, _) => reply.with("www-authenticate", "Bearer"),
        (FaultCode::MethodNotAllowed, Some(allow)) => reply.with("allow", allow),
        _ => reply,
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::fault::FieldFault;

    use super::*;
    use crate::reply::Body;

    fn text(reply: &Reply) -> String {
        let Body::Full(bytes) = &reply.body else { panic!("no stream expected") };
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn both_families_tell_the_same_fault() {
        let bad =
            Fault::invalid(&[FieldFault { field: "to".into(), message: "is required".into(), value: None }]);
        let reply = fault(&bad, Family::Sessions, 0);
        assert_eq!(reply.status, 400);
        assert_eq!(
            text(&reply),
            r#"{"error":{"code":"validation_error","message":"to: is required","details":{"fields":[{"field":"to","message":"is required"}]}}}"#
        );
        assert_eq!(
            text(&fault(&bad, Family::Device, 1_781_524_800_000)),
            r#"{"success":false,"error":"to: is required","error_code":"VALIDATION_ERROR","timestamp":"2026-06-15T12:00:00Z","validation":[{"field":"to","message":"is required"}]}"#
        );
    }

    #[test]
    fn headers_follow_from_the_fault() {
        let slow = Fault::new(FaultCode::RateLimited, "slow down").with("retryAfterSeconds", 7);
        assert!(fault(&slow, Family::Sessions, 0).headers.contains(&("retry-after", "7".into())));
        let no = Fault::new(FaultCode::Unauthorized, "no");
        assert!(fault(&no, Family::Sessions, 0).headers.contains(&("www-authenticate", "Bearer".into())));
    }

    #[test]
    fn dates_are_right() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds * 1000), date);
        }
    }
}
