//! Rules for single values.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Rule;
use crate::fields::Fields;
use crate::ids::{MessageId, OrganizationId, SessionId, UserId};
use crate::jid::{Jid, JidKind, digits_of_phone};

/// A string of `min..=max` characters.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    min: usize,
    max: usize,
}

/// A string of `min..=max` characters (Unicode scalar values).
pub const fn text(min: usize, max: usize) -> Text {
    Text { min, max }
}

impl Rule for Text {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.text(field, self.min, self.max)
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "minLength": self.min, "maxLength": self.max})
    }
}

/// A string that is read into something else.
#[derive(Debug, Clone, Copy)]
pub struct Parsed<T> {
    parse: fn(&str) -> Result<T, String>,
    /// JSON. (A function would be carried by every component, since it is not known that none calls it.)
    schema: &'static str,
}

impl<T> Rule for Parsed<T> {
    type Value = T;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<T> {
        fields.parsed(field, self.parse)
    }

    fn schema(&self) -> Value {
        serde_json::from_str(self.schema).expect("is JSON")
    }
}

/// A phone number or a JID of any kind.
pub const fn recipient() -> Parsed<Jid> {
    Parsed {
        parse: |text| Jid::parse_recipient(text).map_err(|e| e.to_string()),
        schema: r##"{"$ref": "#/components/schemas/Recipient"}"##,
    }
}

/// A chat: as [`recipient`].
pub const fn chat() -> Parsed<Jid> {
    recipient()
}

fn of_kind(text: &str, kinds: &[JidKind], message: &str) -> Result<Jid, String> {
    match Jid::parse_recipient(text) {
        Ok(jid) if kinds.contains(&jid.kind()) => Ok(jid),
        Ok(_) => Err(message.to_owned()),
        Err(e) => Err(e.to_string()),
    }
}

/// A person: a phone number, `@s.whatsapp.net` or `@lid`.
pub const fn person() -> Parsed<Jid> {
    Parsed {
        parse: |text| {
            let message = "must be a person: a phone number or a JID (@s.whatsapp.net, @lid)";
            of_kind(text, &[JidKind::Phone, JidKind::Lid], message)
        },
        schema: r##"{"$ref": "#/components/schemas/Person"}"##,
    }
}

/// A group, `@g.us`.
pub const fn group() -> Parsed<Jid> {
    Parsed {
        parse: |text| of_kind(text, &[JidKind::Group], "must be a group's JID (@g.us)"),
        schema: r##"{"$ref": "#/components/schemas/Group"}"##,
    }
}

/// A newsletter (channel), `@newsletter`.
pub const fn newsletter() -> Parsed<Jid> {
    Parsed {
        parse: |text| of_kind(text, &[JidKind::Newsletter], "must be a newsletter's JID (@newsletter)"),
        schema: r##"{"$ref": "#/components/schemas/Newsletter"}"##,
    }
}

/// A phone number; the value is its digits.
pub const fn phone() -> Parsed<String> {
    Parsed {
        parse: |text| {
            digits_of_phone(text).map_err(|_| "must be a phone number of 7 to 15 digits".to_owned())
        },
        schema: r##"{"$ref": "#/components/schemas/Phone"}"##,
    }
}

/// A message's id.
pub const fn message_id() -> Parsed<MessageId> {
    Parsed {
        parse: |text| MessageId::parse(text).map_err(|e| e.to_string()),
        schema: r##"{"$ref": "#/components/schemas/MessageId"}"##,
    }
}

/// An ISO 4217 code, three capital letters.
pub const fn currency() -> Parsed<String> {
    Parsed {
        parse: |text| {
            let ok = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
            ok.then(|| text.to_owned())
                .ok_or_else(|| "must be an ISO 4217 code: three capital letters".into())
        },
        schema: r#"{"type": "string", "pattern": "^[A-Z]{3}$"}"#,
    }
}

/// The longest URL, bytes.
const LONGEST_URL: usize = 2048;

/// An `http` or `https` URL. Whether it may be fetched is only known once its host is resolved.
pub const fn url() -> Parsed<String> {
    Parsed {
        parse: parse_url,
        schema: r#"{"type": "string", "format": "uri", "maxLength": 2048, "pattern": "^https?://[!-~]+$"}"#,
    }
}

pub(super) fn parse_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let ok = rest.is_some_and(|r| !r.is_empty() && !r.starts_with('/'))
        && text.len() <= LONGEST_URL
        && text.bytes().all(|b| b.is_ascii_graphic());
    ok.then(|| text.to_owned())
        .ok_or_else(|| format!("must be an http or https URL of at most {LONGEST_URL} ASCII characters"))
}

/// A session's id.
pub const fn session_id() -> Parsed<SessionId> {
    Parsed {
        parse: |text| SessionId::parse(text).map_err(|e| e.to_string()),
        schema: r##"{"$ref": "#/components/schemas/SessionId"}"##,
    }
}

/// An organization's id.
pub const fn organization_id() -> Parsed<OrganizationId> {
    Parsed {
        parse: |text| OrganizationId::parse(text).map_err(|e| e.to_string()),
        schema: r#"{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}"#,
    }
}

/// A user's id.
pub const fn user_id() -> Parsed<UserId> {
    Parsed {
        parse: |text| UserId::parse(text).map_err(|e| e.to_string()),
        schema: r#"{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}"#,
    }
}

/// Base64 of 1 to 64 KiB; the value is the text in its canonical form.
pub const fn base64_bytes() -> Parsed<String> {
    Parsed {
        parse: |text| match STANDARD.decode(text) {
            Ok(bytes) if (1..=65_536).contains(&bytes.len()) => Ok(STANDARD.encode(bytes)),
            _ => Err("must be base64 of 1 to 65536 bytes".into()),
        },
        schema: r#"{"type": "string", "contentEncoding": "base64", "minLength": 4, "maxLength": 87384}"#,
    }
}

/// Base64url of 1 to 8190 bytes, as WebAuthn writes it; the value is the text without padding.
pub const fn base64url() -> Parsed<String> {
    Parsed {
        parse: |text| match URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')) {
            Ok(bytes) if (1..=8190).contains(&bytes.len()) => Ok(URL_SAFE_NO_PAD.encode(bytes)),
            _ => Err("must be base64url of 1 to 8190 bytes".into()),
        },
        schema: r#"{"type": "string", "contentEncoding": "base64url", "pattern": "^[A-Za-z0-9_-]+={0,2}$", "minLength": 2, "maxLength": 10920}"#,
    }
}

/// A string that is itself JSON.
#[derive(Debug, Clone, Copy)]
pub struct Json {
    max: usize,
}

/// A string of at most `max` characters that is itself a JSON object.
pub const fn json_text(max: usize) -> Json {
    Json { max }
}

impl Rule for Json {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        let text = fields.text(field, 2, self.max)?;
        if matches!(serde_json::from_slice(text.as_bytes()), Ok(Value::Object(_))) {
            return Some(text);
        }
        fields.note(field, "must be a JSON object, as a string");
        None
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "contentMediaType": "application/json", "minLength": 2, "maxLength": self.max})
    }
}

/// A whole number of `min..=max`.
#[derive(Debug, Clone, Copy)]
pub struct Whole {
    min: i64,
    max: i64,
}

/// A whole number of `min..=max`.
pub const fn whole(min: i64, max: i64) -> Whole {
    Whole { min, max }
}

impl Rule for Whole {
    type Value = i64;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<i64> {
        fields.integer(field, self.min, self.max)
    }

    fn schema(&self) -> Value {
        json!({"type": "integer", "minimum": self.min, "maximum": self.max})
    }
}

/// A number of `min..=max`.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    min: f64,
    max: f64,
}

/// A number of `min..=max`.
pub const fn number(min: f64, max: f64) -> Number {
    Number { min, max }
}

impl Rule for Number {
    type Value = f64;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<f64> {
        fields.number(field, self.min, self.max)
    }

    fn schema(&self) -> Value {
        json!({"type": "number", "minimum": self.min, "maximum": self.max})
    }
}

/// True or false.
#[derive(Debug, Clone, Copy)]
pub struct Flag(bool);

/// True or false; `default` when it is missing.
pub const fn flag(default: bool) -> Flag {
    Flag(default)
}

impl Rule for Flag {
    type Value = bool;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<bool> {
        Some(fields.flag(field, self.0))
    }

    fn schema(&self) -> Value {
        json!({"type": "boolean", "default": self.0})
    }

    fn required(&self) -> bool {
        false
    }
}

/// A value that is one of a few names.
pub trait Name: Copy + 'static {
    /// Every value with its name in JSON.
    const NAMES: &'static [(&'static str, Self)];
}

/// One of a few names.
#[derive(Debug, Clone, Copy)]
pub struct Choice<T>(std::marker::PhantomData<T>);

/// One of the names of `T`.
pub const fn choice<T: Name>() -> Choice<T> {
    Choice(std::marker::PhantomData)
}

impl<T: Name> Rule for Choice<T> {
    type Value = T;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<T> {
        let names: Vec<&str> = T::NAMES.iter().map(|(name, _)| *name).collect();
        fields.choice(field, &names).map(|place| T::NAMES[place].1)
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "enum": T::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>()})
    }
}

/// Declares an enum with its names in JSON.
#[macro_export]
macro_rules! names {
    (
        $(#[doc = $about:literal])*
        pub enum $enum:ident {
            $($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $enum {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl $crate::shape::Name for $enum {
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),*];
        }
    };
}

/// May be missing.
#[derive(Debug, Clone, Copy)]
pub struct Optional<R>(R);

/// What `rule` reads, or nothing when the field is missing or null.
pub const fn optional<R: Rule>(rule: R) -> Optional<R> {
    Optional(rule)
}

impl<R: Rule> Rule for Optional<R> {
    type Value = Option<R::Value>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Self::Value> {
        if fields.raw(field).is_none() {
            return Some(None);
        }
        self.0.read(fields, field).map(Some)
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }

    fn required(&self) -> bool {
        false
    }
}

/// May be missing, and has a value then.
#[derive(Debug, Clone, Copy)]
pub struct Or<R: Rule> {
    rule: R,
    otherwise: R::Value,
}

/// What `rule` reads, or `otherwise` when the field is missing or null.
pub const fn or<R: Rule>(rule: R, otherwise: R::Value) -> Or<R> {
    Or { rule, otherwise }
}

impl<R: Rule> Rule for Or<R>
where
    R::Value: Clone + serde::Serialize,
{
    type Value = R::Value;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<R::Value> {
        if fields.raw(field).is_none() {
            return Some(self.otherwise.clone());
        }
        self.rule.read(fields, field)
    }

    fn schema(&self) -> Value {
        let mut schema = self.rule.schema();
        if let Value::Object(object) = &mut schema {
            object.insert("default".into(), json!(self.otherwise));
        }
        schema
    }

    fn required(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
