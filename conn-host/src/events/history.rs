//! Older messages, on request: kept as if they had come in, and told in pieces, newest first.

use edgewire_contract::event::{EventBody, HistorySyncPayload, MessagePayload};
use edgewire_contract::session::HistoryRequest;

use super::kept::{Kept, Written};
use super::people::{Hint, Known, Me};
use super::read::{kind, quoted};
use super::tell::{Scene, message};
use super::told::Told;
use crate::wire::{History, Incoming, Past};
use edgewire_store::DeviceStore;

/// How many messages a piece has at most.
const PIECE: usize = 50;
/// How many bytes of JSON its messages have at most; one that is larger by itself is a piece of its own.
const PIECE_BYTES: usize = 128 << 10;

/// What becomes of a chat's past.
pub struct Recalled {
    /// The messages, to be kept without an event of theirs.
    pub kept: Vec<Kept>,
    /// The pieces.
    pub told: Vec<Told>,
}

/// Everybody whom `history` names.
pub fn people(history: &History) -> Vec<Hint> {
    let of = |past: &Past| {
        let writers = past.messages.iter().flat_map(|it| {
            let quoted = quoted::addresses(&it.message).into_iter().map(|jid| (jid, None));
            std::iter::once((it.sender.clone(), it.sender_alt.clone())).chain(quoted)
        });
        std::iter::once(past.chat.clone()).chain(writers).collect::<Vec<_>>()
    };
    history.chats.iter().flat_map(of).collect()
}

/// The pieces of `past`, and its messages: no more than were `asked` for. `of` names the answer, so that it is told once;
/// it came at `now_ms`.
pub fn recall(
    (past, of): (&Past, &str),
    (known, me): (&Known, &Me),
    asked: Option<&HistoryRequest>,
    store: Option<&DeviceStore>,
    now_ms: i64,
) -> Recalled {
    let most = asked.map_or(usize::MAX, |asked| asked.count as usize);
    let messages = past.messages.iter().filter_map(|it| Some((it, kind::message_name(&it.message)?)));
    let (mut kept, mut payloads) = (Vec::new(), Vec::new());
    for (incoming, name) in messages.take(most) {
        let payload = message::payload(Scene { incoming, known, me }, name);
        kept.extend(Kept::of(written(incoming), &incoming.message, &payload, store));
        payloads.push(payload);
    }
    let chat = known.party(&past.chat.0).jid;
    let pieces = pieces(payloads);
    let count = pieces.len();
    let told = pieces.into_iter().enumerate().map(|(at, messages)| {
        let chunk = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let requested_count = asked.map(|asked| asked.count);
        let last = at + 1 == count;
        let payload = HistorySyncPayload { chat: chat.clone(), chunk, last, requested_count, messages };
        Told::new(now_ms, EventBody::HistorySync(payload), Some(format!("h {of} {chat} {chunk}")))
    });
    Recalled { told: told.collect(), kept }
}

/// `messages` in pieces; a single empty one when there are none.
fn pieces(messages: Vec<MessagePayload>) -> Vec<Vec<MessagePayload>> {
    let mut pieces = vec![Vec::new()];
    let mut bytes = 0;
    for message in messages {
        let size = serde_json::to_vec(&message).map_or(0, |json| json.len() + 1);
        let full = pieces.last().is_some_and(|piece: &Vec<_>| {
            piece.len() == PIECE || (!piece.is_empty() && bytes + size > PIECE_BYTES)
        });
        if full {
            pieces.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(piece) = pieces.last_mut() {
            piece.push(message);
        }
    }
    pieces
}

fn written(incoming: &Incoming) -> Written<'_> {
    Written {
        id: &incoming.id,
        chat: &incoming.chat,
        sender: (!incoming.from_me).then_some(&*incoming.sender),
        device: incoming.device,
        at: incoming.timestamp.saturating_mul(1000),
        server_id: incoming.server_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> MessagePayload {
        MessagePayload { text: Some(text.to_owned()), ..MessagePayload::default() }
    }

    #[test]
    fn a_piece_has_no_more_than_fifty_messages() {
        let sizes =
            |count: usize| -> Vec<usize> { pieces(vec![message("x"); count]).iter().map(Vec::len).collect() };
        assert_eq!(sizes(0), [0]);
        assert_eq!(sizes(50), [50]);
        assert_eq!(sizes(101), [50, 50, 1]);
    }

    #[test]
    fn a_piece_has_no_more_than_its_bytes() {
        let large = message(&"x".repeat(60 << 10));
        let sizes: Vec<usize> = pieces(vec![large; 5]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 1]);
        let huge = message(&"x".repeat(PIECE_BYTES + 1));
        let sizes: Vec<usize> = pieces(vec![message("x"), huge, message("x")]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 1, 1]);
    }
}
