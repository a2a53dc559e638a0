//! What the library tells, as what conn-host keeps of it. One file a subject, each a pure function.
//!
//! * [`messages`]: messages that come in; [`receipts`]: how far ours are; the rest are notices, which name people and make
//!   their event once those were looked up;
//! * [`undecryptable`], [`deletions`]: messages; [`chats`]: what the account does to its chats; [`groups`], [`contacts`], [`newsletters`], [`labels`], [`calls`]; [`raw`]:
//!   stanzas that the library makes no event of;
//! * [`presence`]: who is there, which waits for nothing; [`history`]: older messages, on request;
//! * [`gate`]: holds WhatsApp's acknowledgement back until the rest is kept.

mod calls;
mod chats;
mod contacts;
mod deletions;
pub(super) mod gate;
mod groups;
mod history;
mod labels;
mod messages;
mod newsletters;
mod presence;
mod raw;
mod receipts;
mod undecryptable;

use std::sync::Arc;

use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;

use self::calls::Calls;
use self::gate::Gate;
use self::history::Answers;
pub(super) use self::messages::incoming;
use self::presence::Moments;
use crate::clock::{Clock as _, SystemClock};
use crate::events::chats::ChatDeed;
use crate::events::people::Hint;
use crate::wire::{Inbox, Incoming, Notice, Receipt};

/// What is owed to whoever reads events, before WhatsApp hears that we have it.
pub(super) enum Owed {
    /// Messages that the durability hook does not see.
    Messages(Vec<Incoming>),
    /// How far messages of ours are.
    Receipt(Receipt),
    /// What the account did to a chat.
    Chat(ChatDeed),
    /// Anything else.
    Notices(Vec<Notice>),
}

/// Hands the library's events on, each in its way.
pub(super) struct Desk {
    gate: Arc<Gate>,
    moments: Moments,
    answers: Answers,
    calls: Calls,
}

impl Desk {
    /// Hands them to `inbox`. Made on the runtime that the library runs on.
    pub(super) fn new(inbox: Arc<dyn Inbox>, gate: Arc<Gate>) -> Self {
        let moments = Moments::new(inbox.clone(), gate.clone());
        let answers = Answers::new(inbox, gate.clone());
        Self { gate, moments, answers, calls: Calls::default() }
    }

    /// Takes `event`, if it is one for readers of events.
    pub(super) fn take(&self, event: &Event) {
        if let Some(moment) = presence::moment(event, SystemClock.now_ms()) {
            self.moments.tell(moment);
        } else if let Some(sync) = history::asked_for(event) {
            self.answers.take(sync);
        } else if let Some(owed) = owed(event, &self.calls) {
            self.gate.keep(owed);
        }
    }
}

/// What `event` owes; `None` for what is no event of ours.
fn owed(event: &Event, calls: &Calls) -> Option<Owed> {
    match event {
        Event::Receipt(receipt) => {
            let own = || chats::read(receipt).map(Owed::Chat);
            receipts::receipt(receipt).map(Owed::Receipt).or_else(own)
        }
        Event::MarkChatAsReadUpdate(it) => Some(Owed::Chat(chats::marked(it))),
        Event::ArchiveUpdate(it) => Some(Owed::Chat(chats::archived(it))),
        Event::Messages(batch) if !batch.hook_committed => {
            Some(Owed::Messages(batch.iter().map(incoming).collect()))
        }
        event => {
            let notices = notices(event, calls);
            (!notices.is_empty()).then_some(Owed::Notices(notices))
        }
    }
}

/// The notices of `event`.
fn notices(event: &Event, calls: &Calls) -> Vec<Notice> {
    let now = || SystemClock.now_ms();
    let notice = match event {
        Event::RawNode(node) => {
            calls.note(node);
            return raw::raw(node, now());
        }
        Event::UndecryptableMessage(it) => Some(undecryptable::undecryptable(it)),
        Event::DeleteMessageForMeUpdate(it) => deletions::deleted_for_me(it),
        Event::GroupUpdate(it) => groups::group(it),
        Event::PictureUpdate(it) if bare(&it.jid).ends_with("@g.us") => Some(groups::picture(it)),
        Event::PictureUpdate(it) => Some(contacts::picture(it)),
        Event::UserAboutUpdate(it) => Some(contacts::about(it)),
        Event::ContactUpdate(it) => contacts::named(it),
        Event::ContactUpdated(it) => Some(contacts::updated(it)),
        Event::ContactNumberChanged(it) => Some(contacts::number(it)),
        Event::IdentityChange(it) => contacts::identity(it, now()),
        Event::DisappearingModeChanged(it) => Some(contacts::disappearing(it)),
        Event::IncomingCall(_) | Event::MissedCall(_) => calls.notice(event),
        Event::NewsletterLiveUpdate(it) => newsletters::reactions(it, now()),
        Event::MexNotification(it) => newsletters::operation(it, now()),
        Event::LabelEditUpdate(it) => labels::edited(it),
        Event::LabelAssociationUpdate(it) => labels::labelled(it),
        _ => None,
    };
    notice.into_iter().collect()
}

/// `jid` without its device.
fn bare(jid: &Jid) -> String {
    jid.to_non_ad().to_string()
}

/// Whose address `jid` is; `alt` is the other one, where the stanza names it.
fn hint(jid: &Jid, alt: Option<&Jid>) -> Hint {
    (bare(jid), alt.map(bare))
}

#[cfg(test)]
mod tests {
    use edgewire_store::KeptRecord;
    use whatsapp_rust::chrono::{DateTime, Utc};

    use super::*;
    use crate::events::people::{Known, Me};
    use crate::events::told::Told;
    use crate::wire::Found;

    /// `text` as an address.
    pub(super) fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    /// A time, unix seconds.
    pub(super) fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// The account.
    pub(super) fn me() -> Me {
        Me { phone: Some("15550001@s.whatsapp.net".into()), lid: Some("1000@lid".into()) }
    }

    /// That two addresses are one person's.
    pub(super) fn know(one: &str, other: &str) -> Known {
        let mut known = Known::default();
        known.learn(one, other);
        known
    }

    /// The event of `notice`.
    pub(super) fn tell(notice: Notice, known: &Known) -> Option<Told> {
        (notice.tell)(Found { me: &me(), known, kept: None, store: None })
    }

    /// So too, where the message that it is about is kept.
    pub(super) fn tell_kept(notice: Notice, known: &Known, kept: &KeptRecord) -> Option<Told> {
        (notice.tell)(Found { me: &me(), known, kept: Some(kept), store: None })
    }

    #[test]
    fn a_picture_is_its_groups_or_a_persons() {
        use whatsapp_rust::types::events::PictureUpdate;
        for (of, kind) in [("1@g.us", "group.update"), ("15550002@s.whatsapp.net", "contact.update")] {
            let update = PictureUpdate::builder().jid(jid(of)).timestamp(at(5)).removed(true).build();
            let notices = notices(&Event::PictureUpdate(update), &Calls::default());
            let told = notices.into_iter().map(|it| tell(it, &Known::default()).unwrap().body.kind());
            assert_eq!(told.collect::<Vec<_>>(), [kind]);
        }
    }

    #[test]
    fn what_is_of_no_use_to_integrators_is_no_event() {
        use whatsapp_rust::types::events::{ContactSyncRequested, PushNameUpdate};
        let sync = ContactSyncRequested::builder().timestamp(at(5)).build();
        assert!(owed(&Event::ContactSyncRequested(sync), &Calls::default()).is_none());
        let name = PushNameUpdate::builder()
            .jid(jid("1@lid"))
            .message(Box::default())
            .old_push_name("a".into())
            .new_push_name("b".into())
            .build();
        assert!(owed(&Event::PushNameUpdate(name), &Calls::default()).is_none());
    }
}
