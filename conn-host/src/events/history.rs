//! Older messages, on request: kept as if they had come in, and told in pieces, newest first.

use edgewire_contract::event::{EventBody, HistorySyncPayload, MessagePayload};
use edgewire_contract::session::{HistoryPart, HistoryRequest};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::kept::{Kept, Written};
use super::people::{Hint, Known, Me};
use super::read::kind;
use super::tell::{Scene, message};
use super::told::Told;
use crate::wire::{Incoming, Past};
use edgewire_store::DeviceStore;

/// How many messages a piece has at most.
const PIECE: usize = 50;
/// How many bytes of JSON its messages have at most; one that is larger by itself is a piece of its own.
const PIECE_BYTES: usize = 128 << 10;

/// Keeps requests and answers of one connection apart. WhatsApp's id for a request is known only once it has gone out, and
/// its answer, which is told by what stands under that id, may be there at once.
#[derive(Debug, Default)]
pub struct Requests(RwLock<()>);

impl Requests {
    /// Held from before a request goes out until it is remembered.
    pub async fn going_out(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().await
    }

    /// Held while an answer is told: when all that went out before is remembered, and one answer at a time.
    pub async fn answered(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.write().await
    }
}

/// What a part of a phone's answer belongs to.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// Names the part, so that it is told once.
    pub of: &'a str,
    /// What was asked for, and what of it has been told.
    pub asked: Option<&'a HistoryRequest>,
    /// Whether all of it is told with this part.
    pub whole: bool,
    /// When it came, unix ms.
    pub now_ms: i64,
}

impl Answer<'_> {
    /// In how many pieces earlier parts were told.
    fn pieces(&self) -> u32 {
        self.parts().map(|part| part.chunks).sum()
    }

    /// How many messages are still to be told.
    fn left(&self) -> usize {
        let told: u32 = self.parts().map(|part| part.messages).sum();
        self.asked.map_or(usize::MAX, |asked| asked.count.saturating_sub(told) as usize)
    }

    fn parts(&self) -> impl Iterator<Item = &HistoryPart> {
        self.asked.into_iter().flat_map(|asked| &asked.parts)
    }
}

/// What becomes of a chat's past.
#[derive(Default)]
pub struct Recalled {
    /// The messages, to be kept without an event of theirs.
    pub kept: Vec<Kept>,
    /// The pieces.
    pub told: Vec<Told>,
    /// How many messages are in them.
    pub messages: u32,
}

/// Everybody whom `chats` name.
pub fn people(chats: &[Past]) -> Vec<Hint> {
    let of = |past: &Past| {
        let writers = past.messages.iter().flat_map(|it| {
            let named = message::named(it).into_iter().map(|jid| (jid, None));
            std::iter::once((it.sender.clone(), it.sender_alt.clone())).chain(named)
        });
        std::iter::once(past.chat.clone()).chain(writers).collect::<Vec<_>>()
    };
    chats.iter().flat_map(of).collect()
}

/// The pieces of `past`, and its messages: no more than are still to be told of what was asked for.
pub fn recall(
    past: &Past,
    answer: Answer<'_>,
    (known, me): (&Known, &Me),
    store: Option<&DeviceStore>,
) -> Recalled {
    let most = answer.left();
    if most == 0 {
        // The phone gives more than it was asked for.
        return Recalled::default();
    }
    let messages = past.messages.iter().filter_map(|it| Some((it, kind::message_name(&it.message)?)));
    let (mut kept, mut payloads) = (Vec::new(), Vec::new());
    for (incoming, name) in messages.take(most) {
        let payload = message::payload(Scene { incoming, known, me }, name);
        kept.extend(Kept::of(written(incoming), &incoming.message, &payload, store));
        payloads.push(payload);
    }
    let ends = answer.whole || payloads.len() == most;
    if payloads.is_empty() && !ends {
        return Recalled::default();
    }
    let Answer { of, asked, now_ms, .. } = answer;
    let (before, count) = (answer.pieces(), number(payloads.len()));
    let chat = known.party(&past.chat.0).jid;
    let pieces = pieces(payloads);
    let end = pieces.len();
    let told = pieces.into_iter().enumerate().map(|(at, messages)| {
        let chunk = before.saturating_add(number(at + 1));
        let requested_count = asked.map(|asked| asked.count);
        let last = ends && at + 1 == end;
        let payload = HistorySyncPayload { chat: chat.clone(), chunk, last, requested_count, messages };
        Told::new(now_ms, EventBody::HistorySync(payload), Some(format!("h {of} {chat} {chunk}")))
    });
    Recalled { told: told.collect(), kept, messages: count }
}

/// `count` as events and records have it.
pub fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
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
