//! Sends of every kind, marks, and what is done to sessions. What is asked of WhatsApp at once is in [`crate::live`].

use edgewire_contract::command::{
    Action, AssertionResponse, Command, CredentialKind, Mark, MarkKind, MessageSecret, Mode, PairCode,
    PasskeyAssertion, Quoted, SendMessage, SessionAction,
};
use edgewire_contract::content::{Content, ForwardStored, Kind, Text};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{BlobId, MessageId, RequestId};
use edgewire_contract::jid::Jid;
use edgewire_contract::media::{BlobRef, FileFacts, Source, Uploaded};

use crate::{AT, command_id, jid, message_id, organization, pinned, session};

pub fn command(action: Action, mode: Mode) -> Command {
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
        send_at: None,
    }))
}

pub fn blob() -> BlobRef {
    BlobRef { blob: BlobId::generate(AT, 9), bytes: 3, sha256: "ab".repeat(32) }
}

pub fn uploaded() -> Uploaded {
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
fn commands() {
    let text = Content::Text(Text { text: "Hello".into() });
    pinned("command.send.text", &command(send(text.clone()), Mode::Sync));
    let mut later = send(text.clone());
    if let Action::Send(send) = &mut later {
        send.delay_ms = 1_500;
    }
    pinned("command.send.later", &command(later, Mode::Sync));
    let mut scheduled = send(text);
    if let Action::Send(send) = &mut scheduled {
        send.send_at = Some(AT + 86_400_000);
    }
    pinned("command.send.scheduled", &command(scheduled, Mode::Async));
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
        SessionAction::RateChanged,
    ] {
        let action = Action::Session(action);
        pinned(&format!("command.{}", action.name()), &command(action.clone(), Mode::Async));
    }
}
