//! The rule for a point in time.

use serde_json::{Value, json};

use super::Rule;
use crate::fields::Fields;
use crate::moment::parse_rfc3339;

/// The beginning of 2020, unix seconds. What lies before it is a time in another unit, as a rule.
const FIRST: i64 = 1_577_836_800;
/// The end of 2099, unix seconds.
const LAST: i64 = 4_102_444_800;

/// A point in time; the value is unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// How many milliseconds the unit of its numbers has; 0 where it may be no number.
    unit_ms: i64,
}

impl Moment {
    /// Unix seconds, or RFC 3339.
    pub const SECONDS: Self = Self { unit_ms: 1000 };
    /// Unix milliseconds, or RFC 3339.
    pub const MILLISECONDS: Self = Self { unit_ms: 1 };
    /// RFC 3339.
    pub const TEXT: Self = Self { unit_ms: 0 };

    fn wanted(self) -> &'static str {
        match self.unit_ms {
            0 => "must be RFC 3339, such as 2026-06-15T12:00:00Z, from 2020 to 2099",
            1 => "must be unix milliseconds or RFC 3339, from 2020 to 2099",
            _ => "must be unix seconds or RFC 3339, from 2020 to 2099",
        }
    }
}

impl Rule for Moment {
    type Value = i64;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<i64> {
        let Some(value) = fields.raw(field) else {
            fields.note(field, "is required");
            return None;
        };
        let ms = match value {
            Value::String(text) => parse_rfc3339(text),
            Value::Number(number) if self.unit_ms > 0 => {
                number.as_i64().and_then(|number| number.checked_mul(self.unit_ms))
            }
            _ => None,
        };
        let ms = ms.filter(|ms| (FIRST..LAST).contains(&ms.div_euclid(1000)));
        if ms.is_none() {
            fields.note(field, self.wanted());
        }
        ms
    }

    fn schema(&self) -> Value {
        let text = json!({"type": "string", "format": "date-time"});
        if self.unit_ms == 0 {
            return text;
        }
        let per_second = 1000 / self.unit_ms;
        let number =
            json!({"type": "integer", "minimum": FIRST * per_second, "maximum": LAST * per_second - 1});
        json!({"oneOf": [number, text]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Noted;

    fn read(rule: Moment, value: &str) -> Result<i64, String> {
        let body = format!(r#"{{"at":{value}}}"#);
        Fields::read(body.as_bytes(), |fields| rule.read(fields, "at").ok_or(Noted)).map_err(|f| f.message)
    }

    #[test]
    fn each_family_has_its_unit() {
        let at = 1_781_524_800_000;
        assert_eq!(read(Moment::SECONDS, "1781524800"), Ok(at));
        assert_eq!(read(Moment::MILLISECONDS, "1781524800123"), Ok(at + 123));
        for rule in [Moment::SECONDS, Moment::MILLISECONDS, Moment::TEXT] {
            assert_eq!(read(rule, r#""2026-06-15T12:00:00Z""#), Ok(at));
        }
    }

    #[test]
    fn what_is_of_another_unit_is_refused() {
        for (rule, value) in [
            (Moment::SECONDS, "1781524800000"),
            (Moment::MILLISECONDS, "1781524800"),
            (Moment::TEXT, "1781524800"),
            (Moment::SECONDS, "1781524800.5"),
            (Moment::SECONDS, "9223372036854775807"),
            (Moment::SECONDS, "true"),
            (Moment::SECONDS, r#""tomorrow""#),
            (Moment::SECONDS, r#""1999-06-15T12:00:00Z""#),
        ] {
            assert!(read(rule, value).unwrap_err().starts_with("at: must be"), "{value}");
        }
    }
}
