//! Who is who: which phone number and which LID are the same person's.
//!
//! A stanza often names both. What it leaves out, the device store knows of earlier ones; what was looked up once is
//! remembered as long as the connection lasts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use edgewire_contract::event::Party;
use edgewire_store::{DeviceStore, StoreError};

/// How many addresses a session remembers.
const REMEMBERED: usize = 4096;

/// The account itself: both its addresses, without device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Me {
    /// The phone number's JID.
    pub phone: Option<String>,
    /// The LID.
    pub lid: Option<String>,
}

impl Me {
    /// Whether `jid`, with or without device, is the account.
    pub fn is(&self, jid: &str) -> bool {
        let jid = bare(jid);
        [&self.phone, &self.lid].into_iter().flatten().any(|own| *own == jid)
    }

    /// The account as a party.
    pub fn party(&self) -> Option<Party> {
        let jid = self.phone.as_deref().or(self.lid.as_deref())?;
        Some(Party::of(jid, self.lid.as_deref()))
    }
}

/// The addresses that a piece of work needs, looked up.
#[derive(Debug, Clone, Default)]
pub struct Known(HashMap<String, String>);

impl Known {
    /// Who has the address `jid`, with or without device.
    pub fn party(&self, jid: &str) -> Party {
        let jid = bare(jid);
        Party::of(&jid, self.0.get(&*jid).map(String::as_str))
    }

    /// Learns that two addresses are one person's.
    pub fn learn(&mut self, one: &str, other: &str) {
        let (one, other) = (bare(one).into_owned(), bare(other).into_owned());
        self.0.insert(other.clone(), one.clone());
        self.0.insert(one, other);
    }
}

/// Who is who, for one session.
pub struct People {
    store: Arc<DeviceStore>,
    seen: Mutex<HashMap<String, String>>,
}

/// An address, and the other one of the same person where the stanza names it.
pub type Hint = (String, Option<String>);

impl People {
    /// Looks up in `store`.
    pub fn new(store: Arc<DeviceStore>) -> Self {
        Self { store, seen: Mutex::default() }
    }

    /// Looks all of `hints` up. One round trip at most, and none for what was looked up before.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn know(&self, hints: impl IntoIterator<Item = Hint>) -> Result<Known, StoreError> {
        let mut known = Known::default();
        let mut unknown = Vec::new();
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() > REMEMBERED {
                seen.clear();
            }
            for (jid, alt) in hints {
                let jid = bare(&jid).into_owned();
                if let Some(alt) = alt.map(|alt| bare(&alt).into_owned()).filter(|alt| *alt != jid) {
                    seen.insert(jid.clone(), alt.clone());
                    seen.insert(alt.clone(), jid.clone());
                    known.learn(&jid, &alt);
                } else if let Some(alt) = seen.get(&jid) {
                    if !alt.is_empty() {
                        known.learn(&jid, alt);
                    }
                } else if is_a_persons(&jid) && !known.0.contains_key(&jid) {
                    unknown.push(jid);
                }
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|jid| !known.0.contains_key(jid));
        if unknown.is_empty() {
            return Ok(known);
        }
        let others = self.store.other_addresses(&unknown).await?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (jid, other) in unknown.iter().zip(others) {
            if let Some(other) = &other {
                known.learn(jid, other);
                seen.insert(other.clone(), jid.clone());
            }
            // That nobody knows it is remembered too, until a stanza says it.
            seen.insert(jid.clone(), other.unwrap_or_default());
        }
        Ok(known)
    }
}

fn is_a_persons(jid: &str) -> bool {
    jid.ends_with("@s.whatsapp.net") || jid.ends_with("@lid")
}

/// `jid` without its device: `1555:3@s.whatsapp.net` is `1555@s.whatsapp.net`.
pub fn bare(jid: &str) -> std::borrow::Cow<'_, str> {
    match jid.split_once('@') {
        Some((user, server)) if user.contains([':', '.']) && matches!(server, "s.whatsapp.net" | "lid") => {
            let user = user.split([':', '.']).next().unwrap_or(user);
            format!("{user}@{server}").into()
        }
        _ => jid.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_device() {
        assert_eq!(bare("1555:3@s.whatsapp.net"), "1555@s.whatsapp.net");
        assert_eq!(bare("1000.1:3@lid"), "1000@lid");
        assert_eq!(bare("123-45@g.us"), "123-45@g.us");
    }

    #[test]
    fn the_account_knows_itself_by_both_addresses() {
        let me = Me { phone: Some("1@s.whatsapp.net".into()), lid: Some("9@lid".into()) };
        assert!(me.is("1:4@s.whatsapp.net") && me.is("9@lid") && !me.is("9@s.whatsapp.net"));
        assert_eq!(me.party().unwrap(), Party::of("1@s.whatsapp.net", Some("9@lid")));
        let mut known = Known::default();
        known.learn("9@lid", "1@s.whatsapp.net");
        assert_eq!(known.party("9:2@lid").jid, "1@s.whatsapp.net");
    }
}
