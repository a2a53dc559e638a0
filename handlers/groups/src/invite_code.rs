//! An invite to a group: its code, or the link around it.

use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::fields::Fields;
use edgewire_contract::shape::Rule;
use edgewire_edge::Problem;
use edgewire_edge::asking::is_no_session;
use serde_json::{Value, json};

/// The field that a bad invite is told of under.
pub const FIELD: &str = "invite";
/// The longest code, characters. WhatsApp's have 22.
const LONGEST: usize = 64;

const MUST_BE: &str = "must be an invite code, or a link https://chat.whatsapp.com/<code>";

/// The code in `text`, which is a code or a link.
///
/// # Errors
/// Says what is expected.
pub fn parse(text: &str) -> Result<String, String> {
    let text = text.trim();
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let code = match bare.strip_prefix("chat.whatsapp.com/") {
        Some(path) => {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            path.strip_prefix("invite/").unwrap_or(path).trim_end_matches('/')
        }
        None => text,
    };
    let is_code = (1..=LONGEST).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    is_code.then(|| code.to_owned()).ok_or_else(|| MUST_BE.to_owned())
}

/// 400 naming the field `field`.
pub fn bad(field: &str, message: impl Into<String>) -> Fault {
    Fault::invalid(&[FieldFault { field: field.into(), message: message.into(), value: None }])
}

/// What is told when WhatsApp knows no group behind a code: it is the invite that is bad.
pub fn refused(mut problem: Problem) -> Problem {
    if problem.fault.code == FaultCode::NotFound && !is_no_session(&problem.fault) {
        problem.fault = bad(FIELD, "is no invite, or one that has expired or was revoked");
    }
    problem
}

/// The rule of a body's field.
#[derive(Debug, Clone, Copy)]
pub struct Invite;

impl Rule for Invite {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, parse)
    }

    fn schema(&self) -> Value {
        json!({
            "type": "string",
            "pattern": format!("^(https?://)?(chat\\.whatsapp\\.com/(invite/)?)?[A-Za-z0-9_-]{{1,{LONGEST}}}/?([?#].*)?$"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_its_code() {
        for text in [
            "AbCdEfGhIjKlMnOpQrStUv",
            " AbCdEfGhIjKlMnOpQrStUv\n",
            "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv",
            "http://chat.whatsapp.com/invite/AbCdEfGhIjKlMnOpQrStUv/",
            "chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv?mode=ac_t#x",
        ] {
            assert_eq!(parse(text).as_deref(), Ok("AbCdEfGhIjKlMnOpQrStUv"), "{text}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        let long = "x".repeat(65);
        for bad in [
            "",
            " ",
            "a b",
            "https://chat.whatsapp.com/",
            "https://chat.whatsapp.com/a/b",
            "https://example.com/AbCdEfGhIjKlMnOpQrStUv",
            "https://AbCdEfGhIjKlMnOpQrStUv",
            &long,
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_code(text in "\\PC{0,80}") {
            if let Ok(code) = parse(&text) {
                prop_assert_eq!(parse(&code), Ok(code));
            }
        }
    }
}
