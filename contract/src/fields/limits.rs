//! How large a body may be, in what it costs to hold it parsed.

use serde_json::Value;

/// How deep a body may nest. serde_json itself stops at 128; nothing we take needs more than a few.
const MAX_DEPTH: usize = 32;
/// How many values a body may have. The smallest objects take hundreds of times their text once they are parsed, and an
/// instance has 64 MiB; the longest list that we take has about a thousand.
const MAX_PARTS: usize = 20_000;

/// Parses a body that keeps to the limits.
pub(super) fn parse(body: &[u8]) -> Result<Value, String> {
    if parts(body) > MAX_PARTS {
        return Err(format!("has more than {MAX_PARTS} values"));
    }
    let value = serde_json::from_slice(body).map_err(|e| format!("is not valid JSON: {e}"))?;
    if depth(&value) > MAX_DEPTH {
        return Err(format!("nests deeper than {MAX_DEPTH} levels"));
    }
    Ok(value)
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
