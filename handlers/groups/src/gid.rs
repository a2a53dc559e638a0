//! A group's id in a path: its JID, or the part before the `@`.

use edgewire_contract::fault::Fault;
use edgewire_contract::jid::{Jid, JidKind};

/// Reads it.
///
/// # Errors
/// 404 for what is no group's id.
pub fn parse(text: &str) -> Result<Jid, Fault> {
    let jid = match text.contains('@') {
        true => Jid::parse_recipient(text),
        false => Jid::parse_recipient(&format!("{text}@g.us")),
    };
    let numbers = |jid: &Jid| {
        let parts: Vec<&str> = jid.user().split('-').collect();
        parts.len() <= 2 && parts.iter().all(|part| !part.is_empty())
    };
    jid.ok()
        .filter(|jid| jid.kind() == JidKind::Group && numbers(jid))
        .ok_or_else(|| Fault::not_found("group"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_jid_and_its_bare_id_are_the_same_group() {
        for (text, jid) in [
            ("120363000000000000@g.us", "120363000000000000@g.us"),
            ("120363000000000000", "120363000000000000@g.us"),
            ("628123456789-1234567890", "628123456789-1234567890@g.us"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), jid);
        }
    }

    #[test]
    fn all_else_is_not_found() {
        for bad in [
            "",
            "-",
            "1-",
            "-1",
            "1-2-3",
            "join",
            "@g.us",
            "628123456789@s.whatsapp.net",
            "120363000000000000@newsletter",
            "status@broadcast",
            "1@g.us@g.us",
            "123456789012345678901234567890123",
        ] {
            assert_eq!(parse(bad), Err(Fault::not_found("group")), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_group(text in "\\PC{0,40}") {
            if let Ok(jid) = parse(&text) {
                prop_assert_eq!(parse(jid.as_str()), Ok(jid));
            }
        }
    }
}
