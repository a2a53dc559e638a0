//! Redis's answers as a Spin host gives them: every nested array flattened into one list.

use edgewire_contract::ids::{EntryId, SessionId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::outcome::Outcome;
use edgewire_contract::session::{PairingStep, SessionRecord};

use super::{Admitted, BusError, FeedEntry, MessageView, SessionView, Stored, message};

/// One value of a flat answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flat {
    /// Nothing.
    Nil,
    /// A number.
    Int(i64),
    /// A string or a status.
    Text(Vec<u8>),
}

impl Flat {
    /// The text; `None` when it is none.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The number, also when it came as text.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Text(_) => self.text()?.parse().ok(),
            Self::Nil => None,
        }
    }
}

fn broken(what: &str, answer: &[Flat]) -> BusError {
    // The values may be anything; the log is told their kinds only.
    let kinds: String = answer
        .iter()
        .take(8)
        .map(|value| match value {
            Flat::Nil => 'n',
            Flat::Int(_) => 'i',
            Flat::Text(_) => 't',
        })
        .collect();
    BusError::Broken(format!("{what} answered {} values ({kinds})", answer.len()))
}

/// The JSON in the first value; `None` when there is none.
///
/// # Errors
/// When it is something else.
pub fn json<T: serde::de::DeserializeOwned>(what: &str, answer: &[Flat]) -> Result<Option<T>, BusError> {
    match answer.first() {
        None | Some(Flat::Nil) => Ok(None),
        Some(Flat::Text(bytes)) => serde_json::from_slice(bytes)
            .map(Some)
            .map_err(|e| BusError::Broken(format!("{what} holds what cannot be read: {e}"))),
        Some(Flat::Int(_)) => Err(broken(what, answer)),
    }
}

/// The record whose JSON is the first value, with that; `None` when there is none.
///
/// # Errors
/// When it is something else.
pub fn stored<T: serde::de::DeserializeOwned>(
    what: &str,
    answer: &[Flat],
) -> Result<Option<Stored<T>>, BusError> {
    match answer.first() {
        None | Some(Flat::Nil) => Ok(None),
        Some(value) => {
            let json = value.text().ok_or_else(|| broken(what, answer))?;
            let unreadable = |e| BusError::Broken(format!("{what} holds what cannot be read: {e}"));
            Stored::read(json).map(Some).map_err(unreadable)
        }
    }
}

/// The answer of the script `admit`.
///
/// # Errors
/// When it is none of its answers.
pub fn admitted(answer: &[Flat]) -> Result<Admitted, BusError> {
    let second = || answer.get(1).and_then(Flat::text).unwrap_or_default();
    match answer.first().and_then(Flat::text) {
        Some("admitted") => Ok(Admitted::Admitted),
        Some("known") => {
            let outcome: Option<Outcome> = json("the outcome", answer.get(1..).unwrap_or_default())?;
            outcome.map(Admitted::Known).ok_or_else(|| broken("admit", answer))
        }
        Some("unknown_session") => Ok(Admitted::UnknownSession),
        Some("not_ready") => Ok(Admitted::NotReady {
            status: second().to_owned(),
            reason: answer.get(2).and_then(Flat::text).filter(|r| !r.is_empty()).map(str::to_owned),
        }),
        Some("full") => Ok(Admitted::Full),
        Some("over") => Ok(Admitted::Over {
            limit: second().to_owned(),
            wait_ms: answer.get(2).and_then(Flat::number).map_or(0, i64::unsigned_abs),
        }),
        Some("no_blob") => Ok(Admitted::NoBlob),
        _ => Err(broken("admit", answer)),
    }
}

/// The answers of `HMGET` of [`message::FIELDS`], and of whether there is a body.
///
/// # Errors
/// When they are something else.
pub fn message(fields: &[Flat], body: &[Flat]) -> Result<Option<MessageView>, BusError> {
    let Ok(fields) = <&[Flat; message::FIELDS.len()]>::try_from(fields) else {
        return Err(broken("HMGET", fields));
    };
    let has_body = body.first().and_then(Flat::number) == Some(1);
    Ok(MessageView::read(fields.each_ref().map(Flat::text), has_body))
}

/// The answer of the script `look`.
///
/// # Errors
/// When it is none of its answers.
pub fn view(session: &SessionId, answer: &[Flat]) -> Result<Option<SessionView>, BusError> {
    let [owner, pairing, last_event, fields @ ..] = answer else {
        return if answer.is_empty() { Ok(None) } else { Err(broken("look", answer)) };
    };
    let pairs = fields.chunks_exact(2).filter_map(|pair| Some((pair[0].text()?, pair[1].text()?)));
    let pairs: Vec<_> = pairs.collect();
    let Some(record) = SessionRecord::from_pairs(session, pairs) else { return Ok(None) };
    let filled = |value: &Flat| value.text().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Some(SessionView {
        record,
        owner: filled(owner),
        pairing: filled(pairing).and_then(|text| serde_json::from_slice::<PairingStep>(text.as_bytes()).ok()),
        last_event: filled(last_event).and_then(|text| EntryId::parse(&text).ok()),
    }))
}

/// The entries of a stream whose entries have one field: id, field, value, id, field, value…
///
/// # Errors
/// When it is no such list.
pub fn entries(answer: &[Flat]) -> Result<Vec<(EntryId, &str)>, BusError> {
    // XREAD that found nothing answers one Nil.
    if matches!(answer, [Flat::Nil]) {
        return Ok(Vec::new());
    }
    if !answer.len().is_multiple_of(3) {
        return Err(broken("a stream", answer));
    }
    answer
        .chunks_exact(3)
        .map(|entry| {
            let id = entry[0].text().and_then(|text| EntryId::parse(text).ok());
            // A value that is no text reads as empty: its entry is skipped, the place is not lost.
            id.map(|id| (id, entry[2].text().unwrap_or_default())).ok_or_else(|| broken("a stream", answer))
        })
        .collect()
}

/// Entries of a feed.
///
/// # Errors
/// When it is no stream's answer.
pub fn feed(answer: &[Flat]) -> Result<Vec<FeedEntry>, BusError> {
    let entries = entries(answer)?.into_iter();
    Ok(entries.map(|(at, text)| FeedEntry { at, pointer: Pointer::parse(text) }).collect())
}

/// The answer of `XREAD`: of each stream that has something its name, then its entries. No name of ours is an entry's id.
///
/// # Errors
/// When it is something else.
pub fn read(answer: &[Flat]) -> Result<Vec<(&str, Vec<FeedEntry>)>, BusError> {
    if matches!(answer, [Flat::Nil]) {
        return Ok(Vec::new());
    }
    let (mut streams, mut rest) = (Vec::new(), answer);
    while let [name, entries @ ..] = rest {
        let name = name.text().ok_or_else(|| broken("XREAD", answer))?;
        let is_entry = |entry: &&[Flat]| {
            entry.len() == 3 && entry[0].text().is_some_and(|id| EntryId::parse(id).is_ok())
        };
        let values = 3 * entries.chunks(3).take_while(is_entry).count();
        streams.push((name, feed(&entries[..values])?));
        rest = &entries[values..];
    }
    Ok(streams)
}

/// The answer of `HGET` of [`GONE_FIELD`](edgewire_contract::keys::GONE_FIELD): an entry's id and its pointer.
pub fn gone(answer: &[Flat]) -> Option<FeedEntry> {
    let (at, pointer) = answer.first()?.text()?.split_once(' ')?;
    Some(FeedEntry { at: EntryId::parse(at).ok()?, pointer: Pointer::parse(pointer) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<Flat> {
        values.iter().map(|v| Flat::Text(v.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_message_is_read_where_there_is_one() {
        let text = |text: &str| Flat::Text(text.as_bytes().to_vec());
        let fields = [text("1@g.us"), text("1"), text("poll"), Flat::Nil, text("7"), Flat::Nil];
        let view = message(&fields, &[Flat::Int(1)]).unwrap().unwrap();
        assert_eq!((view.chat.as_str(), view.from_me, view.has_body), ("1@g.us", true, true));
        assert_eq!(message(&[const { Flat::Nil }; 6], &[Flat::Int(0)]), Ok(None));
        assert!(message(&fields[1..], &[Flat::Int(0)]).is_err());
    }

    #[test]
    fn a_record_is_read_with_its_json() {
        let read = stored::<Vec<u8>>("a list", &texts(&["[1, 2]"])).unwrap().unwrap();
        assert_eq!((read.record, read.json.as_str()), (vec![1, 2], "[1, 2]"));
        assert_eq!(stored::<u8>("a number", &[Flat::Nil]), Ok(None));
        assert!(stored::<u8>("a number", &texts(&["x"])).is_err());
        assert!(stored::<u8>("a number", &[Flat::Int(1)]).is_err());
    }

    #[test]
    fn streams_are_read_from_flat_lists() {
        let answer = texts(&["feed", "1-0", "p", "acme main message 1-0", "2-1", "p", "nonsense"]);
        let streams = read(&answer).unwrap();
        let [("feed", entries)] = &streams[..] else { panic!("{streams:?}") };
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].pointer.as_ref().unwrap().session.as_str(), "main");
        assert_eq!(entries[1], FeedEntry { at: EntryId { ms: 2, seq: 1 }, pointer: None });
        let two = texts(&["one", "1-0", "p", "x", "two", "3-0", "p", "y", "4-0", "p", "z"]);
        let lengths: Vec<_> = read(&two).unwrap().iter().map(|(name, all)| (*name, all.len())).collect();
        assert_eq!(lengths, [("one", 1), ("two", 2)]);
        assert_eq!(read(&[Flat::Nil]).unwrap(), []);
        assert_eq!(read(&[]).unwrap(), []);
        assert!(read(&[Flat::Int(1)]).is_err());
    }

    #[test]
    fn what_was_dropped_last_is_read() {
        let gone = gone(&texts(&["7-1 acme main message 5-0"])).unwrap();
        assert_eq!((gone.at, gone.pointer.unwrap().entry.ms), (EntryId { ms: 7, seq: 1 }, 5));
        for none in [&[Flat::Nil][..], &[], &texts(&["7-1"]), &texts(&["x acme main message 5-0"])] {
            assert_eq!(super::gone(none), None);
        }
    }

    #[test]
    fn a_look_at_a_session_is_read() {
        let id = SessionId::parse("main").unwrap();
        let answer = texts(&[
            "host-1",
            "",
            "9-1",
            "org",
            "acme",
            "status",
            "connected",
            "paired",
            "1",
            "wanted",
            "run",
        ]);
        let view = view(&id, &answer).unwrap().unwrap();
        assert_eq!(view.owner.as_deref(), Some("host-1"));
        assert_eq!(view.status().as_str(), "connected");
        assert_eq!(view.last_event, Some(EntryId { ms: 9, seq: 1 }));
        assert_eq!(super::view(&id, &[]).unwrap(), None);
        assert_eq!(super::view(&id, &texts(&["", "", "", "name", "no owner"])).unwrap(), None);
        assert!(super::view(&id, &[Flat::Int(1)]).is_err());
    }

    #[test]
    fn admit_answers_are_read() {
        assert_eq!(admitted(&texts(&["admitted"])).unwrap(), Admitted::Admitted);
        assert_eq!(
            admitted(&texts(&["not_ready", "banned", ""])).unwrap(),
            Admitted::NotReady { status: "banned".into(), reason: None }
        );
        assert!(admitted(&texts(&["known", "{"])).is_err());
        assert!(admitted(&texts(&["?"])).is_err());
        assert!(admitted(&[]).is_err());
    }
}
