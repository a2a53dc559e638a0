//! The errors: every code once, in the envelopes of both families.

use edgewire_contract::fault::FaultCode;
use edgewire_edge::describe::Operation;
use edgewire_edge::render::Family;
use serde_json::{Map, Value, json};

use crate::ordered::Node;
use crate::pascal;

/// The responses that operations refer to, in the order in which they first do.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, Value)>);

impl Faults {
    /// An operation's errors: status, and a reference. Codes of one status share a response.
    pub fn of(&mut self, operation: &Operation) -> Vec<(u16, Value)> {
        let mut by_status: Vec<(u16, Vec<FaultCode>)> = Vec::new();
        for code in operation.faults() {
            match by_status.iter_mut().find(|(status, _)| *status == code.status()) {
                Some((_, codes)) => codes.push(code),
                None => by_status.push((code.status(), vec![code])),
            }
        }
        by_status.sort_by_key(|(status, _)| *status);
        let references = by_status.into_iter().map(|(status, codes)| {
            let name = name(&codes, operation.family);
            if !self.0.iter().any(|(own, _)| *own == name) {
                self.0.push((name.clone(), response(&codes, operation.family)));
            }
            (status, json!({"$ref": format!("#/components/responses/{name}")}))
        });
        references.collect()
    }

    /// The responses.
    pub fn responses(self) -> Node {
        Node::Object(self.0.into_iter().map(|(name, told)| (name, Node::Leaf(told))).collect())
    }
}

fn name(codes: &[FaultCode], family: Family) -> String {
    let names: Vec<String> = codes.iter().map(|code| pascal(code.as_str())).collect();
    let family = if family == Family::Device { "Device" } else { "" };
    format!("{family}{}", names.join("Or"))
}

fn response(codes: &[FaultCode], family: Family) -> Value {
    let about: Vec<String> = codes
        .iter()
        .map(|code| {
            let spelled = if family == Family::Device { code.device_api() } else { code.as_str() };
            format!("`{spelled}`: {}", told(*code).about)
        })
        .collect();
    let mut headers = Map::new();
    let mut put = |name: &str, of: &str| {
        headers.insert(name.into(), json!({"$ref": format!("#/components/headers/{of}")}));
    };
    put("X-Request-Id", "RequestId");
    if codes.iter().all(|code| matches!(code, FaultCode::RateLimited | FaultCode::GatewayUnavailable)) {
        put("Retry-After", "RetryAfter");
    }
    if codes.contains(&FaultCode::Unauthorized) {
        put("WWW-Authenticate", "Authenticate");
    }
    let mut content = json!({"schema": schema(codes, family)});
    match codes {
        [code] => content["example"] = example(*code, family),
        many => {
            for code in many {
                content["examples"][code.as_str()] = json!({"value": example(*code, family)});
            }
        }
    }
    json!({"description": about.join(" "), "headers": headers, "content": {"application/json": content}})
}

/// The envelope, with no other codes than these.
fn schema(codes: &[FaultCode], family: Family) -> Value {
    match family {
        Family::Sessions => {
            let spelled: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            let mut error = json!({"code": {"enum": spelled}});
            if let [code] = codes
                && let Some(details) = told(*code).details
            {
                error["details"] = details;
            }
            json!({
                "allOf": [{"$ref": "#/components/schemas/Error"}],
                "properties": {"error": {"properties": error}},
            })
        }
        Family::Device => {
            let spelled: Vec<&str> = codes.iter().map(|code| code.device_api()).collect();
            json!({
                "allOf": [{"$ref": "#/components/schemas/DeviceError"}],
                "properties": {"error_code": {"enum": spelled}},
            })
        }
    }
}

fn example(code: FaultCode, family: Family) -> Value {
    let Told { message, example, .. } = told(code);
    match family {
        Family::Sessions => {
            json!({"error": {"code": code.as_str(), "message": message, "details": example}})
        }
        Family::Device => {
            let mut envelope = json!({
                "success": false, "error": message, "error_code": code.device_api(),
                "timestamp": "2026-06-15T12:00:00Z",
            });
            if example["fields"].is_array() {
                envelope["validation"] = example["fields"].clone();
            }
            envelope
        }
    }
}

/// What is told of a code.
struct Told {
    about: &'static str,
    message: &'static str,
    /// What `details` has, for an example.
    example: Value,
    /// The schema of `details`, where there is more to say than that it is an object.
    details: Option<Value>,
}

/// Exhaustive, so that a new code does not compile until it is told of.
fn told(code: FaultCode) -> Told {
    let of = |about, message, example| Told { about, message, example, details: None };
    let numbered =
        |name: &str| json!({"required": [name], "properties": {name: {"type": "integer", "minimum": 0}}});
    match code {
        FaultCode::ValidationError => Told {
            details: Some(json!({"properties": {"fields": {
                "type": "array", "items": {"$ref": "#/components/schemas/FieldFault"},
            }}})),
            ..of(
                "malformed JSON or bad fields, all of them in `details.fields`.",
                "to: is required",
                json!({"fields": [{"field": "to", "message": "is required"}]}),
            )
        },
        FaultCode::Unauthorized => of(
            "no token, or one that is unknown, expired or revoked.",
            "a valid token is required: Authorization: Bearer <token> or X-Api-Key: <token>",
            json!({}),
        ),
        FaultCode::Forbidden => of(
            "the token lacks the capability, or is for other sessions.",
            "the token lacks the capability send",
            json!({"capabilities": ["send"]}),
        ),
        FaultCode::NotFound => {
            of("no such thing, or another organization's.", "session not found", json!({}))
        }
        FaultCode::MethodNotAllowed => of(
            "the path exists, the method does not; `Allow` names those that do.",
            "the methods of this path are GET, DELETE",
            json!({"allow": "GET, DELETE"}),
        ),
        FaultCode::Conflict => of(
            "an `Idempotency-Key` that was used for another request, an id that is taken, a session that is paired already.",
            "the session is already paired",
            json!({"status": "connected"}),
        ),
        FaultCode::Cancelled => of(
            "what became of a scheduled message that was taken back; no request is answered so.",
            "it was cancelled before its time",
            json!({}),
        ),
        FaultCode::SessionNotConnected => of(
            "the session cannot send until a person acts, or is not connected now; `details.status` is its state.",
            "the session cannot send: it is waiting for qr",
            json!({"status": "waiting_for_qr", "reason": null}),
        ),
        FaultCode::PayloadTooLarge => of(
            "the body or the file is over its limit.",
            "the body is over 1048576 bytes",
            json!({"limit": 1_048_576}),
        ),
        FaultCode::UnsupportedMediaType => {
            of("a type of file that the kind does not take.", "image/tiff cannot be sent as image", json!({}))
        }
        FaultCode::RecipientUnavailable => of(
            "WhatsApp refused it; `details.ack_error` has its number.",
            "WhatsApp refused the message",
            json!({"ack_error": 463}),
        ),
        FaultCode::RateLimited => Told {
            details: Some(numbered("retryAfterSeconds")),
            ..of(
                "too much at once, or too many messages wait to be sent.",
                "too many messages wait to be sent; try again",
                json!({"retryAfterSeconds": 5}),
            )
        },
        FaultCode::NotImplemented => of(
            "what cannot be done now, or at all; the message says why.",
            "the session is not connected",
            json!({"status": "reconnecting"}),
        ),
        FaultCode::MediaFetchFailed => of(
            "a URL of a file that could not be fetched.",
            "the file could not be fetched: its address is private",
            json!({}),
        ),
        FaultCode::GatewayUnavailable => of(
            "Redis cannot be reached.",
            "the gateway's store cannot be reached; try again",
            json!({"retryAfterSeconds": 1}),
        ),
        FaultCode::Timeout => of(
            "no result in time; it is still carried out: ask for `details.outboxId` later.",
            "no result within 30 s; the message is still on its way: ask GET /api/v1/outbox/01K8ZQ4T5V0006N6R6J1Q4X0AB",
            json!({"outboxId": "01K8ZQ4T5V0006N6R6J1Q4X0AB", "waMessageId": "3EB0218E40B57E61441F58"}),
        ),
        FaultCode::Internal => of(
            "a fault of the gateway's.",
            "internal error; the X-Request-Id leads to its cause in the log",
            json!({}),
        ),
    }
}

/// The envelopes.
pub fn schemas() -> Vec<(String, Value)> {
    let spelled = |spelling: fn(FaultCode) -> &'static str| FaultCode::ALL.map(spelling);
    let field = json!({
        "type": "object", "description": "A bad field.", "required": ["field", "message"],
        "properties": {
            "field": {"type": "string", "description": "Where: `to`, `options[2]`, `media.url`; `body` for the whole of it, `query.limit` for a parameter."},
            "message": {"type": "string", "description": "What is wrong with it."},
            "value": {"description": "What was given, when it is short."},
        },
    });
    let error = json!({
        "type": "object", "description": "An error of the Sessions API.", "required": ["error"],
        "properties": {"error": {
            "type": "object", "required": ["code", "message", "details"],
            "properties": {
                "code": {"$ref": "#/components/schemas/ErrorCode"},
                "message": {"type": "string", "description": "A sentence for a person."},
                "details": {"type": "object", "description": "Facts for programs, by code."},
            },
        }},
    });
    let device = json!({
        "type": "object", "description": "An error of the Device API.",
        "required": ["success", "error", "error_code", "timestamp"],
        "properties": {
            "success": {"const": false},
            "error": {"type": "string", "description": "A sentence for a person."},
            "error_code": {"$ref": "#/components/schemas/DeviceErrorCode"},
            "timestamp": {"type": "string", "format": "date-time"},
            "validation": {
                "type": "array", "description": "Every bad field.",
                "items": {"$ref": "#/components/schemas/FieldFault"},
            },
        },
    });
    vec![
        ("ErrorCode".into(), json!({"type": "string", "enum": spelled(FaultCode::as_str)})),
        ("Error".into(), error),
        ("FieldFault".into(), field),
        ("DeviceErrorCode".into(), json!({"type": "string", "enum": spelled(FaultCode::device_api)})),
        ("DeviceError".into(), device),
    ]
}
