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
//!
//! * this file: the reading, and the notes; `values`: texts, numbers, flags; `nested`: lists and objects;
//! * `long`: strings that were taken out of the body; `limits`: how large a body may be.

mod limits;
mod long;
mod nested;
mod values;

use serde_json::{Map, Value};

pub use self::long::{Kept, LONG_TEXT_MARK, LongText};
use crate::fault::{Fault, FieldFault};

/// How long a value may be, in characters of JSON, to be shown back.
const SHOWN_VALUE: usize = 64;

/// The object being read, and the faults found so far.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
    faults: Vec<FieldFault>,
    long: &'a [LongText],
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
        Self::read_with(body, &[], reader)
    }

    /// As [`Self::read`], of a body whose long strings were taken out.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_with<T>(
        body: &[u8],
        long: &[LongText],
        reader: impl FnOnce(&mut Fields<'_>) -> Result<T, Noted>,
    ) -> Result<T, Fault> {
        let whole =
            |message: String| Fault::invalid(&[FieldFault { field: "body".into(), message, value: None }]);
        let value = limits::parse(body).map_err(whole)?;
        let Value::Object(object) = &value else { return Err(whole("must be a JSON object".into())) };
        let mut fields = Fields { object, prefix: String::new(), faults: Vec::new(), long };
        let result = reader(&mut fields);
        match (result, fields.faults.is_empty()) {
            (Ok(value), true) => Ok(value),
            (Err(Noted), true) => Err(whole("is invalid".into())),
            (_, false) => Err(Fault::invalid(&fields.faults)),
        }
    }

    /// Notes that `field` is bad, and how.
    pub fn note(&mut self, field: &str, message: impl Into<String>) {
        let mark = |v: &Value| v.as_str().is_some_and(|text| text.starts_with(LONG_TEXT_MARK));
        let value =
            self.object.get(field).filter(|v| !mark(v) && v.to_string().len() <= SHOWN_VALUE).cloned();
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
            self.note_plain(field, "is required");
        }
        value
    }

    // These are not generic: a component has them once, and not once for each type that is read.

    #[inline(never)]
    fn note_shown(&mut self, field: &str, message: &dyn std::fmt::Display) {
        self.note(field, message.to_string());
    }

    #[inline(never)]
    fn note_plain(&mut self, field: &str, message: &'static str) {
        self.note(field, message);
    }
}

#[cfg(test)]
mod tests;
