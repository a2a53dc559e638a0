//! What the library tells, as what conn-host keeps of it. One file a subject, each a pure function.
//!
//! * [`messages`]: messages that come in; [`receipts`]: how far ours are; the rest are notices, which name people and make
//!   their event once those were looked up;
//! * [`gate`]: holds WhatsApp's acknowledgement back until all of it is kept.

pub(super) mod gate;
mod messages;
mod receipts;

use whatsapp_rust::types::events::Event;

pub(super) use self::messages::incoming;
use crate::wire::{Incoming, Notice, Receipt};

/// What is owed to whoever reads events, before WhatsApp hears that we have it.
pub(super) enum Owed {
    /// Messages that the durability hook does not see.
    Messages(Vec<Incoming>),
    /// How far messages of ours are.
    Receipt(Receipt),
    /// Anything else.
    Notices(Vec<Notice>),
}

/// What `event` owes; `None` for what is no event of ours.
pub(super) fn owed(event: &Event) -> Option<Owed> {
    match event {
        Event::Receipt(receipt) => receipts::receipt(receipt).map(Owed::Receipt),
        Event::Messages(batch) if !batch.hook_committed => {
            Some(Owed::Messages(batch.iter().map(incoming).collect()))
        }
        event => {
            let notices = notices(event);
            (!notices.is_empty()).then_some(Owed::Notices(notices))
        }
    }
}

/// The notices of `event`.
fn notices(_event: &Event) -> Vec<Notice> {
    Vec::new()
}
