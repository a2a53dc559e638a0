//! Answers, as all routes of the family give them: `success`, and what else there is. (One type for all: a struct for each
//! would make the component larger by what writes it.)

use edgewire_edge::Reply;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A field of an answer.
pub type Field<'a> = (&'static str, Is<'a>);

/// What a field is.
#[derive(Debug, Clone, Copy)]
pub enum Is<'a> {
    /// Not known.
    Null,
    /// A text.
    Text(&'a str),
    /// True or false.
    Flag(bool),
    /// A number.
    Number(u64),
    /// What was stored as JSON.
    Json(&'a Value),
    /// A list of one text.
    Only(&'a str),
    /// A list of texts.
    Texts(&'a [&'a str]),
    /// An object.
    One(&'a [Field<'a>]),
    /// A list of objects.
    Many(&'a [Vec<Field<'a>>]),
}

impl<'a> Is<'a> {
    /// A text, or null.
    pub fn maybe(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl Serialize for Is<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => s.serialize_unit(),
            Self::Text(text) => s.serialize_str(text),
            Self::Flag(flag) => s.serialize_bool(flag),
            Self::Number(number) => s.serialize_u64(number),
            Self::Json(value) => value.serialize(s),
            Self::Only(text) => s.collect_seq([text]),
            Self::Texts(texts) => s.collect_seq(texts),
            Self::One(fields) => s.collect_map(fields.iter().copied()),
            Self::Many(list) => s.collect_seq(list.iter().map(|fields| Self::One(fields))),
        }
    }
}

/// A success, with `fields` beside `success`.
pub fn told(status: u16, fields: &[Field<'_>]) -> Reply {
    answer(status, true, fields)
}

/// An answer.
pub fn answer(status: u16, success: bool, fields: &[Field<'_>]) -> Reply {
    let mut all = Vec::with_capacity(1 + fields.len());
    all.push(("success", Is::Flag(success)));
    all.extend_from_slice(fields);
    Reply::json(status, &Is::One(&all))
}
