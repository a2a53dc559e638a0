//! A PDF's pages, where they can be read without a PDF library.
//!
//! Three places tell: `/N` in the first object of a linearized file, `/Count` in a page tree's root, and the page
//! objects themselves. The latter two can be hidden in compressed streams: then the number is not known. At most the
//! first and the last 4 MiB are looked at.

use std::io::{self, Read, Seek, SeekFrom};

use crate::spool::Spool;

const WINDOW: u64 = 4 * 1024 * 1024;
/// More pages than this are a lie.
const MOST: u32 = 100_000;

pub(crate) fn pages(spool: &Spool) -> io::Result<Option<u32>> {
    let mut text = Vec::new();
    let mut reader = spool.reader();
    reader.by_ref().take(WINDOW).read_to_end(&mut text)?;
    let head = &text[..text.len().min(2048)];
    if let Some(at) = find(head, b"/Linearized")
        && let Some(pages) = number_after(&head[at..], b"/N ")
    {
        return Ok(Some(pages));
    }
    let seen = text.len() as u64;
    if spool.len() > seen {
        reader.seek(SeekFrom::Start(seen.max(spool.len().saturating_sub(WINDOW))))?;
        reader.take(WINDOW).read_to_end(&mut text)?;
    }
    let complete = text.len() as u64 == spool.len();
    Ok(by_tree(&text).or_else(|| if complete { by_objects(&text) } else { None }))
}

/// The largest `/Count` of a `/Type /Pages` dictionary: the root's, since it counts all below.
fn by_tree(text: &[u8]) -> Option<u32> {
    let mut most = None;
    let mut rest = text;
    while let Some(at) = find(rest, b"/Pages") {
        let typed = rest[..at].trim_ascii_end().ends_with(b"/Type");
        if typed {
            // The dictionary around it: up to the next object's bounds, and not far.
            let start = at.saturating_sub(512);
            let before = find_last(&rest[start..at], b"obj").map_or(start, |found| start + found);
            let far = &rest[at..rest.len().min(at + 16 * 1024)];
            let after = at + find(far, b"endobj").unwrap_or(far.len());
            most = most.max(number_after(&rest[before..after], b"/Count"));
        }
        rest = &rest[at + 6..];
    }
    most
}

fn by_objects(text: &[u8]) -> Option<u32> {
    let mut count = 0;
    let mut rest = text;
    while let Some(at) = find(rest, b"/Page") {
        let whole = rest.get(at + 5).is_none_or(|next| !next.is_ascii_alphanumeric());
        if whole && rest[..at].trim_ascii_end().ends_with(b"/Type") {
            count += 1;
        }
        rest = &rest[at + 5..];
    }
    (1..=MOST).contains(&count).then_some(count)
}

fn number_after(text: &[u8], key: &[u8]) -> Option<u32> {
    let rest = text[find(text, key)? + key.len()..].trim_ascii_start();
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count().min(9);
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    (1..=MOST).contains(&number).then_some(number)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn find_last(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages_of(text: &str) -> Option<u32> {
        pages(&Spool::from_bytes(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn pages_are_counted_where_they_show() {
        assert_eq!(pages_of("%PDF-1.4 1 0 obj<</Type/Pages/Kids[2 0 R]/Count 12>>endobj"), Some(12));
        assert_eq!(
            pages_of("%PDF-1.4 1 0 obj<</Count 3 /Type /Pages>>endobj 2 0 obj<</Type/Pages/Count 7>>endobj"),
            Some(7)
        );
        assert_eq!(
            pages_of("%PDF-1.4 1 0 obj<</Type /Page>>endobj 2 0 obj<</Type/Page/X 1>>endobj"),
            Some(2)
        );
        assert_eq!(pages_of("%PDF-1.5 1 0 obj<</Linearized 1/L 9/N 40 /T 3>>endobj"), Some(40));
        assert_eq!(pages_of("%PDF-1.5 all is compressed"), None);
        assert_eq!(pages_of("%PDF-1.5 1 0 obj<</Type/Pages/Count 4294967299>>endobj"), None);
    }
}
