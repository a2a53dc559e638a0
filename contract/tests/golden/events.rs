//! Events of every kind. Those about messages are made in [`crate::messages`].

use edgewire_contract::event::{
    AuthCodePayload, AuthPasskeyPayload, AuthQrPayload, CallPayload, CallStatus, ChatActivity,
    ChatPresencePayload, ContactChange, ContactUpdatePayload, EVENT_KINDS, Event, EventBody, GroupAction,
    GroupParticipantsPayload, GroupUpdatePayload, LabelChange, LabelUpdatePayload, MessagePayload,
    NewsletterUpdatePayload, PasskeyStep, PostReactions, PresencePayload, ReactionCount,
    SessionStatusPayload,
};
use edgewire_contract::session::SessionStatus;

use crate::messages::{bob, message_events};
use crate::{AT, LID, PHONE_JID, organization, pinned, session};

/// One of each other kind.
fn other_events() -> Vec<EventBody> {
    vec![
        EventBody::SessionStatus(SessionStatusPayload {
            status: SessionStatus::Connected,
            reason: None,
            phone_number: Some("628123456789".into()),
            push_name: Some("Acme".into()),
        }),
        EventBody::AuthQr(AuthQrPayload { code: "2@abc,def".into(), expires_at: AT }),
        EventBody::AuthCode(AuthCodePayload { code: "ABCD-EFGH".into(), expires_at: AT }),
        EventBody::AuthPasskey(AuthPasskeyPayload {
            step: PasskeyStep::Request,
            options: Some(serde_json::json!({"challenge": "abc"})),
            code: None,
            error: None,
        }),
        EventBody::PresenceUpdate(PresencePayload {
            who: bob(),
            available: false,
            last_seen: Some(AT / 1000),
        }),
        EventBody::ChatPresence(ChatPresencePayload {
            chat: PHONE_JID.into(),
            chat_phone: Some("628123456789".into()),
            chat_lid: None,
            is_group: false,
            from: PHONE_JID.into(),
            from_phone: Some("628123456789".into()),
            from_lid: None,
            state: ChatActivity::Composing,
        }),
        EventBody::GroupUpdate(GroupUpdatePayload {
            group: "1@g.us".into(),
            change: "subject".into(),
            by: Some(bob()),
            subject: Some("Club".into()),
            timestamp: AT / 1000,
            ..GroupUpdatePayload::default()
        }),
        EventBody::GroupParticipants(GroupParticipantsPayload {
            group: "1@g.us".into(),
            action: GroupAction::Add,
            participants: vec![bob()],
            by: Some(bob()),
            reason: Some("invite".into()),
            timestamp: AT / 1000,
        }),
        EventBody::ContactUpdate(Box::new(ContactUpdatePayload {
            push_name: Some("Bobby".into()),
            ..ContactUpdatePayload::new(bob(), ContactChange::PushName, AT / 1000)
        })),
        EventBody::CallIncoming(CallPayload {
            call_id: "C1".into(),
            from: PHONE_JID.into(),
            from_phone: Some("628123456789".into()),
            from_lid: Some(LID.into()),
            is_video: true,
            group: None,
            status: CallStatus::Ringing,
            timestamp: AT / 1000,
        }),
        EventBody::NewsletterUpdate(NewsletterUpdatePayload {
            newsletter: Some("1@newsletter".into()),
            change: "reactions".into(),
            posts: vec![PostReactions {
                server_id: 100,
                reactions: vec![ReactionCount { emoji: "👍".into(), count: 2 }],
            }],
            data: None,
        }),
        EventBody::LabelUpdate(LabelUpdatePayload {
            label_id: "1".into(),
            change: LabelChange::Added,
            name: None,
            color: None,
            chat: Some(PHONE_JID.into()),
            chat_phone: Some("628123456789".into()),
            chat_lid: Some(LID.into()),
            timestamp: AT / 1000,
        }),
    ]
}

#[test]
fn events() {
    let bodies: Vec<EventBody> = message_events().into_iter().chain(other_events()).collect();
    let kinds: Vec<&str> = bodies.iter().map(EventBody::kind).collect();
    assert_eq!(kinds, EVENT_KINDS, "a kind without a golden file");
    for body in bodies {
        let name = format!("event.{}", body.kind());
        pinned(&name, &Event::new(organization(), session(), AT, body));
    }
}

/// A message that was kept by a gateway of before `chat_phone`, `media` and the rest.
#[test]
fn an_old_message_can_still_be_read() {
    let old = r#"{"message_id":"3EB0A1","chat":"1@lid","is_group":false,"from":"1@lid","from_phone":null,
        "from_lid":"1@lid","from_me":false,"push_name":null,"type":"text","text":"Hi","timestamp":1,
        "quoted_message_id":null,"mentions":[]}"#;
    let read: MessagePayload = serde_json::from_str(old).unwrap();
    assert_eq!((read.text.as_deref(), read.media), (Some("Hi"), None));
}
