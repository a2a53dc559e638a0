//! Edits and revokes of newsletters' posts. WhatsApp sends them under the post's own id, and only the newsletter's admins
//! can.

use edgewire_contract::event::{EditedPayload, EventBody, RevokedPayload, Target};
use edgewire_store::{DeviceStore, KeptRecord};

use super::Scene;
use super::change::{edited, revoked};
use crate::events::read::{kind, parts, quoted};
use crate::events::told::Told;
use crate::wire::PostChange;

/// What became of the post of which `kept` is kept.
pub fn tell(
    scene: Scene<'_>,
    change: PostChange,
    kept: Option<&KeptRecord>,
    store: Option<&DeviceStore>,
) -> Told {
    let incoming = scene.incoming;
    let (origin, id) = (scene.origin(), incoming.id.clone());
    let target = Target::of(id.clone(), Some(scene.sender()), incoming.from_me);
    let at = incoming.timestamp.saturating_mul(1000);
    let kept = kept.filter(|kept| kept.chat == incoming.chat);
    let (body, kept, mark) = match change {
        PostChange::Edited => {
            let new = &*incoming.message;
            let payload = EditedPayload {
                kind: kind::message_name(new).unwrap_or("other").to_owned(),
                text: parts::text(new),
                mentions: quoted::context(new).map(|c| c.mentioned_jid.clone()).unwrap_or_default(),
                edited_at: at,
                origin,
                target,
            };
            let change = kept.and_then(|kept| edited(&id, at, new, kept, store));
            // Several edits may come within a second.
            let mark = format!("{} {at} {}", scene.mark("e"), payload.text.as_deref().unwrap_or_default());
            (EventBody::MessageEdited(payload), change, mark)
        }
        PostChange::Revoked => {
            let change = kept.and_then(|kept| revoked(&id, at, kept));
            let payload = RevokedPayload { origin, target, by_admin: false, for_me: false };
            (EventBody::MessageRevoked(payload), change, scene.mark("r"))
        }
    };
    Told { timestamp: at, body, mark: Some(mark), kept }
}
