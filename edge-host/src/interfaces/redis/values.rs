//! Redis's answers and errors, as Spin gives them to a guest.
//!
//! Nested arrays are flattened in order; `nil`, status, integer and binary stay what they are; what
//! RESP3 adds (maps, pushes, verbatim strings) is an error. A guest that tells errors apart does so
//! by their text, so the text is Spin's, whose Redis client is older than ours.

use redis::{ErrorKind, RedisError, ServerErrorKind, Value};

use crate::interfaces::bindings::spin::redis::redis::{Error, RedisResult};

/// The largest answer, bytes: Spin's bound.
const LARGEST_ANSWER: usize = 128 << 20;

/// Types that an answer of the typed functions becomes.
pub(super) trait Converted: Sized {
    fn converted(value: Value) -> Result<Self, Error>;
}

impl Converted for Value {
    fn converted(value: Value) -> Result<Self, Error> {
        Ok(value)
    }
}

macro_rules! converted {
    ($($type:ty),*) => {$(
        impl Converted for $type {
            fn converted(value: Value) -> Result<Self, Error> {
                redis::from_redis_value(value).map_err(|error| other(error.into()))
            }
        }
    )*};
}

converted!((), i64, u32, Vec<String>);

impl Converted for Option<Vec<u8>> {
    fn converted(value: Value) -> Result<Self, Error> {
        let bytes: Self = redis::from_redis_value(value).map_err(|error| other(error.into()))?;
        match &bytes {
            Some(bytes) if bytes.len() > LARGEST_ANSWER => Err(too_large()),
            _ => Ok(bytes),
        }
    }
}

/// An answer of any command as the list that a guest gets.
pub(super) fn flatten(value: Value) -> Result<Vec<RedisResult>, RedisError> {
    let mut flat = Vec::new();
    append(&mut flat, value)?;
    Ok(flat)
}

fn append(flat: &mut Vec<RedisResult>, value: Value) -> Result<(), RedisError> {
    let refused = |what: &str| {
        let detail = format!("Redis {what} not supported");
        Err(RedisError::from((ErrorKind::UnexpectedReturnType, "Could not convert Redis response", detail)))
    };
    flat.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(status) => RedisResult::Status(status),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::Boolean(truth) => RedisResult::Int64(i64::from(truth)),
        Value::BigNumber(digits) => RedisResult::Binary(digits),
        Value::Array(values) | Value::Set(values) => {
            return values.into_iter().try_for_each(|value| append(flat, value));
        }
        Value::Map(_) => return refused("Map type is"),
        Value::Attribute { .. } => return refused("Attribute type is"),
        Value::VerbatimString { .. } => return refused("string with format attribute is"),
        Value::Push { .. } => return refused("Pub/Sub types are"),
        Value::ServerError(error) => return Err(error.into()),
        _ => return refused("type is"),
    });
    Ok(())
}

/// Refuses an answer over Spin's bound.
pub(super) fn limited(answer: Vec<RedisResult>) -> Result<Vec<RedisResult>, Error> {
    let bytes: usize = answer
        .iter()
        .map(|value| {
            size_of::<RedisResult>()
                + match value {
                    RedisResult::Binary(bytes) => bytes.len(),
                    RedisResult::Status(status) => status.len(),
                    RedisResult::Nil | RedisResult::Int64(_) => 0,
                }
        })
        .sum();
    if bytes > LARGEST_ANSWER { Err(too_large()) } else { Ok(answer) }
}

fn too_large() -> Error {
    Error::Other(format!("query result exceeds limit of {LARGEST_ANSWER} bytes"))
}

/// An error in Spin's words.
pub(super) fn other(error: RedisError) -> Error {
    let ErrorKind::Server(kind) = error.kind() else { return Error::Other(error.to_string()) };
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    Error::Other(format!("An error was signalled by the server - {}{detail}", spin_name(kind)))
}

/// What redis-rs 0.32, which Spin uses, calls a kind of server error.
fn spin_name(kind: ServerErrorKind) -> String {
    match kind {
        ServerErrorKind::ExecAbort => "ExecAbortError".to_owned(),
        ServerErrorKind::BusyLoading => "BusyLoadingError".to_owned(),
        ServerErrorKind::NoScript => "NoScriptError".to_owned(),
        same => format!("{same:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn nested_arrays_are_flattened_in_order() {
        let entry = Value::Array(vec![bulk("1-0"), Value::Array(vec![bulk("f"), bulk("v")])]);
        let answer = Value::Array(vec![bulk("stream"), Value::Array(vec![entry]), Value::Nil, Value::Int(7)]);
        let shown: Vec<_> = flatten(answer).unwrap().iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(shown.len(), 6);
        assert!(shown[4].contains("Nil") && shown[5].contains("Int64(7)"), "{shown:?}");
    }

    #[test]
    fn what_resp3_adds_is_refused() {
        let error = flatten(Value::Map(vec![(Value::Nil, Value::Nil)])).unwrap_err();
        assert!(error.to_string().contains("Redis Map type is not supported"));
    }

    #[test]
    fn an_answer_over_the_bound_is_refused() {
        let half = RedisResult::Binary(vec![0; LARGEST_ANSWER / 2]);
        assert!(limited(vec![half.clone()]).is_ok());
        assert!(limited(vec![half.clone(), half]).is_err());
    }
}
