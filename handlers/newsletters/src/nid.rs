//! What names a newsletter in a path: its JID, the digits before the `@`, or the code of its invite.

use edgewire_contract::fault::Fault;
use edgewire_contract::jid::{Jid, JidKind};

/// The longest code of an invite, characters. WhatsApp's have 22.
const LONGEST_CODE: usize = 64;

fn unknown() -> Fault {
    Fault::not_found("newsletter")
}

/// Reads an id.
///
/// # Errors
/// 404 for what is none.
pub fn parse(text: &str) -> Result<Jid, Fault> {
    let jid = match text.contains('@') {
        true => Jid::parse_recipient(text),
        false => Jid::parse_recipient(&format!("{text}@newsletter")),
    };
    jid.ok().filter(|jid| jid.kind() == JidKind::Newsletter).ok_or_else(unknown)
}

/// Reads an invite's code.
///
/// # Errors
/// 404 for what is none.
pub fn code(text: &str) -> Result<String, Fault> {
    let is_code = (1..=LONGEST_CODE).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    is_code.then(|| text.to_owned()).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_jid_and_its_digits_are_the_same_newsletter() {
        for text in ["120363000000000000@newsletter", "120363000000000000"] {
            assert_eq!(parse(text).unwrap().as_str(), "120363000000000000@newsletter");
        }
    }

    #[test]
    fn all_else_is_not_found() {
        for bad in ["", "x", "1-2", "120363000000000000@g.us", "628123456789@s.whatsapp.net", "@newsletter"] {
            assert_eq!(parse(bad), Err(unknown()), "{bad:?}");
        }
        for bad in ["", "a b", "https:", &"x".repeat(65)] {
            assert_eq!(code(bad), Err(unknown()), "{bad:?}");
        }
        assert_eq!(code("0029VaExample_-1").as_deref(), Ok("0029VaExample_-1"));
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_newsletter(text in "\\PC{0,40}") {
            if let Ok(jid) = parse(&text) {
                prop_assert_eq!(parse(jid.as_str()), Ok(jid));
            }
        }
    }
}
