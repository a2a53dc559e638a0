//! What an answer looks like, said once: an [`answer!`](crate::answer!) lists its fields, and from the list come the type,
//! its JSON and the schema that `openapi.json` is made of.

use serde_json::{Map, Value, json};

use crate::jid::Jid;

/// A value of an answer.
pub trait Told {
    /// Its JSON schema.
    fn schema() -> Value;

    /// The named schemas that it refers to, itself included.
    fn named(_all: &mut Map<String, Value>) {}
}

/// The named schemas of `T`, and of all that it is made of, as `components/schemas` has them.
pub fn schemas<T: Told>() -> Map<String, Value> {
    let mut all = Map::new();
    T::named(&mut all);
    all
}

macro_rules! simple {
    ($($type:ty => $schema:tt;)*) => {
        $(impl Told for $type {
            fn schema() -> Value {
                json!($schema)
            }
        })*
    };
}

simple! {
    String => {"type": "string"};
    Jid => {"type": "string", "format": "jid"};
    bool => {"type": "boolean"};
    u16 => {"type": "integer", "minimum": 0};
    u32 => {"type": "integer", "minimum": 0};
    u64 => {"type": "integer", "minimum": 0};
    i64 => {"type": "integer"};
}

impl<T: Told> Told for Option<T> {
    fn schema() -> Value {
        let mut schema = T::schema();
        let Some(name) = schema.get("type").cloned() else {
            return json!({"anyOf": [schema, {"type": "null"}]});
        };
        schema["type"] = json!([name, "null"]);
        schema
    }

    fn named(all: &mut Map<String, Value>) {
        T::named(all);
    }
}

impl<T: Told> Told for Vec<T> {
    fn schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }

    fn named(all: &mut Map<String, Value>) {
        T::named(all);
    }
}

/// Declares an answer, with the name of its schema. A field with a serde attribute may be missing.
#[macro_export]
macro_rules! answer {
    (
        $(#[doc = $about:literal])*
        $(#[serde(rename_all = $case:literal)])?
        pub struct $name:ident as $schema:literal {
            $(
                $(#[doc = $doc:literal])*
                $(#[serde($($attr:tt)*)])?
                pub $field:ident: $type:ty,
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        $(#[serde(rename_all = $case)])?
        pub struct $name {
            $(
                $(#[doc = $doc])*
                $(#[serde($($attr)*)])?
                pub $field: $type,
            )*
        }

        impl $crate::answer::told::Told for $name {
            fn schema() -> ::serde_json::Value {
                ::serde_json::json!({"$ref": concat!("#/components/schemas/", $schema)})
            }

            fn named(all: &mut ::serde_json::Map<String, ::serde_json::Value>) {
                let camel = !<[&str]>::is_empty(&[$($case)?]);
                let mut required: Vec<String> = Vec::new();
                let mut properties = ::serde_json::Map::new();
                $({
                    let wire = $crate::answer::told::wire(stringify!($field), camel);
                    if <[&str]>::is_empty(&[$(stringify!($($attr)*))?]) {
                        required.push(wire.clone());
                    }
                    let schema = <$type as $crate::answer::told::Told>::schema();
                    properties.insert(wire, $crate::shape::described(schema, concat!($($doc, "\n"),*)));
                    <$type as $crate::answer::told::Told>::named(all);
                })*
                let object =
                    ::serde_json::json!({"type": "object", "required": required, "properties": properties});
                all.insert($schema.into(), $crate::shape::described(object, concat!($($about, "\n"),*)));
            }
        }
    };
}

/// A field's name in JSON.
#[doc(hidden)]
pub fn wire(field: &str, camel: bool) -> String {
    if !camel {
        return field.to_owned();
    }
    let mut parts = field.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let (head, tail) = part.split_at(part.len().min(1));
        name.push_str(&head.to_ascii_uppercase());
        name.push_str(tail);
        name
    })
}
