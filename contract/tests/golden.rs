//! What crosses Redis, pinned: every file in `tests/golden` is what a variant looks like there. A released file is
//! never edited: records written by an older version must still be read. A new variant is a new file; the test fails
//! until it has one, and writes the file when `EDGEWIRE_BLESS=1`.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod kept;

use std::fmt::Debug;
use std::path::PathBuf;

use edgewire_contract::command::{
    Action, AssertionResponse, BlockContact, CheckContacts, Command, ContactPicture, CreateGroup,
    CreateNewsletter, CredentialKind, DeleteForMe, Download, GroupChange, GroupInvite, Live, Mark, MarkKind,
    MessageSecret, Mode, NewsletterMessages, PairCode, ParticipantChange, Participants, PasskeyAssertion,
    Quoted, ReactToPost, RequestHistory, RequestRetry, SendMessage, SessionAction, SetPresence, Typing,
    TypingState, UpdateGroup, Upload, WatchPresence,
};
use edgewire_contract::content::{Content, ForwardStored, Kind, Text};
use edgewire_contract::event::{
    AuthCodePayload, AuthPasskeyPayload, AuthQrPayload, CallPayload, CallStatus, Card, ChatActivity,
    ChatPresencePayload, Choice, ContactChange, ContactUpdatePayload, EVENT_KINDS, EditedPayload, Event,
    EventBody, GroupAction, GroupParticipantsPayload, GroupUpdatePayload, HistorySyncPayload, LabelChange,
    LabelUpdatePayload, MediaPointer, MediaRetryPayload, MediaRetryStatus, MessagePayload, MessageStatus,
    MessageStatusPayload, NewsletterUpdatePayload, Origin, Party, PasskeyStep, Pinned, Place, PollAsked,
    PostReactions, PresencePayload, Quoted as QuotedMessage, ReactionCount, ReactionPayload, RevokedPayload,
    SessionStatusPayload, Target, UndecryptablePayload, Unreadable, VotePayload,
};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{BlobId, CommandId, MessageId, OrganizationId, RequestId, SessionId, TokenId};
use edgewire_contract::jid::Jid;
use edgewire_contract::media::{BlobRef, FileFacts, MediaKind, Source, Uploaded};
use edgewire_contract::outcome::{MediaReport, Outcome, OutcomeStatus};
use edgewire_contract::session::{HistoryPart, HistoryRequest, PairingStep, SessionStatus};
use edgewire_contract::shard::Shard;
use edgewire_contract::token::{Capability, TokenKind, TokenRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;

const AT: i64 = 1_781_000_000_000;
const PHONE_JID: &str = "628123456789@s.whatsapp.net";
const LID: &str = "100000000000001@lid";

fn session() -> SessionId {
    SessionId::parse("main").unwrap()
}

fn organization() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn message_id() -> MessageId {
    MessageId::parse("3EB0A1B2C3D4E5F60718").unwrap()
}

fn command_id() -> CommandId {
    CommandId::generate(AT, Shard::from_number(17), 42)
}

/// Compares `value` with its file, both ways.
fn pinned<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if !path.exists() && std::env::var_os("EDGEWIRE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{name} has no golden file; run with EDGEWIRE_BLESS=1 and commit it"));
    assert_eq!(text, kept, "{name} is written in another way than before");
    assert_eq!(
        &serde_json::from_str::<T>(&kept).unwrap(),
        value,
        "{name} is read in another way than before"
    );
}

fn command(action: Action, mode: Mode) -> Command {
    let sync = mode == Mode::Sync;
    Command {
        v: 1,
        id: command_id(),
        organization: organization(),
        session: session(),
        request_id: RequestId::parse("req-1").unwrap(),
        issued_at: AT,
        mode,
        deadline: sync.then_some(AT + 30_000),
        reply_to: sync.then(|| "ew1:{r:i1}:replies".to_owned()),
        action,
    }
}

fn send(content: Content) -> Action {
    Action::Send(Box::new(SendMessage {
        message_id: message_id(),
        to: Jid::parse_recipient("628123456789").unwrap(),
        secret: MessageSecret([7; 32]),
        timestamp: AT,
        content,
        reply_to: Some(Quoted { message_id: MessageId::parse("3EB0FF").unwrap(), sender: None }),
        mentions: vec![Jid::parse_recipient("5511999999999").unwrap()],
        delay_ms: 0,
    }))
}

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

fn blob() -> BlobRef {
    BlobRef { blob: BlobId::generate(AT, 9), bytes: 3, sha256: "ab".repeat(32) }
}

fn uploaded() -> Uploaded {
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    Uploaded {
        url: Some("https://example.com/v/t62.7/x".into()),
        direct_path: "/v/t62.7/x".into(),
        media_key: key.into(),
        file_sha256: key.into(),
        file_enc_sha256: key.into(),
        file_length: 12_345,
        facts: FileFacts { seconds: Some(3), waveform: Some(key.into()), ..FileFacts::default() },
    }
}

#[test]
fn kinds() {
    for kind in Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Text) {
        let body = kind.about().example;
        let content = Fields::read(body.as_bytes(), |f| kind.read(f).ok_or(Noted))
            .unwrap_or_else(|fault| panic!("the example of {} is refused: {fault}", kind.name()));
        assert_eq!(content.name(), kind.name());
        pinned(&format!("command.send.{}", kind.name()), &command(send(content), Mode::Async));
    }
    let stored = ForwardStored { chat: jid("628123456789"), message_id: message_id(), sender: None };
    pinned("command.send.forward-stored", &command(send(Content::ForwardStored(stored)), Mode::Sync));
    for (name, source) in [("blob", Source::Blob(blob())), ("uploaded", Source::Uploaded(uploaded()))] {
        let body = Kind::Image.about().example;
        let mut content = Fields::read(body.as_bytes(), |f| Kind::Image.read(f).ok_or(Noted)).unwrap();
        *content.source_mut().unwrap() = source;
        pinned(&format!("command.send.image.{name}"), &command(send(content), Mode::Sync));
    }
    let mark = Mark {
        chat: jid("628123456789"),
        sender: Some(jid("100000000000001@lid")),
        message_ids: vec![message_id()],
        mark: MarkKind::Read,
    };
    let delivered = Mark { mark: MarkKind::Delivered, sender: None, ..mark.clone() };
    pinned("command.mark", &command(Action::Mark(mark), Mode::Sync));
    pinned("command.mark.delivered", &command(Action::Mark(delivered), Mode::Sync));
}

#[test]
fn live_actions() {
    let (group, newsletter) = (jid("120363000000000000@g.us"), jid("120363000000000000@newsletter"));
    let person = jid("628123456789");
    let (group2, person2) = (group.clone(), person.clone());
    let code = "AbCdEfGhIjKlMnOpQrStUv".to_owned();
    let change = GroupChange { subject: Some("Club".into()), announce: Some(true), ..GroupChange::default() };
    let actions = [
        ("groups", Live::Groups),
        ("group", Live::Group { group: group.clone() }),
        (
            "create_group",
            Live::CreateGroup(CreateGroup {
                subject: "Club".into(),
                description: Some("About".into()),
                participants: vec![person.clone()],
            }),
        ),
        ("update_group", Live::UpdateGroup(UpdateGroup { group: group.clone(), change })),
        (
            "participants",
            Live::Participants(Participants {
                group: group.clone(),
                change: ParticipantChange::Promote,
                participants: vec![person.clone()],
            }),
        ),
        ("group_invite", Live::GroupInvite(GroupInvite { group: group.clone(), reset: true })),
        ("invite_info", Live::InviteInfo { code: code.clone() }),
        ("join_group", Live::JoinGroup { code: code.clone() }),
        ("leave_group", Live::LeaveGroup { group }),
        ("check_contacts", Live::CheckContacts(CheckContacts { phones: vec!["628123456789".into()] })),
        ("contact_picture", Live::ContactPicture(ContactPicture { jid: person.clone(), preview: false })),
        ("block_contact", Live::BlockContact(BlockContact { jid: person.clone(), block: true })),
        ("blocked", Live::Blocked),
        ("set_presence", Live::SetPresence(SetPresence { available: true })),
        ("typing", Live::Typing(Typing { chat: person.clone(), state: TypingState::Composing })),
        (
            "create_newsletter",
            Live::CreateNewsletter(CreateNewsletter { name: "News".into(), description: None }),
        ),
        ("newsletters", Live::Newsletters),
        ("newsletter", Live::Newsletter { newsletter: newsletter.clone() }),
        ("newsletter_by_invite", Live::NewsletterByInvite { code }),
        ("follow_newsletter", Live::FollowNewsletter { newsletter: newsletter.clone() }),
        ("unfollow_newsletter", Live::UnfollowNewsletter { newsletter: newsletter.clone() }),
        (
            "newsletter_messages",
            Live::NewsletterMessages(NewsletterMessages {
                newsletter: newsletter.clone(),
                count: 20,
                before: Some(100),
            }),
        ),
        ("react_to_post", Live::ReactToPost(ReactToPost { newsletter, server_id: 42, emoji: "👍".into() })),
        (
            "delete_for_me",
            Live::DeleteForMe(DeleteForMe { chat: person, message_id: message_id(), sender: None }),
        ),
        (
            "request_retry",
            Live::RequestRetry(RequestRetry {
                chat: group2,
                sender: person2.clone(),
                message_ids: vec![message_id()],
            }),
        ),
        (
            "request_history",
            Live::RequestHistory(RequestHistory {
                chat: person2.clone(),
                message_id: message_id(),
                from_me: true,
                timestamp: 1_781_524_800_000,
                count: 50,
            }),
        ),
        ("watch_presence", Live::WatchPresence(WatchPresence { jid: person2, watch: true })),
        (
            "upload",
            Live::Upload(Upload { blob: blob(), kind: MediaKind::Image, mimetype: Some("image/png".into()) }),
        ),
        ("fetch_media", Live::FetchMedia { message: message_id() }),
        ("download", Live::Download(Download { uploaded: uploaded(), kind: MediaKind::Document })),
    ];
    for (name, live) in actions {
        let asked = serde_json::to_value(&live).unwrap();
        assert_eq!(asked["ask"], name);
        pinned(&format!("command.live.{name}"), &command(Action::Live(live), Mode::Sync));
    }
}

#[test]
fn commands() {
    let text = Content::Text(Text { text: "Hello".into() });
    pinned("command.send.text", &command(send(text.clone()), Mode::Sync));
    let mut later = send(text);
    if let Action::Send(send) = &mut later {
        send.delay_ms = 1_500;
    }
    pinned("command.send.later", &command(later, Mode::Sync));
    let ask = PairCode {
        phone_number: "628123456789".into(),
        show_push_notification: true,
        custom_code: Some("ABCDEFGH".into()),
    };
    let assertion = PasskeyAssertion {
        id: "YWJj".into(),
        raw_id: Some("YWJj".into()),
        kind: CredentialKind::PublicKey,
        response: AssertionResponse {
            client_data_json: "e30".into(),
            authenticator_data: "AQID".into(),
            signature: "BAUG".into(),
            user_handle: None,
        },
    };
    for action in [
        SessionAction::Start,
        SessionAction::Stop,
        SessionAction::Restart,
        SessionAction::Logout,
        SessionAction::Delete,
        SessionAction::PairCode(ask),
        SessionAction::AnswerPasskey(assertion),
        SessionAction::ConfirmPasskey,
    ] {
        let action = Action::Session(action);
        pinned(&format!("command.{}", action.name()), &command(action.clone(), Mode::Async));
    }
}

#[test]
fn outcomes() {
    let outcome = |status, error| Outcome {
        v: 1,
        id: command_id(),
        organization: organization(),
        session: session(),
        mode: Mode::Sync,
        status,
        timestamp: AT,
        message_id: Some(message_id()),
        to: Some(Jid::parse_recipient("628123456789").unwrap()),
        error,
        background: false,
        data: None,
    };
    let refused =
        Fault::new(FaultCode::RecipientUnavailable, "WhatsApp refused the message").with("ack_error", 463);
    pinned("outcome.queued", &outcome(OutcomeStatus::Queued, None));
    let background = Outcome { background: true, ..outcome(OutcomeStatus::Queued, None) };
    pinned("outcome.background", &background);
    pinned("outcome.sent", &outcome(OutcomeStatus::Sent, None));
    pinned("outcome.failed", &outcome(OutcomeStatus::Failed, Some(refused)));
    let done = Outcome { message_id: None, to: None, ..outcome(OutcomeStatus::Done, None) };
    let report = MediaReport {
        kind: Some(MediaKind::Audio),
        ptt: true,
        size_bytes: 1,
        mimetype: "audio/ogg; codecs=opus".into(),
        original_format: "audio/mpeg".into(),
        converted: true,
        duration_seconds: Some(1.5),
        ..MediaReport::default()
    };
    let data = Some(serde_json::to_value(report).unwrap());
    pinned("outcome.sent.media", &Outcome { data, ..outcome(OutcomeStatus::Sent, None) });
    pinned("outcome.done", &Outcome { data: Some(serde_json::json!({"code": "ABCD-EFGH"})), ..done });
}

/// As it was written before it told the kind.
#[test]
fn an_earlier_report_is_read() {
    let earlier = r#"{"size_bytes": 1, "mimetype": "image/png", "original_format": "image/png", "converted": false,
        "download_ms": 0, "conversion_ms": 0, "upload_ms": 0}"#;
    let report: MediaReport = serde_json::from_str(earlier).unwrap();
    assert_eq!((report.kind, report.ptt, report.size_bytes), (None, false, 1));
}

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
        quoted: Some(QuotedMessage {
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

fn bob() -> Party {
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
fn message_events() -> Vec<EventBody> {
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

#[test]
fn records() {
    pinned(
        "token",
        &TokenRecord {
            v: 1,
            id: TokenId::generate(AT, 5),
            kind: TokenKind::ApiKey,
            organization: organization(),
            user: Some("ada".into()),
            capabilities: Capability::ALL.to_vec(),
            sessions: Some(vec![session()]),
            expires_at: Some(AT),
            name: Some("ci".into()),
            created_at: AT,
        },
    );
    let asked = |parts| HistoryRequest { chat: "628123456789@s.whatsapp.net".into(), count: 50, parts };
    pinned("history_request", &asked(Vec::new()));
    let part = HistoryPart { part: 1, chunks: 2, messages: 30, last: false };
    pinned("history_request.answered", &asked(vec![part]));
    pinned(
        "pairing",
        &PairingStep { qr: Some("2@abc".into()), code: Some("ABCD-EFGH".into()), expires_at: AT },
    );
}

#[test]
fn every_golden_file_is_of_something() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let source = [include_str!("golden.rs"), include_str!("kept/webhooks.rs")].concat();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let stem = name.trim_end_matches(".json");
        let known = source.contains(&format!("\"{stem}\""))
            || EVENT_KINDS.iter().any(|kind| stem == format!("event.{kind}"))
            || ["command.session.", "command.live.", "command.send."].iter().any(|p| stem.starts_with(p));
        assert!(known, "{name} belongs to no test");
    }
}
