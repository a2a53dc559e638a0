//! What the account does to its chats on its phone or another device.

use whatsapp_rust::types::events::{ArchiveUpdate, MarkChatAsReadUpdate, Receipt};
use whatsapp_rust::types::presence::ReceiptType;

use super::hint;
use crate::events::chats::{ChatDeed, Deed};

/// That it read messages of a chat.
pub(super) fn read(it: &Receipt) -> Option<ChatDeed> {
    if !matches!(it.r#type, ReceiptType::ReadSelf | ReceiptType::PlayedSelf) {
        return None;
    }
    let ids = it.message_ids.iter().map(ToString::to_string).collect();
    // One that names the account itself says nothing of the chat: only the messages do.
    let of_chat = it.source.chat.user != it.source.sender.user;
    let deed = Deed::Read { ids, at: of_chat.then(|| it.timestamp.timestamp_millis()) };
    Some(ChatDeed { chat: hint(&it.source.chat, None), deed })
}

/// That it marked a chat as read, or as unread.
pub(super) fn marked(it: &MarkChatAsReadUpdate) -> ChatDeed {
    let range = it.action.message_range.as_option();
    let last = range.and_then(|range| range.last_message_timestamp).filter(|at| *at > 0);
    let at = last.map_or_else(|| it.timestamp.timestamp_millis(), |seconds| seconds.saturating_mul(1000));
    let deed = match it.action.read {
        Some(true) => Deed::Read { ids: Vec::new(), at: Some(at) },
        _ => Deed::MarkUnread,
    };
    ChatDeed { chat: hint(&it.jid, None), deed }
}

/// That it put a chat into its archive, or took it out.
pub(super) fn archived(it: &ArchiveUpdate) -> ChatDeed {
    ChatDeed { chat: hint(&it.jid, None), deed: Deed::Archive(it.action.archived.unwrap_or(false)) }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::buffa::MessageField;
    use whatsapp_rust::types::message::MessageSource;
    use whatsapp_rust::waproto::whatsapp::sync_action_value::{
        ArchiveChatAction, MarkChatAsReadAction, SyncActionMessageRange,
    };

    use super::super::tests::{at, jid};
    use super::*;

    const BOB: &str = "15550002@s.whatsapp.net";

    #[test]
    fn only_what_the_account_read_itself_is_read() {
        let receipt = |kind| {
            let source = MessageSource {
                chat: jid(BOB),
                sender: jid("15550001@s.whatsapp.net"),
                ..MessageSource::default()
            };
            Receipt::builder()
                .source(source)
                .message_ids(vec!["3EB0AA".into()])
                .timestamp(at(5))
                .r#type(kind)
                .offline(false)
                .build()
        };
        for kind in [ReceiptType::ReadSelf, ReceiptType::PlayedSelf] {
            let did = read(&receipt(kind)).unwrap();
            assert_eq!(did.chat, (BOB.to_owned(), None));
            assert_eq!(did.deed, Deed::Read { ids: vec!["3EB0AA".into()], at: Some(5000) });
        }
        assert!(read(&receipt(ReceiptType::Read)).is_none());
    }

    #[test]
    fn a_chat_is_marked_up_to_its_last_message() {
        let update = |read, last: Option<i64>| {
            let range = last.map_or_else(MessageField::none, |at| {
                MessageField::some(SyncActionMessageRange {
                    last_message_timestamp: Some(at),
                    ..Default::default()
                })
            });
            let action = MarkChatAsReadAction { read: Some(read), message_range: range };
            let update = MarkChatAsReadUpdate::builder().jid(jid(BOB)).timestamp(at(9));
            marked(&update.action(Box::new(action)).from_full_sync(false).build()).deed
        };
        assert_eq!(update(true, Some(7)), Deed::Read { ids: Vec::new(), at: Some(7000) });
        assert_eq!(update(true, None), Deed::Read { ids: Vec::new(), at: Some(9000) });
        assert_eq!(update(false, Some(7)), Deed::MarkUnread);
    }

    #[test]
    fn a_chat_is_archived_or_not() {
        for on in [true, false] {
            let action = ArchiveChatAction { archived: Some(on), ..Default::default() };
            let update = ArchiveUpdate::builder().jid(jid(BOB)).timestamp(at(9)).action(Box::new(action));
            assert_eq!(archived(&update.from_full_sync(true).build()).deed, Deed::Archive(on));
        }
    }
}
