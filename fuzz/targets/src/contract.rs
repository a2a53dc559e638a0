//! What crosses Redis between the two halves.

use edgewire_contract::command::Command;
use edgewire_contract::content::Content;
use edgewire_contract::event::{Event, with_id};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{
    BlobId, CommandId, EntryId, EventId, MessageId, OrganizationId, RequestId, SessionId, TokenId, UserId,
    WebhookId,
};
use edgewire_contract::keys::Pointer;
use edgewire_contract::media::{Media, UploadedFile};
use edgewire_contract::outcome::Outcome;
use edgewire_contract::shard::Shard;
use edgewire_contract::{data_uri, keys, moment};

use crate::{json_round, text};

/// Whatever is read is written back, and then read alike.
pub fn run(data: &[u8]) {
    json_round::<Command>(data);
    json_round::<Outcome>(data);
    json_round::<Event>(data);
    json_round::<Content>(data);
    json_round::<Media>(data);
    json_round::<UploadedFile>(data);
    json_round::<Fault>(data);
    let text = text(data);
    ids(&text);
    if let Some(pointer) = Pointer::parse(&text) {
        let Pointer { organization, session, kind, entry } = &pointer;
        let written = format!("{organization} {session} {kind} {entry}");
        assert_eq!(Pointer::parse(&written).as_ref(), Some(&pointer));
        assert!(pointer.event_id().is_of(session));
    }
    if let Some(event) = with_id(&text, EventId::of(&SessionId::generate(1, 1), EntryId::default())) {
        assert!(event.len() > text.len());
    }
    if let Some(ms) = moment::parse_rfc3339(&text) {
        // It is told in whole seconds.
        let whole = ms - ms.rem_euclid(1000);
        assert_eq!(moment::parse_rfc3339(&moment::rfc3339(ms)), Some(whole), "{text}");
    }
    base64(data);
}

fn ids(text: &str) {
    macro_rules! names {
        ($($id:ident),*) => {
            $(if let Ok(id) = $id::parse(text) {
                assert_eq!(id.as_str(), text);
                assert!(text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic()), "{text:?}");
            })*
        };
    }
    names!(SessionId, OrganizationId, UserId, MessageId, RequestId, WebhookId, TokenId, BlobId);
    if let Ok(id) = TokenId::parse(text) {
        assert!(id.made_at() >= 0);
    }
    if let Ok(id) = CommandId::parse(text) {
        assert_eq!(CommandId::parse(&id.to_string()), Ok(id));
        assert!(keys::outcome(id).contains(&format!("{{s{}}}", id.shard().number())));
    }
    if let Ok(id) = EventId::parse(text) {
        assert_eq!(EventId::parse(&id.to_string()), Ok(id));
        assert!(id.entry().ms < 1 << 48);
    }
    if let Ok(entry) = EntryId::parse(text) {
        assert_eq!(EntryId::parse(&entry.to_string()), Ok(entry));
        assert!(entry.next() > entry || entry == EntryId { ms: u64::MAX, seq: u64::MAX });
    }
    if let Ok(session) = SessionId::parse(text) {
        assert!(Shard::of(&session, 64).number() < 64);
    }
}

/// However it is cut, the same comes of it.
fn base64(data: &[u8]) {
    let decoded = |size: usize| {
        let (mut decoder, mut bytes) = (data_uri::Decoder::default(), Vec::new());
        for piece in data.chunks(size) {
            decoder.push(piece, &mut bytes).ok()?;
        }
        decoder.finish(&mut bytes).ok().map(|mimetype| (bytes, mimetype))
    };
    let whole = decoded(data.len().max(1));
    assert_eq!(decoded(1), whole);
    assert_eq!(decoded(7), whole);
    if let Some((bytes, _)) = whole {
        assert!(bytes.len() <= data.len());
    }
}
