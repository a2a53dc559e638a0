//! Who is there, and who is writing: of the moment, so it is told without a mark, never kept back for, and dropped when
//! there is too much of it. WhatsApp repeats itself; what is the same as a second ago is left out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use edgewire_contract::event::{ChatActivity, ChatPresencePayload, EventBody, PresencePayload};
use tokio::sync::mpsc;
use tracing::debug;
use whatsapp_rust::types::events::{ChatPresenceUpdate, Event, PresenceUpdate};
use whatsapp_rust::types::presence::{ChatPresence, ChatPresenceMedia};

use super::gate::Gate;
use super::{bare, hint};
use crate::events::told::Told;
use crate::wire::{Inbox, Notice};

/// Within this time, the same again is nothing new.
const SAME: Duration = Duration::from_secs(1);
/// How many of them wait to be told; beyond, they are dropped.
const WAITING: usize = 256;
/// How many are told in one go.
const AT_ONCE: usize = 64;
/// How many people's states are remembered.
const REMEMBERED: usize = 1024;

/// Whose state it is, and in which chat.
type Whose = (String, String);

/// Something of the moment.
pub(in crate::wire::whatsapp) struct Moment {
    /// Whose it is.
    of: Whose,
    /// The state.
    state: &'static str,
    notice: Notice,
}

/// The moment that `event`, which came at `now_ms`, tells of.
pub(super) fn moment(event: &Event, now_ms: i64) -> Option<Moment> {
    match event {
        Event::Presence(presence) => there(presence, now_ms),
        Event::ChatPresence(writing) => Some(activity(writing, now_ms)),
        _ => None,
    }
}

fn there(it: &PresenceUpdate, now_ms: i64) -> Option<Moment> {
    let who = hint(&it.from, None);
    if !(it.from.is_pn() || it.from.is_lid()) {
        return None;
    }
    let (of, available) = ((who.0.clone(), String::new()), !it.unavailable);
    let last_seen = it.last_seen.map(|at| at.timestamp()).filter(|_| !available);
    let notice = Notice::new(vec![who.clone()], move |found| {
        let who = found.known.party(&who.0);
        let payload = PresencePayload { who, available, last_seen };
        Some(Told::new(now_ms, EventBody::PresenceUpdate(payload), None))
    });
    Some(Moment { of, state: if available { "available" } else { "unavailable" }, notice })
}

fn activity(it: &ChatPresenceUpdate, now_ms: i64) -> Moment {
    let (chat, from) = (bare(&it.source.chat), hint(&it.source.sender, it.source.sender_alt.as_ref()));
    let (state, name) = match (it.state, it.media) {
        (ChatPresence::Paused, _) => (ChatActivity::Paused, "paused"),
        (ChatPresence::Composing, ChatPresenceMedia::Audio) => (ChatActivity::Recording, "recording"),
        (ChatPresence::Composing, ChatPresenceMedia::Text) => (ChatActivity::Composing, "composing"),
    };
    let (of, is_group) = ((from.0.clone(), chat.clone()), it.source.is_group);
    let notice = Notice::new(vec![from.clone(), (chat.clone(), None)], move |found| {
        let (chat, from) = (found.known.party(&chat), found.known.party(&from.0));
        let payload = ChatPresencePayload {
            chat: chat.jid,
            chat_phone: chat.phone,
            chat_lid: chat.lid,
            is_group,
            from: from.jid,
            from_phone: from.phone,
            from_lid: from.lid,
            state,
        };
        Some(Told::new(now_ms, EventBody::ChatPresence(payload), None))
    });
    Moment { of, state: name, notice }
}

/// Tells moments in the background, in order.
pub(in crate::wire::whatsapp) struct Moments {
    waiting: mpsc::Sender<Notice>,
    latest: Latest,
}

impl Moments {
    /// Tells them to `inbox`, until it is dropped.
    pub(in crate::wire::whatsapp) fn new(inbox: Arc<dyn Inbox>, gate: Arc<Gate>) -> Self {
        let (waiting, mut told) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut notices = Vec::new();
            while told.recv_many(&mut notices, AT_ONCE).await > 0 {
                if let Err(e) = inbox.owed(gate.me(), std::mem::take(&mut notices)).await {
                    debug!(error = %e, "who is there could not be told");
                }
            }
        });
        Self { waiting, latest: Latest::default() }
    }

    /// Tells `moment`, unless it was told a moment ago.
    pub(in crate::wire::whatsapp) fn tell(&self, moment: Moment) {
        if self.latest.is_new(moment.of, moment.state, Instant::now())
            && self.waiting.try_send(moment.notice).is_err()
        {
            debug!("too much is told of who is there; some of it is dropped");
        }
    }
}

/// The state of each that was last told, and when.
#[derive(Debug, Default)]
struct Latest(Mutex<HashMap<Whose, (&'static str, Instant)>>);

impl Latest {
    fn is_new(&self, of: Whose, state: &'static str, now: Instant) -> bool {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.get(&of).is_some_and(|(told, at)| *told == state && now.duration_since(*at) < SAME) {
            return false;
        }
        if latest.len() >= REMEMBERED {
            latest.retain(|_, (_, at)| now.duration_since(*at) < SAME);
        }
        if latest.len() >= REMEMBERED {
            latest.clear();
        }
        latest.insert(of, (state, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::types::message::MessageSource;

    use super::super::tests::{at, jid, know, tell};
    use super::*;

    const BOB: &str = "15550002@s.whatsapp.net";
    const BOBS_LID: &str = "2000@lid";

    #[test]
    fn who_comes_and_goes_is_told() {
        let update = |unavailable: bool| {
            let seen = PresenceUpdate::builder().from(jid(BOBS_LID)).unavailable(unavailable);
            Event::Presence(seen.maybe_last_seen(unavailable.then(|| at(5))).build())
        };
        for (gone, last_seen) in [(false, None), (true, Some(5))] {
            let told = tell(moment(&update(gone), 9000).unwrap().notice, &know(BOBS_LID, BOB)).unwrap();
            assert_eq!((told.mark, told.timestamp), (None, 9000));
            let EventBody::PresenceUpdate(payload) = told.body else { panic!("another event") };
            assert_eq!((payload.available, payload.last_seen), (!gone, last_seen));
            assert_eq!((payload.who.jid.as_str(), payload.who.lid.as_deref()), (BOB, Some(BOBS_LID)));
        }
        let group = PresenceUpdate::builder().from(jid("1@g.us")).unavailable(false).build();
        assert!(moment(&Event::Presence(group), 9000).is_none());
    }

    #[test]
    fn who_writes_in_a_group_is_told() {
        let update = |state, media| {
            let source = MessageSource {
                chat: jid("1@g.us"),
                sender: jid("2000:3@lid"),
                is_group: true,
                ..MessageSource::default()
            };
            Event::ChatPresence(
                ChatPresenceUpdate::builder().source(source).state(state).media(media).build(),
            )
        };
        for (state, media, activity) in [
            (ChatPresence::Composing, ChatPresenceMedia::Text, ChatActivity::Composing),
            (ChatPresence::Composing, ChatPresenceMedia::Audio, ChatActivity::Recording),
            (ChatPresence::Paused, ChatPresenceMedia::Text, ChatActivity::Paused),
        ] {
            let told = tell(moment(&update(state, media), 1).unwrap().notice, &know(BOBS_LID, BOB)).unwrap();
            let EventBody::ChatPresence(payload) = told.body else { panic!("another event") };
            assert_eq!((payload.state, payload.is_group), (activity, true));
            assert_eq!((payload.chat.as_str(), payload.from.as_str()), ("1@g.us", BOB));
        }
    }

    #[test]
    fn the_same_within_a_second_is_told_once() {
        let latest = Latest::default();
        let bob = || ("bob".to_owned(), "chat".to_owned());
        let start = Instant::now();
        assert!(latest.is_new(bob(), "composing", start));
        assert!(!latest.is_new(bob(), "composing", start + SAME / 2));
        assert!(latest.is_new(("bob".into(), "other".into()), "composing", start));
        assert!(latest.is_new(bob(), "paused", start + SAME / 2));
        assert!(latest.is_new(bob(), "paused", start + SAME * 2));
    }
}
