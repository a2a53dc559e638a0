//! Lists and objects.

use serde_json::{Map, Value};

use super::Fields;
use crate::fault::FieldFault;
use crate::jid::Jid;

impl<'a> Fields<'a> {
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

    // What follows is not generic: a component has it once, and not once for each type that is read.

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
}

/// The name of a list's item.
fn place(field: &str, i: usize) -> String {
    format!("{field}[{i}]")
}
