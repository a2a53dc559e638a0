//! A contact card: a vCard 3.0 (RFC 2426), spelled as WhatsApp's clients spell it.

use edgewire_contract::content::{Card, Contact, Phone};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// The type of a number that the caller says nothing of.
const CELL: &str = "CELL";

/// A card as WhatsApp carries it.
pub(super) fn message(contact: &Contact) -> wa::Message {
    let contact_message = MessageField::some(wa::message::ContactMessage {
        display_name: Some(contact.contact.display_name.clone()),
        vcard: Some(vcard(&contact.contact)),
        ..Default::default()
    });
    wa::Message { contact_message, ..Default::default() }
}

/// The vCard. Lines end as WhatsApp's own do, and none is folded. `waid` makes a number one that can be written to.
fn vcard(card: &Card) -> String {
    let name = escaped(&card.display_name);
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:3.0".into()];
    // What is the family's and what the given name is not known; WhatsApp too puts all of it into the latter.
    lines.push(format!("N:;{name};;;"));
    lines.push(format!("FN:{name}"));
    lines.extend(card.organization.as_deref().map(|organization| format!("ORG:{}", escaped(organization))));
    lines.extend(card.phones.iter().map(tel));
    lines.extend(card.email.as_deref().map(|email| format!("EMAIL;type=INTERNET:{}", escaped(email))));
    lines.push("END:VCARD".into());
    lines.join("\n")
}

fn tel(Phone { number, phone_type }: &Phone) -> String {
    format!("TEL;type={};type=VOICE;waid={number}:+{number}", type_of(phone_type.as_deref()))
}

/// A number's type: what can stand in a parameter without quotes.
fn type_of(said: Option<&str>) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let word: String = said.unwrap_or(CELL).chars().filter(plain).collect();
    if word.is_empty() { CELL.into() } else { word.to_ascii_uppercase() }
}

/// A text value: what has a meaning in vCards is escaped, and what cannot stand in one is left out.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => value.extend(['\\', c]),
            '\n' | '\r' => value.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    /// What a reader gets out of a vCard: the properties, name with parameters first.
    fn parsed(vcard: &str) -> Vec<(String, String)> {
        vcard
            .split('\n')
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }

    /// The components of a structured value, as a reader of RFC 2426 takes them apart.
    fn components(value: &str) -> Vec<String> {
        let mut parts = vec![String::new()];
        let mut chars = value.chars();
        while let Some(c) = chars.next() {
            let last = parts.last_mut().unwrap();
            match c {
                '\\' => match chars.next().unwrap() {
                    'n' | 'N' => last.push('\n'),
                    c => last.push(c),
                },
                ';' => parts.push(String::new()),
                ',' => panic!("an unescaped comma in {value:?}"),
                c => last.push(c),
            }
        }
        parts
    }

    fn card(name: &str, organization: &str, email: &str, phones: &[(&str, Option<&str>)]) -> Card {
        let phone = |&(number, phone_type): &(&str, Option<&str>)| Phone {
            number: number.into(),
            phone_type: phone_type.map(str::to_owned),
        };
        Card {
            display_name: name.into(),
            phones: phones.iter().map(phone).collect(),
            organization: Some(organization.into()),
            email: Some(email.into()),
        }
    }

    #[test]
    fn a_card_with_everything() {
        let card = card(
            "Doe; John, Jr.",
            "ACME, Inc.\\\r\nLtd",
            "john@example.com",
            &[("628123456789", Some("work")), ("4915100000001", None), ("15550001", Some(";:\n"))],
        );
        assert_eq!(
            vcard(&card),
            [
                "BEGIN:VCARD",
                "VERSION:3.0",
                r"N:;Doe\; John\, Jr.;;;",
                r"FN:Doe\; John\, Jr.",
                r"ORG:ACME\, Inc.\\\nLtd",
                "TEL;type=WORK;type=VOICE;waid=628123456789:+628123456789",
                "TEL;type=CELL;type=VOICE;waid=4915100000001:+4915100000001",
                "TEL;type=CELL;type=VOICE;waid=15550001:+15550001",
                "EMAIL;type=INTERNET:john@example.com",
                "END:VCARD",
            ]
            .join("\n")
        );
    }

    #[test]
    fn whatever_is_written_reads_back() {
        let mut random = StdRng::seed_from_u64(1);
        let alphabet: Vec<char> = "ab Ñ世👍:;,\\\n\"=\tN".chars().collect();
        let mut word = || -> String {
            let length = random.random_range(1..12);
            (0..length).map(|_| alphabet[random.random_range(0..alphabet.len())]).collect()
        };
        for _ in 0..2000 {
            let (name, organization, email) = (word(), word(), word());
            let card = card(&name, &organization, &email, &[("628123456789", Some("HOME"))]);
            let lines = parsed(&vcard(&card));
            let value = |name: &str| {
                let found = lines.iter().find(|(property, _)| property.split(';').next() == Some(name));
                components(&found.unwrap().1)
            };
            assert_eq!(value("N"), ["", &name, "", "", ""]);
            assert_eq!(value("FN"), [name]);
            assert_eq!(value("ORG"), [organization]);
            assert_eq!(value("EMAIL"), [email]);
            assert_eq!(value("TEL"), ["+628123456789"]);
            assert_eq!(lines.len(), 8);
        }
    }
}
