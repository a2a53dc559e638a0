//! How the fields of this component's bodies are read and described, where the contract has no rule for them.

use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::SessionId;
use edgewire_contract::shape::Rule;
use serde_json::{Value, json};

/// Longest webhook URL, characters.
const LONGEST_URL: usize = 2048;

/// A string that is read into something else.
#[derive(Debug, Clone, Copy)]
pub struct Parsed<T> {
    parse: fn(&str) -> Result<T, String>,
    schema: fn() -> Value,
}

impl<T> Rule for Parsed<T> {
    type Value = T;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<T> {
        fields.parsed(field, self.parse)
    }

    fn schema(&self) -> Value {
        (self.schema)()
    }
}

/// A session's id.
pub const fn session_id() -> Parsed<SessionId> {
    Parsed {
        parse: |text| SessionId::parse(text).map_err(|e| e.to_string()),
        schema: || json!({"$ref": "#/components/schemas/SessionId"}),
    }
}

/// An http or https URL with a host. Whether the gateway may go there is decided when it does.
pub const fn web_address() -> Parsed<String> {
    Parsed {
        parse: parse_web_address,
        schema: || json!({"type": "string", "format": "uri", "maxLength": LONGEST_URL, "pattern": "^https?://"}),
    }
}

/// A list of kinds of events.
#[derive(Debug, Clone, Copy)]
pub struct EventKinds;

/// Kinds of events; all (`*`) when the list is empty or missing.
pub const fn event_kinds() -> EventKinds {
    EventKinds
}

impl Rule for EventKinds {
    type Value = Vec<String>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Vec<String>> {
        let kinds = fields.list(field, EVENT_KINDS.len() + 1, |kind| {
            if kind == "*" || EVENT_KINDS.contains(&kind) {
                Ok(kind.to_owned())
            } else {
                Err(format!("must be * or one of {}", EVENT_KINDS.join(", ")))
            }
        });
        Some(if kinds.is_empty() { vec!["*".into()] } else { kinds })
    }

    fn schema(&self) -> Value {
        let kind = json!({"anyOf": [{"$ref": "#/components/schemas/EventKind"}, {"const": "*"}]});
        json!({"type": "array", "maxItems": EVENT_KINDS.len() + 1, "items": kind})
    }

    fn required(&self) -> bool {
        false
    }
}

fn parse_web_address(text: &str) -> Result<String, String> {
    let rest = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let usable = rest.is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        has_host(authority) && rest.bytes().all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b))
    });
    if text.chars().count() > LONGEST_URL {
        Err(format!("must be at most {LONGEST_URL} characters"))
    } else if usable {
        Ok(text.to_owned())
    } else {
        Err("must be an http or https URL with a host".into())
    }
}

/// Whether an URL's authority (`user@host:port`) names a host, and the port is one.
fn has_host(authority: &str) -> bool {
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
        Some(_) => return false,
        None => place.find(':').map_or((place, ""), |colon| place.split_at(colon)),
    };
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'%');
    let good_port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok());
    !host.is_empty() && host.bytes().all(named) && good_port
}
