//! Takes the long strings out of a JSON text as it comes in, in pieces split anywhere.
//!
//! All else is passed through as it is, well-formed or not: whoever parses what is left finds the faults. To know where a
//! string begins and ends, and that it is a value and no field's name, takes no more than quotes, backslashes and
//! brackets.

mod escape;

use self::escape::{Bad, Found, Unescape};

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The next piece of the text.
    More,
    /// A string has turned out to be long: what follows is taken out, from its beginning on.
    Begin,
    /// Some of that string, its escapes undone.
    Text(&'a [u8]),
    /// Its end. It has so many bytes.
    End(u64),
}

/// Why the text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// What is left without the long strings is over the limit.
    TooLarge,
    /// There is something in a long string that JSON does not allow.
    Malformed,
}

/// Reads the text.
#[derive(Debug)]
pub struct Scanner {
    longest: usize,
    limit: usize,
    input: Vec<u8>,
    at: usize,
    json: Vec<u8>,
    place: Place,
    nesting: Nesting,
    /// How many long strings there were.
    taken: usize,
    /// The last escaped character.
    character: [u8; 4],
}

#[derive(Debug)]
enum Place {
    Between,
    Short(Short),
    /// In a string that is taken out.
    Long(Unescape),
}

/// In a string that is passed through.
#[derive(Debug, Clone, Copy)]
struct Short {
    /// Where it began in what is left.
    start: usize,
    /// Whether a backslash stands before the next byte.
    escaped: bool,
    /// Whether it is a field's name.
    name: bool,
}

/// In which brackets we are.
#[derive(Debug, Default)]
struct Nesting {
    depth: usize,
    /// Bit n: whether the bracket of depth n + 1 is an object's.
    objects: u128,
    /// Whether the next string is a field's name.
    name: bool,
}

impl Nesting {
    fn see(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                let object = byte == b'{';
                if self.depth < 128 {
                    self.objects = self.objects & !(1 << self.depth) | u128::from(object) << self.depth;
                }
                self.depth += 1;
                self.name = object;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => self.name = self.in_object(),
            b':' => self.name = false,
            _ => {}
        }
    }

    fn in_object(&self) -> bool {
        match self.depth {
            0 => false,
            depth @ 1..=128 => self.objects >> (depth - 1) & 1 == 1,
            // Deeper than any reader goes: nothing need be taken out.
            _ => true,
        }
    }
}

impl Scanner {
    /// Takes out strings of more than `longest` bytes (as they are written, with their escapes), and lets at most `limit`
    /// bytes through.
    pub fn new(longest: usize, limit: usize) -> Self {
        Self {
            longest,
            limit,
            input: Vec::new(),
            at: 0,
            json: Vec::new(),
            place: Place::Between,
            nesting: Nesting::default(),
            taken: 0,
            character: [0; 4],
        }
    }

    /// Takes the next piece, after [`Step::More`].
    pub fn feed(&mut self, piece: Vec<u8>) {
        debug_assert_eq!(self.at, self.input.len(), "the last piece was not read to its end");
        (self.input, self.at) = (piece, 0);
    }

    /// What comes next.
    ///
    /// # Errors
    /// See [`Refused`]. Then it is over.
    pub fn step(&mut self) -> Result<Step<'_>, Refused> {
        while self.at < self.input.len() {
            match &mut self.place {
                Place::Between => self.between(),
                Place::Short(short) => {
                    let short = *short;
                    if self.short(short) {
                        return Ok(Step::Begin);
                    }
                }
                Place::Long(string) => match string.next(&self.input, &mut self.at) {
                    Ok(Some(found)) => return Ok(self.found(found)),
                    Ok(None) => {}
                    Err(Bad) => return Err(Refused::Malformed),
                },
            }
            // A string counts once it is known to stay; a field's name always stays.
            let counted = match &self.place {
                Place::Short(short) if !short.name => short.start,
                _ => self.json.len(),
            };
            if counted > self.limit {
                return Err(Refused::TooLarge);
            }
        }
        Ok(Step::More)
    }

    /// What is left, with a mark (`LONG_TEXT_MARK`) for each long string.
    pub fn into_json(self) -> Vec<u8> {
        self.json
    }

    fn between(&mut self) {
        let rest = &self.input[self.at..];
        let quote = rest.iter().position(|byte| *byte == b'"');
        let run = &rest[..quote.map_or(rest.len(), |at| at + 1)];
        run.iter().for_each(|byte| self.nesting.see(*byte));
        self.json.extend_from_slice(run);
        self.at += run.len();
        if quote.is_some() {
            let start = self.json.len();
            self.place = Place::Short(Short { start, escaped: false, name: self.nesting.name });
        }
    }

    /// Reads on in a string that is passed through; tells whether it has turned out to be long.
    fn short(&mut self, mut short: Short) -> bool {
        let rest = &self.input[self.at..];
        let quote = rest.iter().position(|byte| {
            let escaped = std::mem::take(&mut short.escaped);
            short.escaped = !escaped && *byte == b'\\';
            !escaped && *byte == b'"'
        });
        let run = &rest[..quote.unwrap_or(rest.len())];
        self.json.extend_from_slice(run);
        self.at += run.len();
        if !short.name && self.json.len() - short.start > self.longest {
            self.divert(short.start);
            return true;
        }
        self.place = Place::Short(short);
        if quote.is_some() {
            self.json.push(b'"');
            self.at += 1;
            self.place = Place::Between;
        }
        false
    }

    /// Begins a string again, as a long one.
    fn divert(&mut self, start: usize) {
        let mut input = self.json.split_off(start);
        input.extend_from_slice(&self.input[self.at..]);
        (self.input, self.at) = (input, 0);
        // `LONG_TEXT_MARK`, as JSON writes it.
        self.json.extend_from_slice(format!("\\u0000long:{}", self.taken).as_bytes());
        self.taken += 1;
        self.place = Place::Long(Unescape::default());
    }

    fn found(&mut self, found: Found) -> Step<'_> {
        match found {
            Found::Run(start) => Step::Text(&self.input[start..self.at]),
            Found::Character(character, length) => {
                self.character = character;
                Step::Text(&self.character[..length])
            }
            Found::End(length) => {
                self.json.push(b'"');
                self.place = Place::Between;
                Step::End(length)
            }
        }
    }
}

#[cfg(test)]
mod tests;
