//! The first thing a user does.

use std::sync::Arc;

use harness::{Session, World, wait_until};
use serde_json::json;

pub async fn a_scanned_qr_connects_the_session(world: Arc<World>) {
    let us = world.organization("pairing");
    let made = us.post("/api/v1/sessions").json(&json!({ "id": "first", "name": "Front desk" })).send().await;
    let made = made.expect(201)["session"].clone();
    assert_eq!((made["id"].as_str(), made["name"].as_str()), (Some("first"), Some("Front desk")));
    assert_eq!(
        (made["is_logged_in"].as_bool(), made["phone_number"].is_null()),
        (Some(false), true),
        "{made}"
    );
    assert!(made["created_at"].is_i64(), "{made}");

    let session =
        Session { owner: us.clone(), id: "first".into(), phone: format!("49160{:07}", world.next_number()) };
    let mut events = us.events("?session=first&since=0").await;
    let code = session.qr().await;
    assert_eq!(session.status().await["status"], "waiting_for_qr");
    let qr = us.get(&session.path("/qr")).send().await.expect(200);
    assert_eq!(qr["status"], "waiting_for_qr");
    assert_eq!(qr["qr_codes"][0], qr["code"]);
    assert!(qr["timeout_seconds"].as_i64().is_some_and(|s| (0..=60).contains(&s)), "{qr}");
    assert!(qr["expires_at"].is_i64(), "{qr}");
    events.next("auth.qr", |payload| payload["code"] == code.as_str()).await;

    // The code on the screen may have been replaced between two requests: scan the one that is shown now.
    let code = session.qr().await;
    world.sandbox().scan(&code, &session.phone).await.expect(200);
    session.wait_for_status("connected").await;
    let status = session.status().await;
    assert_eq!(status["is_logged_in"], true, "{status}");
    assert_eq!(status["phone_number"], session.phone.as_str());
    assert!(status["lid"].as_str().is_some_and(|lid| !lid.is_empty()), "{status}");
    assert!(status["owner"].is_string(), "{status}");
    us.get(&session.path("/qr")).send().await.expect_error(409, "conflict");
    let connected = events.next("session.status", |payload| payload["status"] == "connected").await;
    assert_eq!(connected["payload"]["phone_number"], session.phone.as_str());
    assert_eq!((&connected["session"], &connected["organization"]), (&json!("first"), &json!(us.id)));

    let read = us.get(&session.path("")).send().await.expect(200);
    assert_eq!(
        (&read["status"], &read["phone_number"]),
        (&json!("connected"), &json!(session.phone)),
        "{read}"
    );
    assert!(read["last_connected_at"].is_i64(), "{read}");
    let list = us.get("/api/v1/sessions").send().await.expect(200);
    assert_eq!((&list["total"], &list["sessions"][0]["id"]), (&json!(1), &json!("first")), "{list}");
    let device = us.get(&session.path("/device")).send().await.expect(200);
    assert_eq!(device["phone_number"], session.phone.as_str(), "{device}");
}

pub async fn a_typed_pair_code_connects_the_session(world: Arc<World>) {
    let us = world.organization("paircode");
    let session = Session::create(&us).await;
    let mut events = us.events(&format!("?session={}&since=0", session.id)).await;
    let asked =
        us.post(&session.path("/pair")).json(&json!({ "phone_number": format!("+{}", session.phone) }));
    let given = asked.send().await.expect(200);
    let code = given["code"].as_str().expect("a code").to_owned();
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "ABCD-EFGH, not {code}");
    assert!(given["timeout_seconds"].as_i64().is_some_and(|s| s > 0), "{given}");
    assert_eq!(session.status().await["status"], "waiting_for_pair_code");
    events.next("auth.code", |payload| payload["code"] == code.as_str()).await;

    world.sandbox().enter_code(&session.phone, &code).await.expect(200);
    session.wait_for_status("connected").await;
    assert_eq!(session.status().await["phone_number"], session.phone.as_str());
}

pub async fn a_paired_session_stops_and_connects_without_a_new_pairing(world: Arc<World>) {
    let us = world.organization("stop");
    let session = Session::pair(&us).await;
    let contact = format!("49161{:07}", world.next_number());
    world.sandbox().contact(&contact, "Contact").await;

    us.post(&session.path("/disconnect")).send().await.expect(200);
    session.wait_for_status("stopped").await;
    let text = json!({ "to": contact, "type": "text", "text": "too early" });
    us.post(&session.path("/messages")).json(&text).send().await.expect_error(409, "session_not_connected");

    us.post(&session.path("/connect")).send().await.expect(200);
    session.wait_for_status("connected").await;
    session.send_text(&contact, "in time").await;
    us.post(&session.path("/restart")).send().await.expect(200);
    session.wait_for_status("connected").await;
    session.send_text(&contact, "again").await;
}

pub async fn a_deleted_session_is_unlinked_and_forgotten(world: Arc<World>) {
    let us = world.organization("delete");
    let session = Session::pair(&us).await;
    assert_eq!(us.delete(&session.path("")).send().await.expect(200)["success"], true);
    wait_until("the session to be forgotten", || async {
        let reply = us.get(&session.path("")).send().await;
        if reply.status == 404 { Ok(()) } else { Err(reply.text()) }
    })
    .await;
    let path = format!("accounts/{}", session.phone);
    wait_until("the device to be unlinked", || async {
        let account = world.sandbox().get(&path).await;
        match account["devices"].as_array() {
            Some(devices) if devices.is_empty() => Ok(()),
            _ => Err(account.to_string()),
        }
    })
    .await;
    // Nothing of it may stand in the way of a new one with its id.
    us.post("/api/v1/sessions").json(&json!({ "id": session.id })).send().await.expect(201);
}
