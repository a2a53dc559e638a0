//! What waits to be delivered, by chat: a *lane* for each, in which one event at a time is under way. So the events of a
//! chat stay in order, and a chat whose event fails holds up no other.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use edgewire_contract::keys::Pointer;
use serde::Deserialize;

use crate::place::{At, Place};

/// Something to deliver.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where it stands.
    pub at: At,
    /// What leads to it.
    pub pointer: Pointer,
    /// The pointer as text.
    pub text: String,
    /// The event, as integrators read it.
    pub body: Bytes,
}

/// A lane's name: the session, and the chat if the event has one.
pub type Name = (String, Option<String>);

/// All lanes of a webhook.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: HashMap<Name, Lane>,
    waiting: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Lane {
    items: VecDeque<Item>,
    /// Whether its first item is under way.
    busy: bool,
}

/// What can be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The first of this lane can leave.
    Start(Name),
    /// Nothing before this time, unix ms.
    At(i64),
    /// Nothing: no lane has anything, or all are busy.
    Nothing,
}

impl Lanes {
    /// How many items there are, those under way included.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// How many bytes their events have.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds what was read.
    pub fn push(&mut self, item: Item) {
        self.waiting += 1;
        self.bytes += item.body.len();
        self.lanes.entry(name_of(&item)).or_default().items.push_back(item);
    }

    /// Which lane is next at `now`: of those whose first item may be tried, the one with the oldest. A time that is more
    /// than `longest` away was written by a clock that was wrong.
    pub fn next(&self, place: &Place, now: i64, longest: i64) -> Next {
        let mut first: Option<(At, &Name)> = None;
        let mut soonest = None;
        for (name, lane) in &self.lanes {
            let Some(item) = lane.items.front().filter(|_| !lane.busy) else { continue };
            let (_, next_at) = place.trouble(item.at);
            if next_at > now && next_at - now <= longest {
                soonest = Some(soonest.map_or(next_at, |soonest: i64| soonest.min(next_at)));
            } else if first.is_none_or(|(at, _)| item.at < at) {
                first = Some((item.at, name));
            }
        }
        match (first, soonest) {
            (Some((_, name)), _) => Next::Start(name.clone()),
            (None, Some(at)) => Next::At(at),
            (None, None) => Next::Nothing,
        }
    }

    /// The first item of a lane, which is under way from now on.
    pub fn start(&mut self, name: &Name) -> Option<Item> {
        let lane = self.lanes.get_mut(name)?;
        let item = lane.items.front().cloned()?;
        lane.busy = true;
        Some(item)
    }

    /// It failed, and is to be tried again.
    pub fn again(&mut self, name: &Name) {
        if let Some(lane) = self.lanes.get_mut(name) {
            lane.busy = false;
        }
    }

    /// It is delivered or dead.
    pub fn finish(&mut self, name: &Name) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.busy = false;
        if let Some(item) = lane.items.pop_front() {
            self.waiting -= 1;
            self.bytes -= item.body.len();
        }
        if lane.items.is_empty() {
            self.lanes.remove(name);
        }
    }
}

/// What of an event says which chat it is of.
#[derive(Deserialize)]
struct Envelope {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    chat: Option<String>,
}

fn name_of(item: &Item) -> Name {
    // A payload without a chat, or with one that is no text, is the session's own.
    let envelope: Option<Envelope> = serde_json::from_slice(&item.body).ok();
    (item.pointer.session.to_string(), envelope.and_then(|envelope| envelope.payload.chat))
}

#[cfg(test)]
mod tests {
    use edgewire_contract::ids::EntryId;

    use super::*;

    fn item(ms: u64, chat: &str) -> Item {
        let text = format!("acme main message {ms}-0");
        let pointer = Pointer::parse(&text).unwrap();
        let body = format!(r#"{{"event":"message","payload":{{"chat":{chat},"text":"x"}}}}"#).into();
        Item { at: feed(ms), pointer, text, body }
    }

    fn feed(ms: u64) -> At {
        At::Feed(EntryId { ms, seq: 0 })
    }

    fn lane(chat: &str) -> Name {
        ("main".to_owned(), Some(chat.to_owned()))
    }

    #[test]
    fn a_chat_has_one_event_under_way_and_holds_up_no_other() {
        let (mut lanes, mut place) = (Lanes::default(), Place::default());
        for (ms, chat) in [(1, r#""a""#), (2, r#""a""#), (3, r#""b""#)] {
            lanes.push(item(ms, chat));
        }
        assert_eq!(lanes.next(&place, 0, 100), Next::Start(lane("a")));
        assert_eq!(lanes.start(&lane("a")).unwrap().at, feed(1));
        assert_eq!(lanes.next(&place, 0, 100), Next::Start(lane("b")));
        lanes.start(&lane("b"));
        assert_eq!(lanes.next(&place, 0, 100), Next::Nothing);

        place.failed(feed(1), 1, 50);
        lanes.again(&lane("a"));
        assert_eq!(lanes.next(&place, 0, 100), Next::At(50));
        assert_eq!(lanes.next(&place, 50, 100), Next::Start(lane("a")));
        assert_eq!(lanes.next(&place, -1000, 100), Next::Start(lane("a")), "a clock that was wrong");
        lanes.finish(&lane("a"));
        assert_eq!(lanes.start(&lane("a")).unwrap().at, feed(2));
        lanes.finish(&lane("a"));
        lanes.finish(&lane("b"));
        assert_eq!((lanes.len(), lanes.bytes()), (0, 0));
        assert_eq!(lanes.next(&place, 0, 100), Next::Nothing);
    }

    #[test]
    fn events_without_a_chat_share_their_sessions_lane() {
        for chat in ["null", "7"] {
            assert_eq!(name_of(&item(1, chat)), ("main".to_owned(), None));
        }
        let bare = Item { body: Bytes::from_static(b"{}"), ..item(1, "null") };
        assert_eq!(name_of(&bare).1, None);
    }
}
