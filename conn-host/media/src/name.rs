//! File names that strangers give.

use url::Url;

/// The longest file name, in characters.
const LONGEST: usize = 120;

/// The last part of `name`, without what a file system or a screen could take amiss (separators, control and
/// direction characters, leading dots), at most 120 characters with its extension kept. `None` when nothing is left.
pub fn clean_file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| {
            !c.is_control() && !is_direction(*c) && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
        })
        .collect();
    let kept = kept.trim_matches(|c: char| c.is_whitespace() || c == '.');
    if kept.chars().count() <= LONGEST {
        return (!kept.is_empty()).then(|| kept.to_owned());
    }
    let (stem, extension) = match kept.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (kept, String::new()),
    };
    let room = LONGEST - extension.chars().count();
    Some(stem.chars().take(room).chain(extension.chars()).collect())
}

/// Characters that turn the reading direction: `gpj.exe` shown as `exe.jpg`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The URL's last segment, decoded and cleaned.
pub(crate) fn from_url(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let last = url.path_segments()?.next_back()?;
    clean_file_name(&percent_encoding::percent_decode_str(last).decode_utf8_lossy())
}

/// The name in a `Content-Disposition` (RFC 6266), cleaned: `filename*` in UTF-8 before `filename`.
pub fn name_from_disposition(header: Option<&str>) -> Option<String> {
    let mut plain = None;
    for part in header?.split(';').skip(1) {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded =
                    value.get(..7).filter(|h| h.eq_ignore_ascii_case("utf-8''")).map(|_| &value[7..]);
                if let Some(encoded) = encoded {
                    return clean_file_name(
                        &percent_encoding::percent_decode_str(encoded).decode_utf8_lossy(),
                    );
                }
            }
            "filename" => plain = clean_file_name(value.trim_matches('"')),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disposition_names_the_file() {
        for (header, name) in [
            ("attachment; filename=\"a b.pdf\"", Some("a b.pdf")),
            ("attachment; filename=x.pdf; filename*=UTF-8''%C3%BC.pdf", Some("ü.pdf")),
            ("inline; FILENAME=../../etc/passwd", Some("passwd")),
            ("attachment", None),
            ("attachment; filename*=é''x", None),
        ] {
            assert_eq!(name_from_disposition(Some(header)).as_deref(), name, "{header}");
        }
        assert_eq!(name_from_disposition(None), None);
    }

    #[test]
    fn names_are_made_harmless() {
        for (given, clean) in [
            ("report.pdf", Some("report.pdf")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\x\a.txt", Some("a.txt")),
            ("a\u{202e}gpj.exe", Some("agpj.exe")),
            ("\0\n", None),
            ("...", None),
            (".bashrc", Some("bashrc")),
            ("Übersicht 2026.xlsx", Some("Übersicht 2026.xlsx")),
        ] {
            assert_eq!(clean_file_name(given).as_deref(), clean, "{given:?}");
        }
        let long = clean_file_name(&format!("{}.pdf", "x".repeat(300))).unwrap();
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn a_url_names_its_file() {
        assert_eq!(from_url("https://example.com/a/b%20c.pdf?x=1").as_deref(), Some("b c.pdf"));
        assert_eq!(from_url("https://example.com/a%2F..%2Fb.pdf").as_deref(), Some("b.pdf"));
        assert_eq!(from_url("https://example.com/"), None);
    }
}
