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
use crate::media::BlobRef;

/// How deep a body may nest. serde_json itself stops at 128; nothing we take needs more than a few.
const MAX_DEPTH: usize = 32;
/// How many values a body may have. The smallest objects take hundreds of times their text once they are parsed, and an
/// instance has 64 MiB; the longest list that we take has about a thousand.
const MAX_PARTS: usize = 20_000;
/// How long a value may be, in characters of JSON, to be shown back.
const SHOWN_VALUE: usize = 64;

/// What stands in a body's JSON for a string that was too long to be kept in memory: this and its place in the list of
/// [`LongText`]s. A caller who writes it himself reaches a string of his own, or none.
pub const LONG_TEXT_MARK: &str = "\u{0}long:";

/// A string that was taken out of the body as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText {
    /// Its length, in bytes of UTF-8.
    pub length: u64,
    /// What became of it.
    pub kept: Kept,
}

/// What became of a long string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It was base64, or a data: URI; its bytes are in Redis.
    Blob {
        /// Where.
        blob: BlobRef,
        /// What a data: URI says of its type.
        mimetype: Option<String>,
    },
    /// It was not.
    NotBase64,
}

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
        if parts(body) > MAX_PARTS {
            return Err(whole(format!("has more than {MAX_PARTS} values")));
        }
        let value: Value =
            serde_json::from_slice(body).map_err(|e| whole(format!("is not valid JSON: {e}")))?;
        if depth(&value) > MAX_DEPTH {
            return Err(whole(format!("nests deeper than {MAX_DEPTH} levels")));
        }
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
        if let Some(long) = self.long_text(field) {
            let message = format!("must be at most {max} characters, has {}", long.length);
            self.note(field, message);
            return None;
        }
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
        match parse(self.string(field)?) {
            Ok(value) => Some(value),
            Err(e) => {
                self.note_shown(field, &e);
                None
            }
        }
    }

    // What follows is not generic, so that a component has it once and not once for each type that is read.

    fn string(&mut self, field: &str) -> Option<&'a str> {
        let value = self.raw(field)?.as_str();
        if value.is_none() {
            self.note_plain(field, "must be a string");
        }
        value
    }

    #[inline(never)]
    fn note_shown(&mut self, field: &str, message: &dyn std::fmt::Display) {
        self.note(field, message.to_string());
    }

    #[inline(never)]
    fn note_plain(&mut self, field: &str, message: &'static str) {
        self.note(field, message);
    }

    /// Its items under their names, `field[i]`.
    fn named_items(&mut self, field: &str, min: usize, max: usize) -> Option<Map<String, Value>> {
        let Value::Array(items) = self.required(field)? else {
            self.note_plain(field, "must be a list");
            return None;
        };
        if items.len() < min || items.len() > max {
            let message = match (min, max) {
                (1, _) if items.is_empty() => "must not be empty".to_owned(),
                _ if items.len() < min => format!("must have at least {min} items, has {}", items.len()),
                _ => format!("must have at most {max} items, has {}", items.len()),
            };
            self.note(field, message);
            return None;
        }
        let mut named = Map::new();
        for (i, value) in items.iter().enumerate() {
            named.insert(place(field, i), value.clone());
        }
        Some(named)
    }

    fn object_in(&mut self, field: &str) -> Option<Fields<'a>> {
        let Value::Object(object) = self.raw(field)? else {
            self.note_plain(field, "must be an object");
            return None;
        };
        Some(self.within(object, format!("{}{field}.", self.prefix)))
    }

    fn within<'b>(&self, object: &'b Map<String, Value>, prefix: String) -> Fields<'b>
    where
        'a: 'b,
    {
        Fields { object, prefix, faults: Vec::new(), long: self.long }
    }

    #[inline(never)]
    fn add(&mut self, mut faults: Vec<FieldFault>) {
        self.faults.append(&mut faults);
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

    /// As [`Self::optional_integer`], but must be there.
    pub fn integer(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        self.required(field)?;
        self.optional_integer(field, min, max)
    }

    /// A number of `min..=max`.
    pub fn number(&mut self, field: &str, min: f64, max: f64) -> Option<f64> {
        let Some(n) = self.required(field)?.as_f64() else {
            self.note(field, "must be a number");
            return None;
        };
        if (min..=max).contains(&n) {
            return Some(n);
        }
        // As JSON writes them: what writes a float in another way is 20 KB in a component.
        let [min, max] = [min, max].map(|limit| Value::from(limit).to_string());
        let message =
            format!("must be from {} to {}", min.trim_end_matches(".0"), max.trim_end_matches(".0"));
        self.note(field, message);
        None
    }

    /// The string in `field`, if it was taken out of the body for its length.
    pub fn long_text(&self, field: &str) -> Option<&'a LongText> {
        let place = self.raw(field)?.as_str()?.strip_prefix(LONG_TEXT_MARK)?;
        self.long.get(place.parse::<usize>().ok()?)
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

    /// A list of `min..=max` items; `item` reads each, from the field that it is given. `None` when an item is bad.
    pub fn items<T>(
        &mut self,
        field: &str,
        min: usize,
        max: usize,
        item: impl Fn(&mut Fields<'_>, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let named = self.named_items(field, min, max)?;
        let mut inner = self.within(&named, self.prefix.clone());
        let mut read = Vec::new();
        for i in 0..named.len() {
            read.extend(item(&mut inner, &place(field, i)));
        }
        let faults = inner.faults;
        self.add(faults);
        (read.len() == named.len()).then_some(read)
    }

    /// Notes every item of the list in `field` that an earlier one equals; `None` when there is one.
    pub fn no_item_twice(&mut self, field: &str) -> Option<()> {
        let Value::Array(items) = self.raw(field)? else { return Some(()) };
        let twice: Vec<usize> = (1..items.len()).filter(|i| items[..*i].contains(&items[*i])).collect();
        for i in &twice {
            self.note(&format!("{field}[{i}]"), "is there twice");
        }
        twice.is_empty().then_some(())
    }

    /// A nested object; its fields are named `field.…`.
    pub fn object<T>(&mut self, field: &str, reader: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Option<T> {
        self.required(field)?;
        self.optional_object(field, reader)
    }

    /// A nested object that may be missing; its fields are named `field.…`.
    pub fn optional_object<T>(
        &mut self,
        field: &str,
        reader: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let mut inner = self.object_in(field)?;
        let value = reader(&mut inner);
        self.add(inner.faults);
        value
    }
}

/// The name of a list's item.
fn place(field: &str, i: usize) -> String {
    format!("{field}[{i}]")
}

/// How many values the JSON in `body` has, without parsing it: nearly so, and never less than half of them.
fn parts(body: &[u8]) -> usize {
    let (mut parts, mut inside, mut escaped) = (0, false, false);
    for byte in body {
        match (inside, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => inside = !inside,
            (false, b'{' | b'[' | b',') => parts += 1,
            _ => {}
        }
    }
    parts
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
