//! Undoes the escapes of a JSON string that comes in pieces.

/// What JSON does not allow in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad;

/// What was found in the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Bytes that stand for themselves: from this place of the input up to where it is now.
    Run(usize),
    /// A character that was escaped: its UTF-8, so many bytes of it.
    Character([u8; 4], usize),
    /// The closing quote. The string has so many bytes.
    End(u64),
}

/// A string being read.
#[derive(Debug, Default)]
pub struct Unescape {
    state: State,
    /// The first half of a surrogate pair.
    high: Option<u32>,
    length: u64,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Plain,
    Backslash,
    /// `\u`, so many hex digits, and their value.
    Hex(u8, u32),
}

impl Unescape {
    /// Reads on from `at`; `None` when it read something that is nothing yet.
    ///
    /// # Errors
    /// When it is no JSON string.
    pub fn next(&mut self, input: &[u8], at: &mut usize) -> Result<Option<Found>, Bad> {
        let Some(byte) = input.get(*at).copied() else { return Ok(None) };
        *at += 1;
        match self.state {
            State::Plain if byte == b'\\' => self.state = State::Backslash,
            State::Plain if self.high.is_some() || byte < b' ' => return Err(Bad),
            State::Plain if byte == b'"' => return Ok(Some(Found::End(self.length))),
            State::Plain => {
                let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
                let start = *at - 1;
                *at += input[*at..].iter().position(special).unwrap_or(input.len() - *at);
                self.length += (*at - start) as u64;
                return Ok(Some(Found::Run(start)));
            }
            State::Backslash if byte == b'u' => self.state = State::Hex(0, 0),
            State::Backslash => {
                let plain = match byte {
                    b'"' | b'\\' | b'/' => byte,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return Err(Bad),
                };
                return self.character(u32::from(plain)).map(Some);
            }
            State::Hex(digits, value) => {
                let value = value << 4 | (byte as char).to_digit(16).ok_or(Bad)?;
                if digits == 3 {
                    return self.unit(value);
                }
                self.state = State::Hex(digits + 1, value);
            }
        }
        Ok(None)
    }

    /// A unit of UTF-16.
    fn unit(&mut self, unit: u32) -> Result<Option<Found>, Bad> {
        if (0xD800..0xDC00).contains(&unit) && self.high.is_none() {
            (self.high, self.state) = (Some(unit), State::Plain);
            return Ok(None);
        }
        let code = match (self.high.take(), unit) {
            (Some(high), 0xDC00..0xE000) => 0x1_0000 + ((high - 0xD800) << 10) + (unit - 0xDC00),
            (Some(_), _) => return Err(Bad),
            (None, unit) => unit,
        };
        self.character(code).map(Some)
    }

    fn character(&mut self, code: u32) -> Result<Found, Bad> {
        // The first half of a pair is followed by the second, and by nothing else.
        let character = char::from_u32(code).filter(|_| self.high.is_none()).ok_or(Bad)?;
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        self.length += length as u64;
        self.state = State::Plain;
        Ok(Found::Character(bytes, length))
    }
}
