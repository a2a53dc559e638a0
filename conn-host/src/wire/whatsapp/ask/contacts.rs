//! Other people.

use edgewire_contract::answer::{ContactCheck, Picture};
use edgewire_contract::command::{BlockContact, CheckContacts, ContactPicture};
use edgewire_contract::jid::Jid;
use whatsapp_rust::{BlockingError, Client, IsOnWhatsAppResult, Jid as TheirJid};

use super::errors::{CONTACT, about};
use super::jids::{lid_of, ours, phone_of, theirs};
use super::{Told, told};
use crate::wire::AskError;

/// Who of these is on WhatsApp, in the order asked.
pub(super) async fn check(client: &Client, it: &CheckContacts) -> Told {
    let asked: Vec<TheirJid> = it.phones.iter().map(|phone| TheirJid::pn(phone.as_str())).collect();
    let found = client.contacts().is_on_whatsapp(&asked).await;
    let found = found.map_err(|e| CONTACT.at("phones").contact(e))?;
    // A lookup that WhatsApp refused for one of them says nothing of him.
    if let Some(error) = found.iter().find_map(|one| one.contact_error.as_ref()) {
        let text = error.text.as_deref().unwrap_or_default();
        return Err(CONTACT.at("phones").refused(error.code.unwrap_or(500), text));
    }
    let mut checks = Vec::with_capacity(it.phones.len());
    for (phone, one) in it.phones.iter().zip(assigned(&it.phones, &found)) {
        let registered = one.filter(|one| one.is_registered);
        let jid = registered.and_then(address);
        let lid = match (registered.and_then(lid), &jid) {
            (Some(lid), _) => Some(lid),
            (None, Some(jid)) => lid_of(client, jid).await,
            (None, None) => None,
        };
        checks.push(ContactCheck {
            phone: phone.clone(),
            exists: registered.is_some(),
            jid: jid.as_ref().and_then(ours),
            lid: lid.as_ref().and_then(ours),
        });
    }
    told(&checks)
}

/// Whose answer is whose. Some numbers have two spellings (in Brazil, Mexico, Argentina…), and WhatsApp answers with its
/// own: what is left over goes to who is left over, in order, if it comes out even.
fn assigned<'a>(phones: &[String], found: &'a [IsOnWhatsAppResult]) -> Vec<Option<&'a IsOnWhatsAppResult>> {
    let is = |phone: &String, one: &IsOnWhatsAppResult| {
        address(one).is_some_and(|jid| jid.user_base() == phone.as_str())
    };
    let mut assigned: Vec<Option<&IsOnWhatsAppResult>> =
        phones.iter().map(|phone| found.iter().find(|one| is(phone, one))).collect();
    let left_over: Vec<&IsOnWhatsAppResult> =
        found.iter().filter(|one| !phones.iter().any(|phone| is(phone, one))).collect();
    if assigned.iter().filter(|one| one.is_none()).count() == left_over.len() {
        let places = assigned.iter_mut().filter(|one| one.is_none());
        places.zip(left_over).for_each(|(place, one)| *place = Some(one));
    }
    assigned
}

/// Its address by phone number.
fn address(one: &IsOnWhatsAppResult) -> Option<TheirJid> {
    [Some(&one.jid), one.pn_jid.as_ref()]
        .into_iter()
        .flatten()
        .find(|jid| jid.is_pn())
        .map(TheirJid::to_non_ad)
}

fn lid(one: &IsOnWhatsAppResult) -> Option<TheirJid> {
    [one.lid.as_ref(), Some(&one.jid)].into_iter().flatten().find(|jid| jid.is_lid()).map(TheirJid::to_non_ad)
}

/// A picture's place.
pub(super) async fn picture(client: &Client, it: &ContactPicture) -> Told {
    const PICTURE: &str = "picture";
    let found = client.contacts().get_profile_picture(&theirs(&it.jid)?, it.preview).await;
    let found = found.map_err(|e| match about(PICTURE, "jid").contact(e) {
        // Hidden is as good as none.
        AskError::Forbidden(_) => AskError::NotFound(PICTURE),
        other => other,
    })?;
    let found = found.filter(|picture| !picture.url.is_empty()).ok_or(AskError::NotFound(PICTURE))?;
    told(&Picture { id: found.id, url: found.url, direct_path: found.direct_path })
}

/// Blocks or unblocks. WhatsApp blocks a LID and wants the phone number beside it; where only one of them is known, the
/// other is looked up.
pub(super) async fn block(client: &Client, it: &BlockContact) -> Told {
    let jid = theirs(&it.jid)?;
    match set_blocked(client, &jid, it.block).await {
        Err(BlockingError::InvalidJid(_)) => {}
        done => return done.map(|()| None).map_err(|e| CONTACT.blocking(e)),
    }
    let found = client.contacts().is_on_whatsapp(std::slice::from_ref(&jid)).await;
    let found = found.map_err(|e| CONTACT.contact(e))?;
    if !found.iter().any(|one| one.is_registered) {
        return Err(AskError::NotFound("contact"));
    }
    set_blocked(client, &jid, it.block).await.map(|()| None).map_err(|e| CONTACT.blocking(e))
}

async fn set_blocked(client: &Client, jid: &TheirJid, block: bool) -> Result<(), BlockingError> {
    match block {
        true => client.blocking().block(jid).await,
        false => client.blocking().unblock(jid).await,
    }
}

/// Who is blocked: by phone number where it is known.
pub(super) async fn blocked(client: &Client) -> Told {
    let entries = client.blocking().get_blocklist().await.map_err(|e| CONTACT.blocking(e))?;
    let mut jids: Vec<Jid> = Vec::with_capacity(entries.len());
    for entry in entries {
        let phone = phone_of(client, &entry.jid).await;
        jids.extend(ours(phone.as_ref().unwrap_or(&entry.jid)));
    }
    told(&jids)
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::wacore::iq::spec::IqSpec as _;
    use whatsapp_rust::wacore::iq::usync::{IsOnWhatsAppQueryType, IsOnWhatsAppSpec};

    use super::*;

    /// What the library reads from WhatsApp's answer about these: address, phone beside it, on WhatsApp.
    fn found(users: &[(&str, Option<&str>, bool)]) -> Vec<IsOnWhatsAppResult> {
        let users = users.iter().map(|(jid, phone, there)| {
            let kind = if *there { "in" } else { "out" };
            let contact = NodeBuilder::new("contact").attr("type", kind).build();
            let mut user = NodeBuilder::new("user").attr("jid", jid.parse::<TheirJid>().unwrap());
            if let Some(phone) = phone {
                user = user.attr("pn_jid", TheirJid::pn(*phone));
            }
            user.children([contact]).build()
        });
        let list = NodeBuilder::new("list").children(users).build();
        let result = NodeBuilder::new("result").build();
        let usync = NodeBuilder::new("usync").children([result, list]).build();
        let node = NodeBuilder::new("iq").children([usync]).build();
        let spec = IsOnWhatsAppSpec::new(Vec::new(), "1", IsOnWhatsAppQueryType::Pn);
        spec.parse_response(&node.as_node_ref()).unwrap()
    }

    fn addresses(phones: &[&str], found: &[IsOnWhatsAppResult]) -> Vec<Option<String>> {
        let phones: Vec<String> = phones.iter().map(|phone| (*phone).to_owned()).collect();
        let assigned = assigned(&phones, found);
        assigned.into_iter().map(|one| Some(address(one?)?.user_base().to_owned())).collect()
    }

    #[test]
    fn each_number_gets_its_own_answer() {
        let found = found(&[
            ("4915550002@s.whatsapp.net", None, false),
            ("100000000000001@lid", Some("4915550001"), true),
        ]);
        let told = addresses(&["4915550001", "4915550002"], &found);
        assert_eq!(told, [Some("4915550001".to_owned()), Some("4915550002".to_owned())]);
        assert_eq!(lid(&found[1]).unwrap().to_string(), "100000000000001@lid");
        assert!(lid(&found[0]).is_none());
    }

    #[test]
    fn another_spelling_of_a_number_is_recognised_when_it_comes_out_even() {
        let found =
            found(&[("551199999999@s.whatsapp.net", None, true), ("4915550001@s.whatsapp.net", None, true)]);
        let told = addresses(&["4915550001", "5511999999999"], &found);
        assert_eq!(told, [Some("4915550001".to_owned()), Some("551199999999".to_owned())]);
        let told = addresses(&["4915550001", "5511999999999", "4915550009"], &found);
        assert_eq!(told, [Some("4915550001".to_owned()), None, None]);
    }
}
