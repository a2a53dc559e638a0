//! Rules for lists and nested records.

use std::marker::PhantomData;

use serde_json::{Value, json};

use super::{Record, Rule};
use crate::fields::Fields;

/// A list.
#[derive(Debug, Clone, Copy)]
pub struct Items<R> {
    item: R,
    min: usize,
    max: usize,
    unique: bool,
}

/// A list of `min..=max` items, each by the rule `item`. May be missing when `min` is 0. A bad item is named `field[i]`.
pub const fn items<R: Rule>(item: R, min: usize, max: usize) -> Items<R> {
    Items { item, min, max, unique: false }
}

impl<R> Items<R> {
    /// No item may come twice.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
}

impl<R: Rule> Rule for Items<R> {
    type Value = Vec<R::Value>;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Self::Value> {
        if self.min == 0 && fields.raw(field).is_none() {
            return Some(Vec::new());
        }
        let values =
            fields.items(field, self.min, self.max, |fields, place| self.item.read(fields, place))?;
        if self.unique {
            fields.no_item_twice(field)?;
        }
        Some(values)
    }

    fn schema(&self) -> Value {
        let mut schema = json!({"type": "array", "items": self.item.schema(), "maxItems": self.max});
        if let Value::Object(object) = &mut schema {
            if self.min > 0 {
                object.insert("minItems".into(), self.min.into());
            }
            if self.unique {
                object.insert("uniqueItems".into(), true.into());
            }
        }
        schema
    }

    fn required(&self) -> bool {
        self.min > 0
    }
}

/// A nested record.
#[derive(Debug, Clone, Copy)]
pub struct Nested<T>(PhantomData<T>);

/// A nested object; its fields are named `field.…`.
pub const fn nested<T: Record>() -> Nested<T> {
    Nested(PhantomData)
}

impl<T: Record> Rule for Nested<T> {
    type Value = T;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<T> {
        fields.object(field, T::read)
    }

    fn schema(&self) -> Value {
        T::schema()
    }
}
