//! Finds one text in a JSON object that comes in pieces, without keeping or parsing the rest.
//!
//! Whether the JSON is good is not asked here: whoever reads the whole says that. Of bad JSON anything may be found.

/// The longest name or value that is kept, bytes.
const LONGEST: usize = 256;

/// Looks for the value of one member of the outermost object.
#[derive(Debug)]
pub struct Finder {
    name: &'static str,
    depth: usize,
    place: Place,
    /// The string that is being read, with its quotes; what is longer than [`LONGEST`] is cut.
    text: Vec<u8>,
    escaped: bool,
    in_string: bool,
}

/// What comes next in the outermost object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A member's name.
    Name,
    /// The value of the member that is looked for.
    Value,
    /// Another's value.
    Other,
}

/// What is known after a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The member's text.
    Text(String),
    /// The member is there and no text.
    NoText,
    /// Nothing yet.
    NotYet,
}

impl Finder {
    /// Looks for `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, depth: 0, place: Place::Name, text: Vec::new(), escaped: false, in_string: false }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, piece: &[u8]) -> Found {
        for &byte in piece {
            match self.byte(byte) {
                Found::NotYet => {}
                found => return found,
            }
        }
        Found::NotYet
    }

    fn byte(&mut self, byte: u8) -> Found {
        if self.in_string {
            return self.in_text(byte);
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.text.clear();
                self.text.push(byte);
            }
            b'{' | b'[' => {
                if self.depth == 1 && self.place == Place::Value {
                    return Found::NoText;
                }
                self.depth += 1;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' if self.depth == 1 => self.place = Place::Name,
            b':' if self.depth == 1 => {
                let name: Option<String> = serde_json::from_slice(&self.text).ok();
                let sought = self.place == Place::Name && name.as_deref() == Some(self.name);
                self.place = if sought { Place::Value } else { Place::Other };
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ if self.depth == 1 && self.place == Place::Value => return Found::NoText,
            _ => {}
        }
        Found::NotYet
    }

    fn in_text(&mut self, byte: u8) -> Found {
        if self.text.len() <= LONGEST {
            self.text.push(byte);
        }
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            if self.depth == 1 && self.place == Place::Value {
                return serde_json::from_slice(&self.text).map_or(Found::NoText, Found::Text);
            }
        }
        Found::NotYet
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn find(text: &str, piece: usize) -> Found {
        let mut finder = Finder::new("device_id");
        for piece in text.as_bytes().chunks(piece) {
            match finder.feed(piece) {
                Found::NotYet => {}
                found => return found,
            }
        }
        Found::NotYet
    }

    #[test]
    fn it_is_found_wherever_it_stands_but_only_outermost() {
        let text = |text: &str| Found::Text(text.to_owned());
        for (body, found) in [
            (r#"{"device_id":"a"}"#, text("a")),
            (r#"{"x":"device_id","y":[1,"device_id",{"device_id":"no"}],"device_id" : "a"}"#, text("a")),
            (r#"{"quoted":{"device_id":"no"},"device_\u0069d":"\u0061"}"#, text("a")),
            (r#"{"text":"\"device_id\":\"no\"","device_id":"a"#, Found::NotYet),
            (r#"{"device_id":5}"#, Found::NoText),
            (r#"{"device_id":null}"#, Found::NoText),
            (r#"{"device_id":{"device_id":"no"}}"#, Found::NoText),
            (r#"["device_id","no"]"#, Found::NotYet),
            ("", Found::NotYet),
        ] {
            for piece in [1, 3, 64] {
                assert_eq!(find(body, piece), found, "{body}");
            }
        }
    }

    #[test]
    fn long_texts_are_passed_over() {
        let body = json!({"audio": "A".repeat(5_000), "device_id": "a"}).to_string();
        assert_eq!(find(&body, 100), Found::Text("a".into()));
        let body = json!({"device_id": "a".repeat(5_000)}).to_string();
        assert_eq!(find(&body, 100), Found::NoText);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_parser_finds(before in "\\PC{0,20}", value in "\\PC{0,20}", piece in 1usize..40) {
            let body = json!({"a": before, "b": {"device_id": before}, "device_id": value}).to_string();
            prop_assert_eq!(find(&body, piece), Found::Text(value));
        }

        #[test]
        fn no_text_panics(text in "[\\[\\]{}:,\"\\\\a\\PC]{0,60}") {
            let _ = find(&text, 7);
        }
    }
}
