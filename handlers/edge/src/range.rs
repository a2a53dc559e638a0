//! Which part of a file a caller wants: `Range`, `If-Range`, `If-None-Match` (RFC 9110, sections 13 and 14).

/// What is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    All,
    /// From the first byte to the last, both included.
    Part(u64, u64),
    /// Nothing: he has it already.
    Known,
    /// A part that it does not have.
    Beyond,
}

/// What a request wants of a file of `length` bytes with this ETag (quotes included). Several ranges at once, and other
/// units, are answered with all of it, as the RFC allows.
pub fn wanted<'h>(header: impl Fn(&str) -> Option<&'h str>, etag: Option<&str>, length: u64) -> Wanted {
    let same = |list: &str, weak: bool| {
        list.split(',').map(str::trim).any(|tag| {
            let tag = if weak { tag.trim_start_matches("W/") } else { tag };
            tag == "*" || Some(tag) == etag
        })
    };
    if header("if-none-match").is_some_and(|list| same(list, true)) {
        return Wanted::Known;
    }
    let Some(range) = header("range").and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    if header("if-range").is_some_and(|tag| !same(tag, false)) || range.contains(',') {
        return Wanted::All;
    }
    let Some((first, last)) = range.split_once('-').map(|(first, last)| (first.trim(), last.trim())) else {
        return Wanted::All;
    };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    match (first, last) {
        ("", suffix) => match number(suffix) {
            Some(0) => Wanted::Beyond,
            Some(_) if length == 0 => Wanted::Beyond,
            Some(suffix) => Wanted::Part(length.saturating_sub(suffix), length - 1),
            None => Wanted::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), _) if last.is_empty() && first >= length => Wanted::Beyond,
            (Some(first), _) if last.is_empty() => Wanted::Part(first, length - 1),
            (Some(first), Some(last)) if first > last => Wanted::All,
            (Some(first), Some(_)) if first >= length => Wanted::Beyond,
            (Some(first), Some(last)) => Wanted::Part(first, last.min(length - 1)),
            _ => Wanted::All,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&str, &'static str)], length: u64) -> Wanted {
        wanted(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v), Some("\"abc\""), length)
    }

    #[test]
    fn a_range_is_cut_to_the_file() {
        for (range, wanted) in [
            ("bytes=0-4", Wanted::Part(0, 4)),
            ("bytes=5-", Wanted::Part(5, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-99", Wanted::Part(0, 9)),
            ("bytes=8-99", Wanted::Part(8, 9)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=10-12", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=4-2", Wanted::All),
            ("bytes=0-1,4-5", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=0-1", Wanted::All),
        ] {
            assert_eq!(of(&[("range", range)], 10), wanted, "{range}");
        }
        assert_eq!(of(&[("range", "bytes=0-")], 0), Wanted::Beyond);
        assert_eq!(of(&[], 10), Wanted::All);
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        assert_eq!(of(&[("if-none-match", "\"x\", W/\"abc\"")], 10), Wanted::Known);
        assert_eq!(of(&[("if-none-match", "\"x\"")], 10), Wanted::All);
        assert_eq!(of(&[("range", "bytes=0-1"), ("if-range", "\"abc\"")], 10), Wanted::Part(0, 1));
        assert_eq!(of(&[("range", "bytes=0-1"), ("if-range", "W/\"abc\"")], 10), Wanted::All);
        assert_eq!(of(&[("range", "bytes=0-1"), ("if-range", "\"old\"")], 10), Wanted::All);
    }
}
