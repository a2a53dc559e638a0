//! Messages that cannot be read.

use edgewire_contract::event::{EventBody, UndecryptablePayload, Unreadable};

use super::Scene;
use crate::events::kept::{Kept, Written};
use crate::events::told::Told;

/// The message of `scene`, which cannot be read.
pub fn tell(scene: Scene<'_>, reason: Unreadable, hidden: bool) -> Told {
    let incoming = scene.incoming;
    let will_retry = reason == Unreadable::DecryptionFailed;
    let payload = UndecryptablePayload { origin: scene.origin(), reason, will_retry, hidden };
    let timestamp = incoming.timestamp.saturating_mul(1000);
    let written = Written {
        id: &incoming.id,
        chat: &incoming.chat,
        sender: (!incoming.from_me).then_some(&*incoming.sender),
        device: incoming.device,
        at: timestamp,
        server_id: None,
    };
    // The good copy comes under the same id, and takes this one's place.
    let body = EventBody::MessageUndecryptable(payload);
    Told { timestamp, body, mark: Some(scene.mark("u")), kept: Kept::placeholder(written) }
}
