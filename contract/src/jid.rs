//! JIDs and phone numbers, as `contract.md` takes them ("Recipients").

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Who or what a message can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JidKind {
    /// `<digits>@s.whatsapp.net`: a person, by phone number.
    Phone,
    /// `<digits>@lid`: a person, by WhatsApp's hidden id.
    Lid,
    /// `…@g.us`: a group.
    Group,
    /// `…@newsletter`: a channel.
    Newsletter,
    /// `status@broadcast`: the account's status.
    Status,
}

/// A recipient's or sender's address without a device part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Jid(String);

/// Text that is neither a phone number nor a JID that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a phone number of 7 to 15 digits or a JID (@s.whatsapp.net, @lid, @g.us, @newsletter, status@broadcast)"
)]
pub struct JidError;

const STATUS: &str = "status@broadcast";

impl Jid {
    /// Reads a phone number (spaces, dashes, dots, parentheses and a leading `+` are dropped; 7 to 15 digits stay)
    /// or a JID of a kind in [`JidKind`].
    pub fn parse_recipient(text: &str) -> Result<Self, JidError> {
        let text = text.trim();
        let Some((user, server)) = text.split_once('@') else {
            return Ok(Self(format!("{}@s.whatsapp.net", digits_of_phone(text)?)));
        };
        let all_digits = |min: usize, max: usize| {
            (min..=max).contains(&user.len()) && user.bytes().all(|b| b.is_ascii_digit())
        };
        let ok = match server {
            "s.whatsapp.net" => all_digits(7, 15),
            "lid" => all_digits(1, 20),
            // Old groups are `<creator's phone>-<time>@g.us`.
            "g.us" => {
                (1..=32).contains(&user.len())
                    && user.bytes().all(|b| b.is_ascii_digit() || b == b'-')
                    && user.bytes().any(|b| b.is_ascii_digit())
            }
            "newsletter" => all_digits(1, 32),
            _ => text == STATUS,
        };
        if ok { Ok(Self(text.to_owned())) } else { Err(JidError) }
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn user(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// What kind of address it is.
    pub fn kind(&self) -> JidKind {
        match self.0.rsplit('@').next() {
            Some("lid") => JidKind::Lid,
            Some("g.us") => JidKind::Group,
            Some("newsletter") => JidKind::Newsletter,
            Some("broadcast") => JidKind::Status,
            _ => JidKind::Phone,
        }
    }
}

impl fmt::Display for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Jid {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse_recipient(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// The 7 to 15 digits of a phone number, its separators dropped.
pub fn digits_of_phone(text: &str) -> Result<String, JidError> {
    let text = text.trim();
    let mut digits = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' | '.' | '(' | ')' => {}
            '+' if i == 0 => {}
            _ => return Err(JidError),
        }
    }
    if (7..=15).contains(&digits.len()) { Ok(digits) } else { Err(JidError) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phones_and_jids_are_taken_as_users_write_them() {
        for (written, jid) in [
            ("628123456789", "628123456789@s.whatsapp.net"),
            ("+62 812-3456.789", "628123456789@s.whatsapp.net"),
            ("(55) 11 99999-9999", "5511999999999@s.whatsapp.net"),
            ("628123456789@s.whatsapp.net", "628123456789@s.whatsapp.net"),
            ("100000000000001@lid", "100000000000001@lid"),
            ("120363000000000000@g.us", "120363000000000000@g.us"),
            ("123456789-1234567890@g.us", "123456789-1234567890@g.us"),
            ("120363000000000000@newsletter", "120363000000000000@newsletter"),
            ("status@broadcast", "status@broadcast"),
        ] {
            assert_eq!(Jid::parse_recipient(written).unwrap().as_str(), jid);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "hello",
            "123456",
            "1234567890123456",
            "12+34567890",
            "628123456789@c.us",
            "x@g.us",
            "@lid",
            "-@g.us",
            "a@s.whatsapp.net",
            "news@broadcast",
            "628123456789:3@s.whatsapp.net",
            "1@2@lid",
        ] {
            assert_eq!(Jid::parse_recipient(bad), Err(JidError), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_canonical(text in "\\PC{0,40}") {
            if let Ok(jid) = Jid::parse_recipient(&text) {
                prop_assert_eq!(Jid::parse_recipient(jid.as_str()).unwrap(), jid);
            }
        }
    }
}
