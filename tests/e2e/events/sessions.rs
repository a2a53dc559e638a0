//! A session's own life: codes to link it by, and the states that it is in.

use std::sync::Arc;

use harness::{Session, World};
use serde_json::{Value, json};

use super::scene::{MILLISECONDS, exactly};

/// A state, as it is told.
fn state(status: &str, reason: Value, phone: Value, name: Value) -> Value {
    json!({ "status": status, "reason": reason, "phone_number": phone, "push_name": name })
}

pub async fn a_sessions_life_is_told_step_by_step(world: Arc<World>) {
    let us = world.organization("steps");
    let session = Session::create(&us).await;
    let mut live = us.events(&format!("?session={}&since=0", session.id)).await;
    let shown = live.next("session.status", |p| p["status"] == "waiting_for_qr").await;
    exactly(&shown["payload"], &state("waiting_for_qr", Value::Null, Value::Null, Value::Null));
    let qr = live.next("auth.qr", |_| true).await["payload"].clone();
    exactly(&qr, &json!({ "code": qr["code"], "expires_at": MILLISECONDS }));
    assert!(qr["code"].as_str().is_some_and(|code| code.split(',').count() >= 4), "{qr}");

    let code = session.qr().await;
    world.sandbox().scan(&code, &session.phone).await.expect(200);
    let there = live.next("session.status", |p| p["status"] == "connected").await["payload"].clone();
    exactly(&there, &state("connected", Value::Null, json!(session.phone), there["push_name"].clone()));
    us.post(&session.path("/disconnect")).send().await.expect(200);
    let gone = live.next("session.status", |p| p["status"] == "stopped").await["payload"].clone();
    exactly(
        &gone,
        &state("stopped", gone["reason"].clone(), json!(session.phone), gone["push_name"].clone()),
    );
    us.post(&session.path("/connect")).send().await.expect(200);
    live.next("session.status", |p| p["status"] == "connected").await;

    // Unlinked on the phone: the reason says so.
    world.sandbox().post(&format!("accounts/{}/devices/1/unlink", session.phone), json!({})).await;
    let out = live.next("session.status", |p| p["status"] == "logged_out").await["payload"].clone();
    assert!(out["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{out}");
}

pub async fn a_pair_code_is_told(world: Arc<World>) {
    let us = world.organization("steps-code");
    let session = Session::create(&us).await;
    let mut live = us.events(&format!("?session={}&since=0", session.id)).await;
    let asked = us.post(&session.path("/pair")).json(&json!({ "phone_number": session.phone }));
    let given = asked.send().await.expect(200);
    live.next("session.status", |p| p["status"] == "waiting_for_pair_code").await;
    let told = live.next("auth.code", |_| true).await["payload"].clone();
    exactly(&told, &json!({ "code": given["code"], "expires_at": MILLISECONDS }));
}
