//! What is left and what is taken out make the same JSON as before, however the text is split.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const LONGEST: usize = 12;

/// What is left, and the long strings.
fn scanned(text: &[u8], sizes: &[usize]) -> Result<(Vec<u8>, Vec<Vec<u8>>), Refused> {
    scanned_within(text, sizes, 1 << 20)
}

fn scanned_within(text: &[u8], sizes: &[usize], limit: usize) -> Result<(Vec<u8>, Vec<Vec<u8>>), Refused> {
    let mut scanner = Scanner::new(LONGEST, limit);
    let (mut taken, mut rest, mut sizes) = (Vec::new(), text, sizes.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
        rest = after;
        scanner.feed(piece.to_vec());
        loop {
            match scanner.step()? {
                Step::More => break,
                Step::Begin => taken.push(Vec::new()),
                Step::Text(text) => taken.last_mut().unwrap().extend_from_slice(text),
                Step::End(length) => assert_eq!(taken.last().unwrap().len() as u64, length),
            }
        }
    }
    Ok((scanner.into_json(), taken))
}

/// The whole value again.
fn restored(value: Value, taken: &[Vec<u8>]) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("\0long:") {
            Some(number) => {
                let text = taken[number.parse::<usize>().unwrap()].clone();
                Value::String(String::from_utf8(text).unwrap())
            }
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| restored(item, taken)).collect(),
        Value::Object(fields) => {
            let fields: Map<_, _> =
                fields.into_iter().map(|(name, value)| (name, restored(value, taken))).collect();
            Value::Object(fields)
        }
        plain => plain,
    }
}

#[test]
fn only_values_that_are_long_are_taken_out() {
    let name = "n".repeat(LONGEST + 1);
    let text = format!(
        r#"{{"{name}": ["0123456789ab", "0123456789abc", {{"a": "\"\\\/\u00e9\ud83d\ude00"}}], "{name}{name}":1}}"#
    );
    for size in 1..text.len() {
        let (json, taken) = scanned(text.as_bytes(), &[size]).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            format!(
                r#"{{"{name}": ["0123456789ab", "\u0000long:0", {{"a": "\u0000long:1"}}], "{name}{name}":1}}"#
            )
        );
        assert_eq!(taken, ["0123456789abc".as_bytes(), "\"\\/é😀".as_bytes()]);
    }
}

#[test]
fn a_long_string_that_is_no_string_is_refused() {
    let long = "x".repeat(LONGEST);
    for bad in ["\\x", "\\u12g4", "\\ud800", "\\ud800\\n", "\\ud800\\u0041", "\\udc00", "\n", "\0"] {
        let text = format!("[\"{long}{bad}{long}\"]");
        assert_eq!(scanned(text.as_bytes(), &[3]), Err(Refused::Malformed), "{bad:?}");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{bad:?}");
    }
}

#[test]
fn what_is_left_has_a_limit() {
    let text = format!("[1,\"{}\"]", "x".repeat(1000));
    let left = r#"[1,"\u0000long:0"]"#.len();
    for size in [1, 7, 500, 5000] {
        assert!(scanned_within(text.as_bytes(), &[size], left).is_ok());
        assert_eq!(scanned_within(text.as_bytes(), &[size], left - 1), Err(Refused::TooLarge));
        assert!(scanned_within(b"[\"0123456789\"]", &[size], 14).is_ok());
        assert_eq!(scanned_within(b"[\"0123456789\"]", &[size], 13), Err(Refused::TooLarge));
    }
}

#[test]
fn names_count_as_they_come() {
    let name = format!("{{\"{}", "x".repeat(200));
    let deep = format!("{}\"a\",\"{}", "[".repeat(200), "x".repeat(200));
    for text in [name.clone(), format!("{name}\":1}}"), deep] {
        for size in [1, 7, 500] {
            assert_eq!(scanned_within(text.as_bytes(), &[size], 100), Err(Refused::TooLarge), "{text}");
        }
    }
}

#[test]
fn brackets_without_end_are_passed_through() {
    for text in ["[".repeat(300), "{\"a\":".repeat(300), "]}".repeat(300)] {
        let text = format!("{text}\"{}\"", "x".repeat(40));
        let (json, taken) = scanned(text.as_bytes(), &[5]).unwrap();
        assert!(json.len() + taken.concat().len() >= text.len());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[\\PC\"\\\\\n\u{7f}\u{0}]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let fields = proptest::collection::vec(("[\\PC\"\\\\,:]{0,20}", inner.clone()), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The text of `value` with `/` and letters escaped now and then, as other encoders do.
fn escaped(value: &Value, how: u8) -> String {
    let text = value.to_string();
    match how {
        0 => text,
        1 => text.replace('/', "\\/"),
        _ => text.chars().map(|c| if c.is_ascii() { c.to_string() } else { utf16(c) }).collect(),
    }
}

fn utf16(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect()
}

proptest! {
    #[test]
    fn nothing_is_lost_however_the_text_is_split(
        value in any_json(),
        how in 0_u8..3,
        pretty in any::<bool>(),
        sizes in proptest::collection::vec(1_usize..40, 1..6),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { escaped(&value, how) };
        let (json, taken) = scanned(text.as_bytes(), &sizes).unwrap();
        let left: Value = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(restored(left, &taken), value);
        prop_assert!(taken.iter().all(|text| !text.is_empty()));
        // The same for every split.
        prop_assert_eq!((json, taken), scanned(text.as_bytes(), &[usize::MAX]).unwrap());
    }

    #[test]
    fn what_serde_refuses_is_not_made_good(
        text in "[\\[\\]{},:\"\\\\ux0d8/ \n\u{0}é1]{0,60}",
        size in 1_usize..9,
    ) {
        let whole = serde_json::from_str::<Value>(&text);
        match scanned(text.as_bytes(), &[size]) {
            Err(_) => prop_assert!(whole.is_err()),
            Ok((json, taken)) => {
                let left = serde_json::from_slice::<Value>(&json);
                prop_assert_eq!(left.ok().map(|left| restored(left, &taken)), whole.ok());
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1_usize..9) {
        let _ = scanned(&bytes, &[size]);
    }
}

#[test]
fn a_mark_of_the_callers_own_reaches_nothing_but_his_own() {
    let text = json!(["\0long:7", "x".repeat(99)]).to_string();
    let (json, taken) = scanned(text.as_bytes(), &[9]).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), json!(["\0long:7", "\0long:0"]));
    assert_eq!(taken.len(), 1);
}
