//! How the fields of a webhook are read and described, whatever route they come by.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::target;
use crate::event::EVENT_KINDS;
use crate::fields::Fields;
use crate::shape::Rule;

/// Longest signing secret, characters.
pub const LONGEST_SECRET: usize = 256;
/// Most entries in a list of events.
pub const MOST_EVENTS: usize = 64;
/// Most headers of one's own.
pub const MOST_HEADERS: usize = 20;
/// Longest name of a header.
const LONGEST_HEADER_NAME: usize = 64;
/// Longest value of a header.
const LONGEST_HEADER_VALUE: usize = 1024;

/// Headers that are the connection's, the message's or ours. (With `x-webhook-…` and `proxy-…`.)
const RESERVED: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A webhook's URL.
#[derive(Debug, Clone, Copy)]
pub struct Target;

impl Rule for Target {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, |text| target::check(text).map(|()| text.to_owned()))
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "format": "uri", "maxLength": target::LONGEST, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"})
    }
}

/// Notes that the URL in `field` leads to this machine, if it does and may not.
pub fn refuse_this_machine(fields: &mut Fields<'_>, field: &str, allowed: bool) {
    let leads = |url: &Value| {
        url.as_str().is_some_and(|url| target::check(url).is_ok() && target::is_this_machine(url))
    };
    if !allowed && fields.raw(field).is_some_and(leads) {
        fields.note(field, target::IS_THIS_MACHINE);
    }
}

/// Kinds of events; all (`*`) when the list is empty or missing.
#[derive(Debug, Clone, Copy)]
pub struct Kinds;

impl Rule for Kinds {
    type Value = Vec<String>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Vec<String>> {
        let kinds = fields.list(field, MOST_EVENTS, |kind| {
            if EVENT_KINDS.iter().any(|known| super::wanted(kind, known)) {
                Ok(kind.to_owned())
            } else {
                let message = "must be *, a kind's name, or its beginning and .* (message.*); the kinds are";
                Err(format!("{message} {}", EVENT_KINDS.join(", ")))
            }
        });
        Some(if kinds.is_empty() { vec!["*".into()] } else { kinds })
    }

    fn schema(&self) -> Value {
        let kind = json!({"anyOf": [
            {"$ref": "#/components/schemas/EventKind"},
            {"const": "*"},
            {"type": "string", "pattern": "^[a-z_.]+\\.\\*$"},
        ]});
        json!({"type": "array", "maxItems": MOST_EVENTS, "items": kind})
    }

    fn required(&self) -> bool {
        false
    }
}

/// Headers of one's own.
#[derive(Debug, Clone, Copy)]
pub struct Headers;

impl Rule for Headers {
    type Value = BTreeMap<String, String>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Self::Value> {
        let mut headers = BTreeMap::new();
        let Some(value) = fields.raw(field) else { return Some(headers) };
        let Value::Object(object) = value else {
            fields.note(field, "must be an object: names and values");
            return None;
        };
        if object.len() > MOST_HEADERS {
            fields.note(field, format!("must have at most {MOST_HEADERS} headers, has {}", object.len()));
            return None;
        }
        let mut good = true;
        for (name, value) in object {
            let problem = header_problem(name, value).or_else(|| {
                let twice = headers.keys().any(|known: &String| known.eq_ignore_ascii_case(name));
                twice.then(|| "is there twice".to_owned())
            });
            match problem {
                None => {
                    headers.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
                }
                Some(problem) => {
                    let shown: String = name.chars().take(LONGEST_HEADER_NAME).collect();
                    fields.note(&format!("{field}.{shown}"), problem);
                    good = false;
                }
            }
        }
        good.then_some(headers)
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object", "maxProperties": MOST_HEADERS,
            "propertyNames": {"pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"},
            "additionalProperties": {"type": "string", "maxLength": LONGEST_HEADER_VALUE, "pattern": "^[ -~\\t]*$"},
        })
    }

    fn required(&self) -> bool {
        false
    }
}

/// What is wrong with a header.
fn header_problem(name: &str, value: &Value) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let problem = if name.is_empty() || name.len() > LONGEST_HEADER_NAME || !name.bytes().all(token) {
        "is no header's name"
    } else if RESERVED.contains(&lower.as_str())
        || lower.starts_with("x-webhook-")
        || lower.starts_with("proxy-")
    {
        "is set by the gateway"
    } else {
        match value.as_str() {
            None => "must be a string",
            Some(text) if text.len() > LONGEST_HEADER_VALUE => {
                return Some(format!(
                    "must be at most {LONGEST_HEADER_VALUE} characters, has {}",
                    text.len()
                ));
            }
            Some(text) if !text.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t')) => {
                "must be printable ASCII, without line ends"
            }
            Some(_) => return None,
        }
    };
    Some(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;
    use crate::fields::Noted;

    fn read<R: Rule>(rule: R, body: &Value) -> Result<R::Value, Fault> {
        Fields::read(body.to_string().as_bytes(), |fields| rule.read(fields, "x").ok_or(Noted))
    }

    fn bad<R: Rule>(rule: R, body: &Value) -> Vec<String> {
        let Err(fault) = read(rule, body) else { panic!("{body} passed") };
        let fields = fault.details["fields"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|f| f["field"].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn kinds_are_named_or_begun() {
        let all = json!({"x": ["message", "message.*", "auth.*", "*"]});
        assert_eq!(read(Kinds, &all).unwrap(), ["message", "message.*", "auth.*", "*"]);
        for none in [json!({}), json!({"x": null}), json!({"x": []})] {
            assert_eq!(read(Kinds, &none).unwrap(), ["*"]);
        }
        assert_eq!(bad(Kinds, &json!({"x": ["smoke", "smoke.*", ".*", "", "message*"]})).len(), 5);
        assert_eq!(bad(Kinds, &json!({"x": vec!["*"; MOST_EVENTS + 1]})), ["x"]);
    }

    #[test]
    fn good_headers_are_kept_as_they_are() {
        let body = json!({"x": {"Authorization": "Bearer abc", "X-Tenant": "7", "user-agent": ""}});
        assert_eq!(read(Headers, &body).unwrap()["Authorization"], "Bearer abc");
        assert!(read(Headers, &json!({})).unwrap().is_empty());
    }

    #[test]
    fn every_bad_header_is_named() {
        let body = json!({"x": {
            "Host": "a", "content-LENGTH": "1", "Transfer-Encoding": "chunked", "X-Webhook-Hmac": "0", "Proxy-X": "1",
            "a b": "1", "": "1", "X-Line": "a\r\nb", "X-Number": 7, "X-Long": "v".repeat(1025), "X-Accent": "é", "Good": "1",
        }});
        assert_eq!(
            bad(Headers, &body),
            [
                "x.",
                "x.Host",
                "x.Proxy-X",
                "x.Transfer-Encoding",
                "x.X-Accent",
                "x.X-Line",
                "x.X-Long",
                "x.X-Number",
                "x.X-Webhook-Hmac",
                "x.a b",
                "x.content-LENGTH",
            ]
        );
        assert_eq!(bad(Headers, &json!({"x": {"A": "1", "a": "2"}})), ["x.a"]);
        assert_eq!(bad(Headers, &json!({"x": ["A"]})), ["x"]);
        let many: serde_json::Map<_, _> = (0..=MOST_HEADERS).map(|i| (format!("h{i}"), json!("1"))).collect();
        assert_eq!(bad(Headers, &json!({"x": many})), ["x"]);
    }

    #[test]
    fn this_machine_is_refused_unless_it_is_allowed() {
        let body = json!({"x": "http://localhost/"}).to_string();
        let read = |allowed| {
            Fields::read(body.as_bytes(), |fields| {
                let url = Target.read(fields, "x");
                refuse_this_machine(fields, "x", allowed);
                url.ok_or(Noted)
            })
        };
        assert!(read(true).is_ok());
        assert_eq!(read(false).unwrap_err().message, format!("x: {}", target::IS_THIS_MACHINE));
    }
}
