//! Phone numbers and JIDs as users write them.

use edgewire_contract::jid::{Jid, JidKind, digits_of_phone};

use crate::text;

/// What is taken is canonical, and of the kind that it looks like.
pub fn run(data: &[u8]) {
    let text = text(data);
    let digits = digits_of_phone(&text);
    if let Ok(digits) = &digits {
        assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()), "{digits}");
        assert_eq!(digits_of_phone(digits).as_ref(), Ok(digits));
    }
    let jid = Jid::parse_recipient(&text);
    if let Ok(digits) = digits {
        assert_eq!(jid.as_ref().map(Jid::as_str), Ok(format!("{digits}@s.whatsapp.net").as_str()));
    }
    let Ok(jid) = jid else { return };
    assert_eq!(Jid::parse_recipient(jid.as_str()).as_ref(), Ok(&jid));
    let server = match jid.kind() {
        JidKind::Phone => "s.whatsapp.net",
        JidKind::Lid => "lid",
        JidKind::Group => "g.us",
        JidKind::Newsletter => "newsletter",
        JidKind::Status => "broadcast",
    };
    assert_eq!(format!("{}@{server}", jid.user()), jid.as_str());
    assert!(jid.as_str().len() <= 64 && jid.as_str().is_ascii(), "{jid}");
    let json = serde_json::to_vec(&jid).expect("a text");
    assert_eq!(serde_json::from_slice::<Jid>(&json).ok(), Some(jid));
}
