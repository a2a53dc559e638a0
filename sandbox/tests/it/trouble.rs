//! Things that go wrong: lost sockets, refusals, restarts of the client and of the sandbox.

use std::sync::Arc;

use edgewire_sandbox::noise::ServerKeys;
use edgewire_sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, SendOptions};

use crate::harness::{Start, eventually, get, heard, linked, post, sandbox, scan, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_gets_what_it_missed_in_order() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let bert_phone = bert.phone();
    anna.text(&bert_phone, "still here").await;
    bert.hears("still here").await;
    let store = bert.stop().await;
    let account = format!("accounts/{bert_phone}");
    eventually(&sandbox, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;

    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(anna.text(&bert_phone, text).await);
    }
    eventually(&sandbox, &account, |a| (a["devices"][0]["queued"].as_u64()? >= 3).then_some(())).await;
    let bert = start(Start { ws_url: sandbox.ws_url(), name: "Bert", backend: store }).await;
    for (text, id) in ["one", "two", "three"].iter().zip(&ids) {
        assert_eq!(&bert.hears(text).await, id);
    }
    bert.connected().await;
    let resumed = get(&sandbox, "state").await["handshakes"]["ik"].as_u64().unwrap();
    assert!(resumed >= 1, "the second login needs no new handshake");
    eventually(&sandbox, &account, |a| (a["devices"][0]["queued"] == 0).then_some(())).await;
    for id in &ids {
        let log = get(&sandbox, &format!("messages?id={id}")).await;
        assert_eq!(log[0]["devices"][format!("{bert_phone}:1")]["sent"], 1, "{log}");
    }
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_socket_is_made_again() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let dropped = post(&sandbox, "sockets/drop", json!({ "phone": anna.phone() })).await;
    assert_eq!(dropped["dropped"], 1);
    let send = format!("accounts/{}/send", carl["phone"].as_str().unwrap());
    post(&sandbox, &send, json!({ "to": anna.phone(), "text": "into the gap" })).await;
    anna.hears("into the gap").await;
    let account = get(&sandbox, &format!("accounts/{}", anna.phone())).await;
    assert!(account["devices"][0]["logins"].as_u64().unwrap() >= 2, "{account}");
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_refused_on_request() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "nack": { "error": 463, "count": 1 } })).await;
    let refused = anna.text(carl, "not today").await;
    anna.log
        .wait("the refusal", |e| match e {
            Event::ServerAck(ack) if ack.id == refused && ack.error.is_some() => Some(()),
            _ => None,
        })
        .await;
    anna.text(carl, "tomorrow").await;
    let received = eventually(&sandbox, &format!("accounts/{carl}/received"), |r| {
        (!r.as_array()?.is_empty()).then(|| r.clone())
    })
    .await;
    assert_eq!(received.as_array().unwrap().len(), 1);
    assert_eq!(received[0]["text"], "tomorrow");
    let log = get(&sandbox, &format!("messages?id={refused}")).await;
    assert_eq!((&log[0]["nacked"], &log[0]["acked"]), (&json!(1), &json!(0)));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_device_is_logged_out() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let body = json!({ "phone": anna.phone(), "code": 401, "conflict": "device_removed" });
    post(&sandbox, "sockets/stream-error", body).await;
    anna.log.wait("LoggedOut", |e| matches!(e, Event::LoggedOut(_)).then_some(())).await;
    let account = get(&sandbox, &format!("accounts/{}", anna.phone())).await;
    assert_eq!(account["devices"], json!([]));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_file_survives_a_restart_of_the_sandbox() {
    let folder =
        std::env::temp_dir().join(format!("sandbox-{}-{:08x}", std::process::id(), rand::random::<u32>()));
    std::fs::create_dir_all(&folder).unwrap();
    let state = folder.join("state.json");
    let config = |listen| Config { listen, state: Some(state.clone()) };
    let first = Sandbox::start(config("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let addr = first.addr();
    let anna =
        start(Start { ws_url: first.ws_url(), name: "Anna", backend: Arc::new(InMemoryBackend::new()) })
            .await;
    scan(&first, &anna, "").await;
    anna.connected().await;
    let phone = anna.phone();
    let carl = post(&first, "accounts", json!({ "push_name": "Carl" })).await;
    let send = format!("accounts/{}/send", carl["phone"].as_str().unwrap());
    post(&first, &send, json!({ "to": phone, "text": "before" })).await;
    anna.hears("before").await;
    anna.text(carl["phone"].as_str().unwrap(), "got it").await;
    let store = anna.stop().await;
    let account = format!("accounts/{phone}");
    eventually(&first, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;
    post(&first, &send, json!({ "to": phone, "text": "queued over the restart" })).await;
    first.stop().await.unwrap();

    let second = Sandbox::start(config(addr)).await.unwrap();
    let anna = start(Start { ws_url: second.ws_url(), name: "Anna", backend: store }).await;
    anna.hears("queued over the restart").await;
    anna.connected().await;
    assert_eq!(anna.phone(), phone);
    post(&second, &send, json!({ "to": phone, "text": "after" })).await;
    anna.hears("after").await;
    let answer = anna.text(carl["phone"].as_str().unwrap(), "still me").await;
    let received = format!("accounts/{}/received", carl["phone"].as_str().unwrap());
    eventually(&second, &received, |r| (r[0]["id"] == answer.as_str()).then_some(())).await;
    assert_eq!(get(&second, "state").await["handshakes"], json!({ "ik": 1 }));
    let store = anna.stop().await;
    second.stop().await.unwrap();

    // Another server key behind the same address: the client's cached one fails, and both recover.
    let mut saved: Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    saved["keys"] = serde_json::to_value(ServerKeys::generate()).unwrap();
    std::fs::write(&state, saved.to_string()).unwrap();
    let third = Sandbox::start(config(addr)).await.unwrap();
    let anna = start(Start { ws_url: third.ws_url(), name: "Anna", backend: store }).await;
    anna.connected().await;
    assert_eq!(get(&third, "state").await["handshakes"], json!({ "xx_fallback": 1 }));
    third.stop().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_comes_twice_is_acked_twice_and_delivered_once() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let to = Jid::pn(bert.phone().as_str());
    let message = wa::Message { conversation: Some("once".to_owned()), ..Default::default() };
    for _ in 0..2 {
        let options = SendOptions::default().with_message_id("3EB0AAAAAAAAAAAAAAAAAA");
        anna.client.send_message_with_options(to.clone(), message.clone(), options).await.expect("sent");
    }
    let log = eventually(&sandbox, "messages?id=3EB0AAAAAAAAAAAAAAAAAA", |log| {
        (log[0]["times_seen"] == 2).then(|| log[0].clone())
    })
    .await;
    assert_eq!(log["acked"], 2, "{log}");
    assert_eq!(log["devices"][format!("{}:1", bert.phone())]["queued"], 1, "{log}");
    bert.hears("once").await;
    assert_eq!(bert.log.count(|e| heard(e, "once").is_some()), 1);
    assert_eq!(get(&sandbox, "state").await["messages"]["duplicates"], 1);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn acks_can_be_withheld_and_sockets_frozen() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let received = format!("accounts/{carl}/received");
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "drop_acks": 1 })).await;
    let silent = anna.text(carl, "no ack").await;
    eventually(&sandbox, &received, |r| (r[0]["text"] == "no ack").then_some(())).await;
    let log = get(&sandbox, &format!("messages?id={silent}")).await;
    assert_eq!((&log[0]["acked"], &log[0]["dropped_acks"]), (&json!(0), &json!(1)));

    post(&sandbox, "faults", json!({ "phone": anna.phone(), "freeze": true })).await;
    anna.text(carl, "frozen").await;
    assert_eq!(get(&sandbox, &received).await.as_array().unwrap().len(), 1);
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "freeze": false })).await;
    eventually(&sandbox, &received, |r| (r[1]["text"] == "frozen").then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_can_be_refused() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let ban = json!({ "reason": 402, "code": 101, "expire": 3600 });
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "login": ban })).await;
    post(&sandbox, "sockets/drop", json!({ "phone": anna.phone() })).await;
    anna.log.wait("the ban", |e| matches!(e, Event::TemporaryBan(_)).then_some(())).await;

    let bert = linked(&sandbox, "Bert").await;
    let phone = bert.phone();
    let store = bert.stop().await;
    post(&sandbox, &format!("accounts/{phone}/devices/1/unlink"), json!({})).await;
    let bert = start(Start { ws_url: sandbox.ws_url(), name: "Bert", backend: store }).await;
    bert.log.wait("LoggedOut", |e| matches!(e, Event::LoggedOut(_)).then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_login_of_a_device_replaces_the_first() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let copy = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend: anna.backend.clone() }).await;
    anna.log.wait("StreamReplaced", |e| matches!(e, Event::StreamReplaced(_)).then_some(())).await;
    copy.connected().await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_refused_on_request() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let refusal = json!({ "xmlns": "w:g2", "tag": "invite", "error": 429, "backoff": 30 });
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "iq": refusal })).await;
    let group = post(&sandbox, "groups", json!({ "creator": anna.phone(), "subject": "Club" })).await;
    let group: Jid = group["jid"].as_str().unwrap().parse().unwrap();
    // Another question is answered, this one is refused once.
    anna.client.groups().get_metadata(&group).await.unwrap();
    let refused = anna.client.groups().get_invite_link(&group, false).await.expect_err("refused");
    assert!(format!("{refused:?}").contains("429"), "{refused:?}");
    anna.client.groups().get_invite_link(&group, false).await.unwrap();
    sandbox.stop().await.unwrap();
}
