//! The linking of a session to a phone: codes that expire, connections that end before anybody has scanned or typed, and
//! passkeys.

use std::time::Duration;

use conn_host::wire::scripted::Call;
use conn_host::wire::{WireError, WireEvent};
use edgewire_contract::command::{
    Action, AssertionResponse, Command, CredentialKind, PairCode, PasskeyAssertion, SessionAction,
};
use edgewire_contract::event::{AuthPasskeyPayload, PasskeyStep};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use serde_json::{Value, json};

use crate::host::{Running, World};
use crate::notices::told;

/// A session that shows its first QR code, and its host.
async fn shown() -> (World, Running) {
    let world = World::new().await;
    world.unpaired_session("main").await;
    let host = world.host("a");
    connected(&world, 1).await;
    qr(&world, "2@first").await;
    (world, host)
}

/// Waits for the connection of this number.
async fn connected(world: &World, number: u32) {
    world.wait_for("connection", || async { (world.script.opened() == number).then_some(()) }).await;
}

/// WhatsApp gives a QR code; waits until it is shown.
async fn qr(world: &World, code: &str) {
    world.script.tell(WireEvent::Qr { code: code.into(), timeout: Duration::from_secs(60) });
    world
        .wait_for("QR code", || async {
            told(world, "auth.qr").await.iter().any(|it| it["code"] == code).then_some(())
        })
        .await;
}

async fn done(world: &World, action: SessionAction) -> Outcome {
    let command = Command { action: Action::Session(action), ..world.send("main", "15550002", "") };
    world.push(&command).await;
    world.outcome(&command).await
}

async fn pair_code(world: &World) -> Outcome {
    let ask = PairCode { phone_number: "15550001".into(), show_push_notification: true, custom_code: None };
    done(world, SessionAction::PairCode(ask)).await
}

/// Codes that work for so long.
fn codes(codes: &[&str], work: Duration) -> Vec<Result<(String, Duration), WireError>> {
    codes.iter().map(|code| Ok(((*code).to_owned(), work))).collect()
}

async fn codes_told(world: &World) -> Vec<Value> {
    told(world, "auth.code").await.into_iter().map(|it| it["code"].clone()).collect()
}

async fn reason(world: &World) -> String {
    world.field("main", "reason").await.unwrap_or_default()
}

/// What can be scanned or typed now, as handlers read it.
async fn shown_now(world: &World) -> Option<Value> {
    let id = SessionId::parse("main").unwrap();
    let key = keys::pairing(Shard::of(&id, DEFAULT_SHARDS), &id);
    let json: Option<String> = world.redis.query(&Cmd::get(key)).await.unwrap();
    json.map(|json| serde_json::from_str(&json).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_pair_code_is_followed_by_others_and_at_last_by_the_qr_code() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "DDDDDDDD"], Duration::from_millis(50)));
    let outcome = pair_code(&world).await;
    assert_eq!(outcome.data.unwrap()["code"], "AAAA-AAAA");
    world.status("main", "waiting_for_qr").await;
    let all = ["AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD"].map(|code| json!(code));
    assert_eq!(codes_told(&world).await, all);
    assert_eq!(
        reason(&world).await,
        "nobody typed the pair code in time; ask for another, or scan the QR code"
    );
    let asked = world.script.codes_asked();
    assert!(asked.len() == 4 && asked.iter().all(|ask| *ask == asked[0]), "{asked:?}");
    let statuses: Vec<Value> =
        told(&world, "session.status").await.into_iter().map(|it| it["status"].clone()).collect();
    assert!(statuses.ends_with(&[json!("waiting_for_pair_code"), json!("waiting_for_qr")]), "{statuses:?}");
    let shown = shown_now(&world).await.unwrap();
    assert_eq!((&shown["qr"], &shown["code"]), (&json!("2@first"), &Value::Null));
    // Who asks again gets one.
    pair_code(&world).await;
    world.status("main", "waiting_for_pair_code").await;
    assert_eq!((codes_told(&world).await.len(), reason(&world).await.as_str()), (5, ""));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_code_outlives_the_qr_codes_of_its_connection() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA", "BBBBBBBB"], Duration::from_secs(180)));
    pair_code(&world).await;
    world.script.tell(WireEvent::QrExhausted { ended: false });
    world
        .wait_for("the code alone", || async {
            shown_now(&world).await.filter(|step| step["qr"].is_null() && step["code"] == "AAAA-AAAA")
        })
        .await;
    pair_code(&world).await;
    assert_eq!(
        (world.script.opened(), world.field("main", "status").await.as_deref()),
        (1, Some("waiting_for_pair_code"))
    );
    // Now there is nothing left on it.
    world.script.tell(WireEvent::CodeGone { why: "scripted".into(), another: false });
    connected(&world, 2).await;
    world.status("main", "connecting").await;
    assert_eq!(reason(&world).await, "scripted");
    qr(&world, "2@second").await;
    world.status("main", "waiting_for_qr").await;
    assert_eq!(reason(&world).await, "scripted");
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_code_that_ended_with_its_connection_is_asked_for_again() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"], Duration::from_secs(180)));
    pair_code(&world).await;
    world.script.tell(WireEvent::Disconnected("scripted".into()));
    world.status("main", "connecting").await;
    assert_eq!(shown_now(&world).await, None);
    qr(&world, "2@second").await;
    world.status("main", "waiting_for_pair_code").await;
    // WhatsApp wants another by itself, and then one that a person asks for.
    world.script.tell(WireEvent::CodeGone { why: "old".into(), another: true });
    let all = ["AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC"].map(|code| json!(code));
    world.wait_for("codes", || async { (codes_told(&world).await == all).then_some(()) }).await;
    world.script.tell(WireEvent::CodeGone { why: "by hand".into(), another: false });
    world.status("main", "waiting_for_qr").await;
    assert_eq!((world.script.opened(), reason(&world).await.as_str()), (1, "by hand"));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_pair_code_that_whatsapp_refuses_ends_the_waiting() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA"], Duration::from_millis(50)));
    world
        .script
        .codes([Err(WireError::Refused("too often".into())), Err(WireError::Refused("still".into()))]);
    pair_code(&world).await;
    world.status("main", "waiting_for_qr").await;
    assert_eq!(reason(&world).await, "no pair code: too often");
    let outcome = pair_code(&world).await;
    let fault = outcome.error.unwrap();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::RecipientUnavailable, "no pair code: still")
    );
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_code_that_nobody_is_shown_ends_without_a_word() {
    let (world, host) = shown().await;
    let before = world.events("main").await.len();
    // None is shown: whoever asked for it has heard.
    world.script.tell(WireEvent::CodeGone { why: "scripted".into(), another: false });
    qr(&world, "2@second").await;
    let after: Vec<String> =
        world.events("main").await.into_iter().skip(before).map(|(kind, _)| kind).collect();
    assert_eq!((after, reason(&world).await.as_str()), (vec!["auth.qr".to_owned()], ""));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_showed_is_not_shown_by_the_next() {
    let (world, host) = shown().await;
    assert_eq!(shown_now(&world).await.unwrap()["qr"], "2@first");
    host.drain().await;
    let host = world.host("b");
    connected(&world, 2).await;
    world.status("main", "connecting").await;
    assert_eq!(shown_now(&world).await, None);
    host.drain().await;
}

fn step(step: PasskeyStep, code: Option<&str>, error: Option<&str>) -> WireEvent {
    let (code, error) = (code.map(str::to_owned), error.map(str::to_owned));
    WireEvent::Passkey(AuthPasskeyPayload { step, options: None, code, error })
}

fn answer() -> SessionAction {
    SessionAction::AnswerPasskey(PasskeyAssertion {
        id: "YWJj".into(),
        raw_id: None,
        kind: CredentialKind::PublicKey,
        response: AssertionResponse {
            client_data_json: "e30".into(),
            authenticator_data: "AQID".into(),
            signature: "BAUG".into(),
            user_handle: None,
        },
    })
}

/// The steps that were told.
async fn steps(world: &World) -> Vec<Value> {
    told(world, "auth.passkey").await.into_iter().map(|it| it["step"].clone()).collect()
}

async fn steps_are(world: &World, expected: &[&str]) {
    world
        .wait_for("steps", || async {
            let steps = steps(world).await;
            (steps.iter().map(|it| it.as_str().unwrap()).eq(expected.iter().copied())).then_some(())
        })
        .await;
}

fn conflict(outcome: &Outcome) -> &str {
    let fault = outcome.error.as_ref().unwrap();
    assert_eq!(fault.code, FaultCode::Conflict, "{fault:?}");
    &fault.message
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_handshake_goes_step_by_step() {
    let (world, host) = shown().await;
    let none = "the session does not wait for a passkey";
    assert_eq!(conflict(&done(&world, answer()).await), none);
    assert_eq!(conflict(&done(&world, SessionAction::ConfirmPasskey).await), none);
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.status("main", "waiting_for_passkey").await;
    steps_are(&world, &["request"]).await;
    assert_eq!(
        conflict(&done(&world, SessionAction::ConfirmPasskey).await),
        "there is no code to confirm yet"
    );
    // A wrong one is told, and another may be given.
    world.script.passkeys([Err(WireError::Refused("not-authorized".into()))]);
    let fault = done(&world, answer()).await.error.unwrap();
    assert_eq!(fault.code, FaultCode::RecipientUnavailable);
    assert_eq!(fault.message, "WhatsApp does not take what the passkey signed: not-authorized");
    assert_eq!(world.field("main", "status").await.as_deref(), Some("waiting_for_passkey"));
    assert_eq!(done(&world, answer()).await.status, OutcomeStatus::Done);
    assert_eq!(conflict(&done(&world, answer()).await), "the passkey was answered already");
    assert_eq!(world.script.signed().len(), 2);
    world.script.tell(step(PasskeyStep::Confirmation, Some("ABCD-EFGH"), None));
    steps_are(&world, &["request", "confirmation"]).await;
    assert_eq!(world.script.confirmed(), 0);
    assert_eq!(done(&world, SessionAction::ConfirmPasskey).await.status, OutcomeStatus::Done);
    assert_eq!(
        conflict(&done(&world, SessionAction::ConfirmPasskey).await),
        "the code was confirmed already"
    );
    world.script.tell(WireEvent::Paired);
    world.script.tell(WireEvent::Connected);
    world.status("main", "connected").await;
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_handshake_that_fails_leads_back_to_the_qr_code() {
    let (world, host) = shown().await;
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.script.tell(step(PasskeyStep::Error, None, Some("no")));
    steps_are(&world, &["request", "error"]).await;
    world.status("main", "waiting_for_qr").await;
    assert_eq!(reason(&world).await, "the passkey did not work: no");
    // So too when the confirmation is refused: it cannot be repeated.
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.script.tell(step(PasskeyStep::Confirmation, Some("ABCD-EFGH"), None));
    steps_are(&world, &["request", "error", "request", "confirmation"]).await;
    world.script.passkeys([Err(WireError::Refused("too late".into()))]);
    let fault = done(&world, SessionAction::ConfirmPasskey).await.error.unwrap();
    assert_eq!(fault.message, "WhatsApp does not take the confirmation: too late");
    steps_are(&world, &["request", "error", "request", "confirmation", "error"]).await;
    world.status("main", "waiting_for_qr").await;
    // Nothing to compare: it goes on by itself.
    world.script.tell(step(PasskeyStep::Confirmation, None, None));
    world.wait_for("confirmation", || async { (world.script.confirmed() == 2).then_some(()) }).await;
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_handshake_ends_with_its_connection() {
    let (world, host) = shown().await;
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.status("main", "waiting_for_passkey").await;
    world.script.tell(WireEvent::Disconnected("scripted".into()));
    connected(&world, 2).await;
    world.status("main", "connecting").await;
    assert_eq!(conflict(&done(&world, answer()).await), "the session does not wait for a passkey");
    // Nobody answers in time.
    qr(&world, "2@second").await;
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.status("main", "waiting_for_passkey").await;
    world.script.tell(WireEvent::QrExhausted { ended: true });
    connected(&world, 3).await;
    assert_eq!(reason(&world).await, "nobody answered the passkey in time");
    host.drain().await;
}

/// Held by `connection_lost` in `Actor::start_over`.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_ends_what_was_shown_and_another_code_is_asked_for() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA", "BBBBBBBB"], Duration::from_secs(180)));
    pair_code(&world).await;
    world.script.crash([Call::Identity]);
    world.script.tell(WireEvent::Renamed);
    connected(&world, 2).await;
    assert_eq!(shown_now(&world).await, None, "nothing of the connection that is gone");
    qr(&world, "2@second").await;
    world
        .wait_for("another code", || async {
            shown_now(&world).await.filter(|step| step["code"] == "BBBB-BBBB" && step["qr"] == "2@second")
        })
        .await;
    host.drain().await;
}

/// Who is asked for a passkey has typed his pair code: neither its end nor another one comes between.
#[tokio::test(flavor = "multi_thread")]
async fn a_typed_pair_code_may_lead_to_a_passkey() {
    let (world, host) = shown().await;
    world.script.codes(codes(&["AAAAAAAA", "BBBBBBBB"], Duration::from_secs(180)));
    pair_code(&world).await;
    world.script.tell(step(PasskeyStep::Request, None, None));
    world.status("main", "waiting_for_passkey").await;
    world.script.tell(WireEvent::CodeGone { why: "scripted".into(), another: true });
    let waits = "the session waits for a passkey; restart it to pair it anew";
    assert_eq!(conflict(&pair_code(&world).await), waits);
    assert_eq!(done(&world, answer()).await.status, OutcomeStatus::Done);
    assert_eq!(world.field("main", "status").await.as_deref(), Some("waiting_for_passkey"));
    assert_eq!(world.script.codes_asked().len(), 1);
    // It does not work: the code was used, and another is shown.
    world.script.tell(step(PasskeyStep::Error, None, Some("no")));
    world.status("main", "waiting_for_pair_code").await;
    world
        .wait_for("another code", || async {
            (codes_told(&world).await == ["AAAA-AAAA", "BBBB-BBBB"].map(|code| json!(code))).then_some(())
        })
        .await;
    host.drain().await;
}
