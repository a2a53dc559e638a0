//! Events about messages: one of each kind, a message with everything in it included. [`crate::events`] pins them.

use edgewire_contract::event::{
    Card, Choice, EditedPayload, EventBody, HistorySyncPayload, MediaPointer, MediaRetryPayload,
    MediaRetryStatus, MessagePayload, MessageStatus, MessageStatusPayload, Origin, Party, Pinned, Place,
    PollAsked, Quoted, ReactionPayload, RevokedPayload, Target, UndecryptablePayload, Unreadable,
    VotePayload,
};
use edgewire_contract::media::MediaKind;

use crate::{AT, LID, PHONE_JID, command_id, message_id};

fn message(from_me: bool) -> MessagePayload {
    MessagePayload {
        message_id: "3EB0A1".into(),
        chat: PHONE_JID.into(),
        chat_phone: Some("628123456789".into()),
        chat_lid: Some(LID.into()),
        is_group: false,
        from: PHONE_JID.into(),
        from_phone: Some("628123456789".into()),
        from_lid: Some(LID.into()),
        from_me,
        push_name: Some("Bob".into()),
        kind: "text".into(),
        text: Some("Hello".into()),
        timestamp: AT / 1000,
        ..MessagePayload::default()
    }
}

fn picture() -> MediaPointer {
    MediaPointer {
        kind: MediaKind::Image,
        mimetype: Some("image/jpeg".into()),
        file_name: None,
        file_length: 3,
        file_sha256: Some("00".repeat(32)),
        seconds: None,
        width: Some(2),
        height: Some(1),
        pages: None,
        ptt: false,
        gif: false,
        animated: false,
        uploaded: None,
    }
}

/// A message with everything in it that a message can have.
fn full_message() -> MessagePayload {
    MessagePayload {
        quoted_message_id: Some("3EB0B1".into()),
        quoted: Some(Quoted {
            message_id: "3EB0B1".into(),
            from: Some(PHONE_JID.into()),
            from_phone: Some("628123456789".into()),
            from_lid: None,
            from_me: false,
            kind: Some("text".into()),
            text: Some("Hi".into()),
        }),
        mentions: vec![LID.into()],
        mentioned: vec![bob()],
        media: Some(picture()),
        location: Some(Place { latitude: 1.5, longitude: -2.5, name: None, address: None, live: false }),
        contacts: vec![Card { name: Some("Eve".into()), vcard: "BEGIN:VCARD".into() }],
        poll: Some(PollAsked { name: "?".into(), options: vec!["a".into(), "b".into()], selectable: 1 }),
        choice: Some(Choice { id: Some("1".into()), title: Some("One".into()), params: Some("{}".into()) }),
        pin: Some(Pinned { target: target(), pinned: true, seconds: Some(86400) }),
        comment_on: Some(target()),
        forwarded: true,
        view_once: true,
        ephemeral_seconds: Some(86400),
        server_id: Some(100),
        verified_name: Some("Acme Ltd".into()),
        offline: true,
        ..message(false)
    }
}

pub fn bob() -> Party {
    Party::of(LID, Some(PHONE_JID))
}

fn target() -> Target {
    Target::of("3EB0B1".into(), Some(bob()), false)
}

fn origin() -> Origin {
    Origin {
        message_id: "3EB0A2".into(),
        chat: PHONE_JID.into(),
        chat_phone: Some("628123456789".into()),
        chat_lid: Some(LID.into()),
        is_group: false,
        from: PHONE_JID.into(),
        from_phone: Some("628123456789".into()),
        from_lid: Some(LID.into()),
        from_me: false,
        push_name: Some("Bob".into()),
        timestamp: AT / 1000,
    }
}

/// One of each kind that is about messages.
pub fn message_events() -> Vec<EventBody> {
    let status = MessageStatusPayload {
        message_id: message_id(),
        chat: PHONE_JID.into(),
        outbox_id: Some(command_id()),
        status: MessageStatus::Delivered,
        participant: Some(PHONE_JID.into()),
        timestamp: AT,
        error: None,
    };
    vec![
        EventBody::Message(Box::new(full_message())),
        EventBody::MessageFromMe(Box::new(message(true))),
        EventBody::MessageStatus(status),
        EventBody::MessageReaction(ReactionPayload {
            origin: origin(),
            target: target(),
            emoji: Some("👍".into()),
        }),
        EventBody::MessageEdited(EditedPayload {
            origin: origin(),
            target: target(),
            kind: "text".into(),
            text: Some("Hello!".into()),
            mentions: vec![],
            edited_at: AT,
        }),
        EventBody::MessageRevoked(RevokedPayload {
            origin: origin(),
            target: target(),
            by_admin: false,
            for_me: false,
        }),
        EventBody::MessageUndecryptable(UndecryptablePayload {
            origin: origin(),
            reason: Unreadable::DecryptionFailed,
            will_retry: true,
            hidden: false,
        }),
        EventBody::PollVote(VotePayload {
            origin: origin(),
            poll: target(),
            poll_name: Some("?".into()),
            options: Some(vec!["a".into()]),
            option_hashes: Some(vec!["00".repeat(32)]),
        }),
        EventBody::MediaRetry(MediaRetryPayload {
            message_id: "3EB0A1".into(),
            chat: PHONE_JID.into(),
            chat_phone: Some("628123456789".into()),
            chat_lid: Some(LID.into()),
            status: MediaRetryStatus::Available,
            media: Some(picture()),
        }),
        EventBody::HistorySync(HistorySyncPayload {
            chat: PHONE_JID.into(),
            chunk: 1,
            last: true,
            requested_count: Some(50),
            messages: vec![message(false)],
        }),
    ]
}
