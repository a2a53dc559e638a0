//! The stanza journal over the control surface: what clients sent, as they sent it.

use serde_json::Value;

use super::{Outcome, Query, Refusal, phone_number};
use crate::server::Hub;
use crate::state::journal;

/// How many stanzas are listed when no limit is given.
const LISTED: usize = 500;

/// `GET /admin/stanzas[?phone=&device=&tag=&after=&limit=&ATTRIBUTE=]`: newest first.
///
/// `after` is a stanza's number: only younger ones. Any other name is an attribute that the stanza must have with this
/// value (`id`, `type`, `to`, `xmlns`, ...).
pub fn list(hub: &Hub, query: &Query<'_>) -> Outcome {
    let phone = query.get("phone").map(|text| phone_number(hub, &text)).transpose()?;
    let number = |name: &str| -> Result<Option<u64>, Refusal> {
        let parsed = query.get(name).map(|text| text.parse());
        parsed.transpose().map_err(|_| Refusal::bad_request(format!("{name} is a number")))
    };
    let (device, after, limit) = (number("device")?, number("after")?, number("limit")?);
    let limit = limit.map_or(LISTED, |limit| usize::try_from(limit).unwrap_or(journal::CAPACITY));
    let tag = query.get("tag");
    let known = ["phone", "device", "tag", "after", "limit"];
    let attrs: Vec<(String, String)> =
        query.pairs().into_iter().filter(|(key, _)| !known.contains(&key.as_str())).collect();
    let found = hub.lock().journal.find(limit, |stanza| {
        phone.as_ref().is_none_or(|phone| stanza.from.phone == *phone)
            && device.is_none_or(|device| u64::from(stanza.from.device) == device)
            && tag.as_ref().is_none_or(|tag| stanza.element.tag() == tag)
            && after.is_none_or(|after| stanza.number > after)
            && attrs.iter().all(|(key, value)| stanza.element.attr(key) == Some(value.as_str()))
    });
    Ok(Value::Array(found))
}
