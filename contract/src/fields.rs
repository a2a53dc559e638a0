//! Reads a request's JSON body field by field and remembers *every* bad one.
//!
//! ```
//! use edgewire_contract::fields::Fields;
//! let body = br#"{"to":"12","text":5}"#;
//! let fault = Fields::read(body, |f| Ok((f.recipient("to"), f.text("text", 1, 4096)))).unwrap_err();
//! assert_eq!(fault.details["fields"].as_array().unwrap().len(), 2);
//! ```
//!
//! A reader gives `None` for a bad field after noting it; [`Fields::read`] answers the faults if there are any, so a
//! handler may `ok_or` nothing: inside the closure a `?` on an `Option` ends the reading and the notes decide.

use serde_json::{Map, Value};

use crate::fault::{Fault, FieldFault};
use crate::ids::{MessageId, SessionId};
use crate::jid::{Jid, digits_of_phone};

/// How deep a body may nest. serde_json itself stops at 128; nothing we take needs more than a few.
const MAX_DEPTH: usize = 32;
/// How long a value may be, in characters of JSON, to be shown back.
const SHOWN_VALUE: usize = 64;

/// The object being read, and the faults found so far.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
    faults: Vec<FieldFault>,
}

/// Ends a reading early; the faults noted in the [`Fields`] say why.
#[derive(Debug, Clone, Copy)]
pub struct Noted;

impl<'a> Fields<'a> {
    /// Parses `body` as a JSON object and gives it to `reader`. Any fault that the reader noted wins over its value.
    ///
    /// # Errors
    /// 400 naming every bad field; `body` when it is not a JSON object.
    pub fn read<T>(
        body: &[u8],
        reader: impl FnOnce(&mut Fields<'_>) -> Result<T, Noted>,
    ) -> Result<T, Fault> {
        let whole =
            |message: String| Fault::invalid(&[FieldFault { field: "body".into(), message, value: None }]);
        let value: Value =
            serde_json::from_slice(body).map_err(|e| whole(format!("is not valid JSON: {e}")))?;
        if depth(&value) > MAX_DEPTH {
            return Err(whole(format!("nests deeper than {MAX_DEPTH} levels")));
        }
        let Value::Object(object) = &value else { return Err(whole("must be a JSON object".into())) };
        let mut fields = Fields { object, prefix: String::new(), faults: Vec::new() };
        let result = reader(&mut fields);
        match (result, fields.faults.is_empty()) {
            (Ok(value), true) => Ok(value),
            (Err(Noted), true) => Err(whole("is invalid".into())),
            (_, false) => Err(Fault::invalid(&fields.faults)),
        }
    }

    /// Notes that `field` is bad, and how.
    pub fn note(&mut self, field: &str, message: impl Into<String>) {
        let value = self.object.get(field).filter(|v| v.to_string().len() <= SHOWN_VALUE).cloned();
        let field = format!("{}{field}", self.prefix);
        self.faults.push(FieldFault { field, message: message.into(), value });
    }

    /// The raw value, absent when it is missing or null.
    pub fn raw(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|v| !v.is_null())
    }

    fn required(&mut self, field: &str) -> Option<&'a Value> {
        let value = self.raw(field);
        if value.is_none() {
            self.note(field, "is required");
        }
        value
    }

    /// A string of `min..=max` characters (Unicode scalar values).
    pub fn text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.required(field)?;
        self.optional_text(field, min, max)
    }

    /// As [`Self::text`], but may be missing.
    pub fn optional_text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        let Value::String(text) = self.raw(field)? else {
            self.note(field, "must be a string");
            return None;
        };
        let length = text.chars().count();
        if length < min && text.is_empty() {
            self.note(field, "must not be empty");
        } else if length < min {
            self.note(field, format!("must be at least {min} characters"));
        } else if length > max {
            self.note(field, format!("must be at most {max} characters, has {length}"));
        } else {
            return Some(text.clone());
        }
        None
    }

    /// A string that `parse` accepts.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.required(field)?;
        self.optional_parsed(field, parse)
    }

    /// As [`Self::parsed`], but may be missing.
    pub fn optional_parsed<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Value::String(text) = self.raw(field)? else {
            self.note(field, "must be a string");
            return None;
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(e) => {
                self.note(field, e.to_string());
                None
            }
        }
    }

    /// A phone number or JID.
    pub fn recipient(&mut self, field: &str) -> Option<Jid> {
        self.parsed(field, Jid::parse_recipient)
    }

    /// A phone number's digits.
    pub fn phone(&mut self, field: &str) -> Option<String> {
        self.parsed(field, digits_of_phone)
    }

    /// A message id that may be missing.
    pub fn optional_message_id(&mut self, field: &str) -> Option<MessageId> {
        self.optional_parsed(field, MessageId::parse)
    }

    /// A session id that may be missing.
    pub fn optional_session_id(&mut self, field: &str) -> Option<SessionId> {
        self.optional_parsed(field, SessionId::parse)
    }

    /// A boolean, `default` when missing.
    pub fn flag(&mut self, field: &str, default: bool) -> bool {
        match self.raw(field) {
            None => default,
            Some(Value::Bool(b)) => *b,
            Some(_) => {
                self.note(field, "must be true or false");
                default
            }
        }
    }

    /// A whole number of `min..=max` that may be missing.
    pub fn optional_integer(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        let value = self.raw(field)?;
        match value.as_i64() {
            Some(n) if (min..=max).contains(&n) => Some(n),
            Some(_) => {
                self.note(field, format!("must be from {min} to {max}"));
                None
            }
            None => {
                self.note(field, "must be a whole number");
                None
            }
        }
    }

    /// One of `names`; the value is its place in the list.
    pub fn choice(&mut self, field: &str, names: &[&str]) -> Option<usize> {
        self.parsed(field, |text| {
            names
                .iter()
                .position(|n| *n == text)
                .ok_or_else(|| format!("must be one of {}", names.join(", ")))
        })
    }

    /// A list of recipients that may be missing; a bad item is named `field[i]`.
    pub fn recipients(&mut self, field: &str, max: usize) -> Vec<Jid> {
        self.list(field, max, |text| Jid::parse_recipient(text).map_err(|e| e.to_string()))
    }

    /// A list of strings that may be missing; a bad item is named `field[i]`.
    pub fn list<T>(&mut self, field: &str, max: usize, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(value) = self.raw(field) else { return Vec::new() };
        let Value::Array(items) = value else {
            self.note(field, "must be a list");
            return Vec::new();
        };
        if items.len() > max {
            self.note(field, format!("must have at most {max} items, has {}", items.len()));
            return Vec::new();
        }
        let mut parsed = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let result = item.as_str().ok_or_else(|| "must be a string".to_owned()).and_then(&parse);
            match result {
                Ok(value) => parsed.push(value),
                Err(message) => self.note(&format!("{field}[{i}]"), message),
            }
        }
        parsed
    }

    /// A nested object that may be missing; its fields are named `field.…`.
    pub fn optional_object<T>(
        &mut self,
        field: &str,
        reader: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(object) = self.raw(field)? else {
            self.note(field, "must be an object");
            return None;
        };
        let mut inner = Fields { object, prefix: format!("{}{field}.", self.prefix), faults: Vec::new() };
        let value = reader(&mut inner);
        self.faults.append(&mut inner.faults);
        value
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(body: &str) -> Vec<String> {
        Fields::read(body.as_bytes(), |f| {
            let to = f.recipient("to");
            let text = f.text("text", 1, 5);
            let _ = f.recipients("mentions", 2);
            let _ = f.flag("ptt", false);
            Ok((to.ok_or(Noted)?, text.ok_or(Noted)?))
        })
        .map_or_else(
            |fault| {
                let fields = fault.details["fields"].as_array().unwrap().clone();
                fields
                    .iter()
                    .map(|f| format!("{} {}", f["field"].as_str().unwrap(), f["message"].as_str().unwrap()))
                    .collect()
            },
            |_| Vec::new(),
        )
    }

    #[test]
    fn a_good_body_has_no_faults_and_unknown_fields_are_ignored() {
        assert!(faults(r#"{"to":"628123456789","text":"hello","x":[1]}"#).is_empty());
    }

    #[test]
    fn every_bad_field_is_named() {
        assert_eq!(
            faults(r#"{"text":"toolong","mentions":["628123456789",7],"ptt":"yes"}"#),
            [
                "to is required",
                "text must be at most 5 characters, has 7",
                "mentions[1] must be a string",
                "ptt must be true or false"
            ]
        );
        assert_eq!(faults(r#"{"to":null,"text":""}"#), ["to is required", "text must not be empty"]);
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(faults(r#"{"to":"628123456789","text":"ééééé"}"#).is_empty());
    }

    #[test]
    fn what_is_no_object_is_named_body() {
        for bad in [
            "",
            "{",
            "[]",
            "5",
            "\"x\"",
            "null",
            &"[".repeat(1000),
            &format!("{{\"a\":{}}}", "[".repeat(60) + &"]".repeat(60)),
        ] {
            assert!(faults(bad)[0].starts_with("body "), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in "\\PC{0,200}") {
            let _ = faults(&body);
        }
    }
}
