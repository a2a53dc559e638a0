//! Addresses: ours have no device, the library's may.

use edgewire_contract::jid::Jid;
use whatsapp_rust::{Client, Jid as TheirJid};

use crate::wire::AskError;

/// Ours as the library's.
pub(super) fn theirs(jid: &Jid) -> Result<TheirJid, AskError> {
    jid.as_str().parse().map_err(|_| AskError::Invalid("jid", "is not an address that WhatsApp has".into()))
}

/// The library's as ours; `None` for kinds of addresses that we do not have (bots, hosted devices).
pub(super) fn ours(jid: &TheirJid) -> Option<Jid> {
    Jid::parse_recipient(&jid.to_non_ad().to_string()).ok()
}

/// As [`ours`], of an address without which there is no answer.
pub(super) fn must(jid: &TheirJid) -> Result<Jid, AskError> {
    ours(jid).ok_or_else(|| AskError::Failed("WhatsApp answered with an address of an unknown kind".into()))
}

/// The digits of a phone's address.
pub(super) fn digits(jid: &TheirJid) -> Option<String> {
    jid.is_pn().then(|| jid.user_base().to_owned())
}

/// The phone's address of a LID, where the library has learned it.
pub(super) async fn phone_of(client: &Client, jid: &TheirJid) -> Option<TheirJid> {
    if !jid.is_lid() {
        return jid.is_pn().then(|| jid.to_non_ad());
    }
    let entry = client.get_lid_pn_entry(&jid.to_non_ad()).await.ok()??;
    Some(TheirJid::pn(&*entry.phone_number))
}

/// The LID of a phone's address, where the library has learned it.
pub(super) async fn lid_of(client: &Client, jid: &TheirJid) -> Option<TheirJid> {
    if !jid.is_pn() {
        return jid.is_lid().then(|| jid.to_non_ad());
    }
    let entry = client.get_lid_pn_entry(&jid.to_non_ad()).await.ok()??;
    Some(TheirJid::lid(&*entry.lid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_left_out_both_ways() {
        for (their, our) in [
            ("4917012345678:3@s.whatsapp.net", "4917012345678@s.whatsapp.net"),
            ("100000000000001:12@lid", "100000000000001@lid"),
            ("120363000000000000@g.us", "120363000000000000@g.us"),
            ("120363000000000000@newsletter", "120363000000000000@newsletter"),
        ] {
            let their: TheirJid = their.parse().unwrap();
            let jid = ours(&their).unwrap();
            assert_eq!(jid.as_str(), our);
            assert_eq!(theirs(&jid).unwrap(), their.to_non_ad());
        }
        assert_eq!(ours(&"867051314767696@bot".parse().unwrap()), None);
    }

    #[test]
    fn only_a_phone_has_digits() {
        assert_eq!(digits(&TheirJid::pn("4917012345678")).as_deref(), Some("4917012345678"));
        assert_eq!(digits(&TheirJid::lid("100000000000001")), None);
    }
}
