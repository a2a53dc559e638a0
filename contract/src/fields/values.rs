//! Single values: texts, numbers, flags.

use serde_json::Value;

use super::Fields;
use crate::jid::{Jid, digits_of_phone};

impl<'a> Fields<'a> {
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

    /// A phone number or JID.
    pub fn recipient(&mut self, field: &str) -> Option<Jid> {
        self.parsed(field, Jid::parse_recipient)
    }

    /// A phone number's digits.
    pub fn phone(&mut self, field: &str) -> Option<String> {
        self.parsed(field, digits_of_phone)
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

    /// One of `names`; the value is its place in the list.
    pub fn choice(&mut self, field: &str, names: &[&str]) -> Option<usize> {
        self.parsed(field, |text| {
            names
                .iter()
                .position(|n| *n == text)
                .ok_or_else(|| format!("must be one of {}", names.join(", ")))
        })
    }

    /// Not generic: a component has it once, and not once for each type that is read.
    fn string(&mut self, field: &str) -> Option<&'a str> {
        let value = self.raw(field)?.as_str();
        if value.is_none() {
            self.note_plain(field, "must be a string");
        }
        value
    }
}
