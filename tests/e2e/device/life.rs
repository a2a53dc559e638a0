//! The devices of a token, and their life.

use std::sync::Arc;

use edgewire_contract::fault::FaultCode;
use harness::{Organization, Peer, Session, World, wait_until};
use http::Method;
use serde_json::{Value, json};

use super::{ask, bad_fields, get, is_time, jid, post, refused};

/// Waits until `/status` tells this status, and gives what it tells.
async fn status(us: &Organization, wanted: &str) -> Value {
    wait_until(&format!("the status {wanted}"), || async {
        let reply = get(us, "/status").await;
        match reply.status {
            200 if reply.json()["status"] == wanted => Ok(reply.json()),
            _ => Err(reply.text()),
        }
    })
    .await
}

pub async fn a_device_is_paired_stopped_and_connected(world: Arc<World>) {
    let us = world.organization("dev-life");
    assert_eq!(get(&us, "/devices").await.expect(200), json!({ "success": true, "devices": [] }));
    for path in ["/status", "/qr"] {
        refused(&get(&us, path).await, FaultCode::NotFound);
    }
    let session = Session::create(&us).await;
    let told = status(&us, "waiting_for_qr").await;
    let expected = json!({
        "success": true, "device_id": session.id, "status": "waiting_for_qr", "is_logged_in": false,
        "phone_number": null, "push_name": told["push_name"],
    });
    assert_eq!(told, expected);
    let hello = json!({ "number": "4915200000001", "text": "too early" });
    refused(&post(&us, "/send/text", &hello).await, FaultCode::SessionNotConnected);

    let qr = get(&us, "/qr").await.expect(200);
    is_time(&qr["expires_at"]);
    let expected = json!({
        "success": true, "device_id": session.id, "code": qr["code"], "qr_codes": [qr["code"]],
        "expires_at": qr["expires_at"], "status": "waiting_for_qr",
    });
    assert_eq!(qr, expected);
    let code = qr["code"].as_str().expect("a code");
    world.sandbox().scan(code, &session.phone).await.expect(200);
    let told = status(&us, "connected").await;
    assert_eq!(
        (&told["is_logged_in"], &told["phone_number"]),
        (&json!(true), &json!(session.phone)),
        "{told}"
    );
    refused(&get(&us, "/qr").await, FaultCode::Conflict);
    let again = json!({ "phone_number": session.phone });
    refused(&post(&us, "/paircode", &again).await, FaultCode::Conflict);
    let listed = get(&us, "/devices").await.expect(200);
    let expected = json!([{
        "device_id": session.id, "name": null, "status": "connected", "is_logged_in": true,
        "phone_number": session.phone, "push_name": told["push_name"],
    }]);
    assert_eq!(listed["devices"], expected);

    for (path, wanted) in [("/disconnect", "stopped"), ("/connect", "connected")] {
        let told = ask(&us, Method::POST, path).send().await.expect(200);
        assert_eq!((&told["success"], told["status"].is_string()), (&json!(true), true), "{told}");
        let told = status(&us, wanted).await;
        assert_eq!(told["is_logged_in"], true, "the pairing is kept: {told}");
        if wanted == "stopped" {
            refused(&post(&us, "/send/text", &hello).await, FaultCode::SessionNotConnected);
        }
    }
    let bob = Peer::pair(&world, "Levi").await;
    let hello = json!({ "number": bob.phone, "text": "in time" });
    post(&us, "/send/text", &hello).await.expect(200);
    bob.hears("in time").await;
    bob.leave().await;
}

pub async fn one_of_several_devices_is_named(world: Arc<World>) {
    let us = world.organization("dev-many");
    let first = Session::pair(&us).await;
    let second = Session::create(&us).await;
    let bob = Peer::pair(&world, "Mani").await;

    // The second is paired by a code.
    let ask_code = json!({ "phone_number": second.phone, "device_id": second.id });
    let told = post(&us, "/paircode", &ask_code).await.expect(200);
    let code = told["code"].as_str().expect("a code");
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "ABCD-EFGH, not {code}");
    assert!(told["timeout_seconds"].is_u64() && told["success"] == true, "{told}");
    world.sandbox().enter_code(&second.phone, code).await.expect(200);
    second.wait_for_status("connected").await;
    let devices = get(&us, "/devices").await.expect(200)["devices"].clone();
    let ids: Vec<&Value> =
        devices.as_array().into_iter().flatten().map(|device| &device["device_id"]).collect();
    assert_eq!(ids, [first.id.as_str(), second.id.as_str()], "the oldest first");

    let hello = |text: &str| json!({ "number": bob.phone, "text": text });
    bad_fields(&post(&us, "/send/text", &hello("who?")).await, &["device_id"]);
    bad_fields(&get(&us, "/status").await, &["device_id"]);
    for device in [&first, &second] {
        let named = get(&us, &format!("/status?device_id={}", device.id)).await.expect(200);
        assert_eq!((&named["device_id"], &named["phone_number"]), (&json!(device.id), &json!(device.phone)));
        let mut in_body = hello(&format!("{} in the body", device.id));
        in_body["device_id"] = json!(device.id);
        let told = post(&us, "/send/text", &in_body).await.expect(200);
        assert_eq!(told["metadata"]["device_id"], device.id.as_str());
        let heard = bob.hears(&format!("{} in the body", device.id)).await;
        assert_eq!(heard.id, told["message_id"].as_str().unwrap_or_default());
        let text = format!("{} in the query", device.id);
        let path = format!("/send/text?device_id={}", device.id);
        let told = post(&us, &path, &hello(&text)).await.expect(200);
        assert_eq!(told["chat_jid"], jid(&bob.phone));
        bob.hears(&text).await;
    }
    refused(&get(&us, "/status?device_id=nobody").await, FaultCode::NotFound);
    bob.leave().await;
}
