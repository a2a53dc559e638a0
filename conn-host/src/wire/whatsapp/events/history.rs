//! Older messages that the phone gives because it was asked. What it gives by itself, after pairing, is no event: it would
//! be tens of thousands.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::{debug, warn};
use wa::message::HistorySyncType;
use whatsapp_rust::types::events::{Event, LazyHistorySync};
use whatsapp_rust::waproto::whatsapp as wa;

use super::gate::Gate;
use crate::events::people::Me;
use crate::wire::{History, Inbox, Incoming, Past};

/// The older messages that `event` brings, if they were asked for.
pub(super) fn asked_for(event: &Event) -> Option<LazyHistorySync> {
    match event {
        Event::HistorySync(sync) if sync.sync_type() == HistorySyncType::ON_DEMAND as i32 => {
            Some((**sync).clone())
        }
        _ => None,
    }
}

/// Takes what the phone answers, one part after the other.
pub(super) struct Answers(mpsc::UnboundedSender<LazyHistorySync>);

impl Answers {
    /// Hands them to `inbox`.
    pub(super) fn new(inbox: Arc<dyn Inbox>, gate: Arc<Gate>) -> Self {
        // As many as were asked for: what comes without is not taken.
        let (sender, mut parts) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(part) = parts.recv().await {
                take(&*inbox, gate.me(), part).await;
            }
        });
        Self(sender)
    }

    /// Takes a part.
    pub(super) fn take(&self, part: LazyHistorySync) {
        let _closed = self.0.send(part);
    }
}

/// Unpacks `sync` and hands it to `inbox`. The phone has been told that it arrived: if this fails, somebody must ask again.
async fn take(inbox: &dyn Inbox, me: Me, sync: LazyHistorySync) {
    let account = me.clone();
    let Ok(Some(history)) = tokio::task::spawn_blocking(move || read(&sync, &account)).await else {
        debug!("older messages came that cannot be read");
        return;
    };
    if let Err(e) = inbox.history(me, history).await {
        warn!(error = %e, "older messages could not be kept; they must be asked for again");
    }
}

/// Everything in `sync`. `None` if it cannot be unpacked.
fn read(sync: &LazyHistorySync, me: &Me) -> Option<History> {
    let mut chats = Vec::new();
    let mut stream = sync.stream();
    while let Some(conversation) = stream.next_conversation().ok()? {
        chats.push(past(&conversation, me));
    }
    let request = sync.peer_data_request_session_id().map(str::to_owned);
    let whole = sync.progress().is_none_or(|percent| percent >= 100);
    Some(History { request, part: sync.chunk_order().unwrap_or(0), whole, chats })
}

fn past(chat: &wa::Conversation, me: &Me) -> Past {
    let alt = if chat.id.ends_with("@lid") { &chat.pn_jid } else { &chat.lid_jid };
    let hint = (chat.id.clone(), alt.clone().filter(|jid| jid.contains('@')));
    let infos = chat.messages.iter().filter_map(|it| it.message.as_option());
    let mut messages: Vec<Incoming> =
        infos.filter_map(|info| message(info, &hint.0, hint.1.as_ref(), me)).collect();
    messages.sort_by_key(|message| std::cmp::Reverse(message.timestamp));
    Past { chat: hint, messages }
}

/// A message as if it had just come in. `None` for what is none: a call, somebody who joined.
fn message(info: &wa::WebMessageInfo, chat: &str, chat_alt: Option<&String>, me: &Me) -> Option<Incoming> {
    let key = info.key.as_option()?;
    let message = info.message.as_option()?;
    let from_me = key.from_me.unwrap_or(false);
    let of_two = chat.ends_with("@s.whatsapp.net") || chat.ends_with("@lid");
    let participant = info.participant.clone().or_else(|| key.participant.clone());
    let sender = match participant.filter(|jid| !jid.is_empty()) {
        _ if from_me => me.phone.clone().or_else(|| me.lid.clone())?,
        Some(participant) if !of_two => participant,
        _ => chat.to_owned(),
    };
    Some(Incoming {
        id: key.id.clone().filter(|id| !id.is_empty())?,
        chat: chat.to_owned(),
        sender_alt: chat_alt.filter(|_| of_two && !from_me).cloned(),
        sender,
        chat_alt: chat_alt.cloned(),
        device: 0,
        from_me,
        is_group: chat.ends_with("@g.us"),
        push_name: info.push_name.clone().filter(|name| !name.is_empty() && !from_me),
        verified_name: None,
        timestamp: i64::try_from(info.message_timestamp.unwrap_or(0)).unwrap_or(0),
        by_admin: false,
        post: None,
        server_id: None,
        ephemeral_seconds: None,
        comment_on: None,
        offline: false,
        message: Arc::new(message.clone()),
    })
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::buffa::MessageField;
    use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;

    use super::super::tests::me;
    use super::*;

    fn info(id: &str, at: u64, from_me: bool, participant: Option<&str>) -> wa::HistorySyncMsg {
        let key = wa::MessageKey { id: Some(id.into()), from_me: Some(from_me), ..Default::default() };
        let info = wa::WebMessageInfo {
            key: MessageField::some(key),
            message: MessageField::some(wa::Message::text(id)),
            message_timestamp: Some(at),
            participant: participant.map(str::to_owned),
            push_name: Some("Bob".into()),
            ..Default::default()
        };
        wa::HistorySyncMsg { message: MessageField::some(info), ..Default::default() }
    }

    #[test]
    fn a_chats_past_is_newest_first_with_its_writers() {
        let chat = wa::Conversation {
            id: "2000@lid".into(),
            pn_jid: Some("15550002@s.whatsapp.net".into()),
            messages: vec![info("A", 1, false, None), info("B", 2, true, None), Default::default()],
            ..Default::default()
        };
        let past = past(&chat, &me());
        assert_eq!(past.chat.1.as_deref(), Some("15550002@s.whatsapp.net"));
        let said: Vec<_> = past.messages.iter().map(|it| (&*it.id, &*it.sender, it.from_me)).collect();
        assert_eq!(said, [("B", "15550001@s.whatsapp.net", true), ("A", "2000@lid", false)]);
        assert_eq!(past.messages[1].push_name.as_deref(), Some("Bob"));
    }

    #[test]
    fn in_a_group_the_participant_wrote() {
        let chat = wa::Conversation {
            id: "1@g.us".into(),
            messages: vec![info("A", 1, false, Some("2000@lid"))],
            ..Default::default()
        };
        let past = past(&chat, &me());
        assert_eq!((past.messages[0].sender.as_str(), past.messages[0].is_group), ("2000@lid", true));
    }
}
