//! JSON whose fields keep their order. (The workspace's `serde_json` sorts them.)

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// One whose order does not matter.
    Leaf(Value),
    /// One whose fields stand in this order.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Of fields.
    pub fn object<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The field of this name of an ordered object; made when it is not there.
    pub fn entry(&mut self, name: &str) -> &mut Self {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Vec::new());
        }
        let Self::Object(fields) = self else { unreachable!("it was made one") };
        let place = fields.iter().position(|(own, _)| own == name).unwrap_or_else(|| {
            fields.push((name.to_owned(), Self::Object(Vec::new())));
            fields.len() - 1
        });
        &mut fields[place].1
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(value) => value.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_stand_as_they_were_put() {
        let mut node = Node::object([("b", Node::Leaf(json!({"z": 1, "y": 2})))]);
        *node.entry("a").entry("c") = Node::Leaf(json!(3));
        *node.entry("b") = Node::Leaf(json!(1));
        assert_eq!(serde_json::to_string(&node).unwrap(), r#"{"b":1,"a":{"c":3}}"#);
    }
}
