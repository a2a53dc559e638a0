//! Heads: of a part, and the `Content-Type` that says a form's boundary.

use super::Malformed;

/// The head of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The name of the form's field.
    pub name: String,
    /// Whether a file is in it: it has a file name.
    pub is_file: bool,
    /// Its `Content-Type`.
    pub mimetype: Option<String>,
}

impl Head {
    /// Reads the lines of a head.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        // A file's name may be in another encoding; nothing else here is more than ASCII.
        let text = String::from_utf8_lossy(bytes);
        let mut head = None;
        let mut mimetype = None;
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once(':') else {
                return Err(Malformed("a line of a part's head has no colon"));
            };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-disposition") {
                head = Some(Self::of_disposition(value)?);
            } else if name.eq_ignore_ascii_case("content-type") {
                mimetype = Some(value.to_owned()).filter(|value| !value.is_empty());
            } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
                let plain = ["binary", "8bit", "7bit"].iter().any(|plain| value.eq_ignore_ascii_case(plain));
                if !plain {
                    return Err(Malformed("a part's Content-Transfer-Encoding is not binary"));
                }
            }
        }
        let head = head.ok_or(Malformed("a part has no Content-Disposition"))?;
        Ok(Self { mimetype, ..head })
    }

    fn of_disposition(value: &str) -> Result<Self, Malformed> {
        let bad = Malformed("a part's Content-Disposition is not form-data with a name");
        let (kind, rest) = value.split_once(';').ok_or(bad)?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return Err(bad);
        }
        let (mut name, mut is_file) = (None, false);
        parameters(rest, |key, value| {
            if key.eq_ignore_ascii_case("name") {
                name.get_or_insert(value);
            } else if key.eq_ignore_ascii_case("filename") || key.eq_ignore_ascii_case("filename*") {
                is_file = true;
            }
        })
        .ok_or(bad)?;
        Ok(Self { name: name.ok_or(bad)?, is_file, mimetype: None })
    }
}

/// The boundary that a form's `Content-Type` says.
///
/// # Errors
/// When it says none that RFC 2046 allows.
pub fn boundary(content_type: &str) -> Result<String, Malformed> {
    let bad = Malformed("must have a boundary of 1 to 70 characters");
    let (_, rest) = content_type.split_once(';').ok_or(bad)?;
    let mut boundary = None;
    parameters(rest, |key, value| {
        if key.eq_ignore_ascii_case("boundary") {
            boundary.get_or_insert(value);
        }
    })
    .ok_or(bad)?;
    let fine = |b: u8| b.is_ascii_graphic() || b == b' ';
    boundary.filter(|b| (1..=70).contains(&b.len()) && !b.ends_with(' ') && b.bytes().all(fine)).ok_or(bad)
}

/// Reads `key=value; key="value"`; `None` when it is something else.
fn parameters(text: &str, mut take: impl FnMut(&str, String)) -> Option<()> {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim();
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, _) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), &after[value.len()..])
            }
        };
        take(key, value);
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(';')?.trim_start();
        }
    }
    Some(())
}

/// A quoted value, from behind its first quote, and what follows it. Of the escapes only `\"` is undone: browsers send
/// Windows paths with their backslashes as they are.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        value.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if rest[at..].starts_with('"') {
            return Some((value, after));
        }
        match after.strip_prefix('"') {
            Some(behind) => {
                value.push('"');
                rest = behind;
            }
            None => {
                value.push('\\');
                rest = after;
            }
        }
    }
}
