//! Reads `multipart/form-data` (RFC 7578) as it comes in, in pieces split anywhere. Holds no more than a piece, a boundary
//! and one part's head.

pub mod head;

pub use self::head::Head;

/// The longest head of a part, bytes.
const LONGEST_HEAD: usize = 8 << 10;
/// The longest text in front of the first boundary, bytes.
const LONGEST_PREAMBLE: usize = 64 << 10;
/// The longest padding behind a boundary, bytes.
const LONGEST_PADDING: usize = 128;
/// The most parts of a form.
const MOST_PARTS: usize = 64;

/// Why it is no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next piece of the body.
    More,
    /// A part begins.
    Part(Head),
    /// Some of it.
    Data(&'a [u8]),
    /// Its end.
    PartEnd,
}

/// Reads a form.
#[derive(Debug)]
pub struct Multipart {
    /// A line break, two dashes, and the boundary.
    delimiter: Vec<u8>,
    data: Vec<u8>,
    at: usize,
    place: Place,
    skipped: usize,
    parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary.
    Preamble,
    /// Behind a boundary.
    Boundary,
    Head,
    Data,
    /// Behind the last boundary.
    End,
}

impl Multipart {
    /// A form with that boundary.
    pub fn new(boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // The first boundary may be at the very beginning: it has its line break from here.
        let data = b"\r\n".to_vec();
        Self { delimiter, data, at: 0, place: Place::Preamble, skipped: 0, parts: 0 }
    }

    /// Takes the next piece, after [`Event::More`].
    pub fn feed(&mut self, piece: &[u8]) {
        self.data.drain(..self.at);
        self.at = 0;
        self.data.extend_from_slice(piece);
    }

    /// Whether the closing boundary was there.
    pub fn is_complete(&self) -> bool {
        self.place == Place::End
    }

    /// What comes next. After the end, always [`Event::More`].
    ///
    /// # Errors
    /// When it is no form. Then it is over.
    pub fn step(&mut self) -> Result<Event<'_>, Malformed> {
        loop {
            let rest = &self.data[self.at..];
            match self.place {
                Place::Preamble => {
                    let (found, length) = self.up_to_delimiter();
                    self.at += length;
                    self.skipped += length;
                    if self.skipped > LONGEST_PREAMBLE {
                        return Err(Malformed("it does not begin with its boundary"));
                    }
                    if !found {
                        return Ok(Event::More);
                    }
                    self.at += self.delimiter.len();
                    self.place = Place::Boundary;
                }
                Place::Boundary => {
                    if rest.starts_with(b"--") {
                        self.place = Place::End;
                        continue;
                    }
                    let padding = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    match &rest[padding..] {
                        [b'\r', b'\n', ..] => {}
                        [] | [b'\r'] | [b'-'] if padding <= LONGEST_PADDING => return Ok(Event::More),
                        _ => return Err(Malformed("a boundary is not the end of its line")),
                    }
                    self.parts += 1;
                    if self.parts > MOST_PARTS {
                        return Err(Malformed("it has too many parts"));
                    }
                    // The line break stays: a part without a head has an empty line here.
                    self.at += padding;
                    self.place = Place::Head;
                }
                Place::Head => {
                    let Some(length) = find(rest, b"\r\n\r\n").filter(|length| *length <= LONGEST_HEAD)
                    else {
                        if rest.len() > LONGEST_HEAD {
                            return Err(Malformed("a part's head is too long"));
                        }
                        return Ok(Event::More);
                    };
                    let head = Head::read(&rest[..length])?;
                    self.at += length + 4;
                    self.place = Place::Data;
                    return Ok(Event::Part(head));
                }
                Place::Data => {
                    let (found, length) = self.up_to_delimiter();
                    let start = self.at;
                    self.at += length;
                    if length > 0 {
                        return Ok(Event::Data(&self.data[start..self.at]));
                    }
                    if !found {
                        return Ok(Event::More);
                    }
                    self.at += self.delimiter.len();
                    self.place = Place::Boundary;
                    return Ok(Event::PartEnd);
                }
                Place::End => {
                    self.at = self.data.len();
                    return Ok(Event::More);
                }
            }
        }
    }

    /// Whether there is a delimiter, and how many bytes are certainly in front of one.
    fn up_to_delimiter(&self) -> (bool, usize) {
        let rest = &self.data[self.at..];
        match find(rest, &self.delimiter) {
            Some(length) => (true, length),
            // Its beginning may be there.
            None => (false, (rest.len() + 1).saturating_sub(self.delimiter.len())),
        }
    }
}

/// Where `needle` first is. It begins with a line break, which hardly any place of a file is.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| *b == b'\r') {
        from += at;
        if bytes[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
    None
}

#[cfg(test)]
mod tests;
