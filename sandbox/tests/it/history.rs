//! Older messages on demand: a companion asks its phone for what was said before.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::harness::{Person, eventually, get, linked, post, sandbox};

/// The pieces of the answer to this request, once the last one is here.
async fn answer(anna: &Person, request: &str, pieces: usize) -> Vec<wa::HistorySync> {
    let mut found: Vec<wa::HistorySync> = Vec::new();
    for order in 1..=pieces {
        let piece = anna
            .log
            .wait("a piece of history", |e| match e {
                Event::HistorySync(sync)
                    if sync.peer_data_request_session_id() == Some(request)
                        && sync.chunk_order() == u32::try_from(order).ok() =>
                {
                    sync.get().cloned()
                }
                _ => None,
            })
            .await;
        found.push(piece);
    }
    found
}

fn ids(pieces: &[wa::HistorySync]) -> Vec<String> {
    let messages = pieces.iter().flat_map(|p| &p.conversations).flat_map(|c| &c.messages);
    messages.filter_map(|m| m.message.as_option()?.key.as_option()?.id.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn older_messages_come_on_demand_in_pieces() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let path = format!("accounts/{}/history", anna.phone());
    let image = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(b"an old picture") });
    let body = json!({
        "chat": carl,
        "chunk": 4,
        "generate": 10,
        "messages": [{ "id": "PICTURE", "media": image }, { "id": "NEWEST", "from_me": true, "text": "last" }],
    });
    let seeded = post(&sandbox, &path, body).await;
    let seeded = seeded["messages"].as_array().unwrap();
    assert_eq!(seeded.len(), 12);
    let newest = &seeded[11];
    assert_eq!((&newest["id"], &newest["from_me"]), (&json!("NEWEST"), &json!(true)));

    let chat = Jid::pn(carl);
    let ask = |id: String, time: i64, count| {
        let (anna, chat) = (&anna, chat.clone());
        async move { anna.client.fetch_message_history(&chat, &id, true, time * 1000, count).await.unwrap() }
    };
    let request = ask("NEWEST".to_owned(), newest["timestamp"].as_i64().unwrap(), 6).await;
    let pieces = answer(&anna, &request, 2).await;
    let wanted: Vec<&str> = seeded[5..11].iter().rev().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids(&pieces), wanted);
    let picture = pieces[0].conversations[0].messages[0].message.as_option().unwrap();
    let picture = picture.message.as_option().unwrap().image_message.as_option().unwrap();
    assert_eq!(anna.client.download(picture).await.unwrap(), b"an old picture");

    // The rest, and the end of it.
    let oldest = &seeded[5];
    let request =
        ask(oldest["id"].as_str().unwrap().to_owned(), oldest["timestamp"].as_i64().unwrap(), 50).await;
    let pieces = answer(&anna, &request, 2).await;
    assert_eq!(ids(&pieces).len(), 5);
    assert!(pieces[1].conversations[0].end_of_history_transfer_type.is_some());
    let known = get(&sandbox, &path).await;
    assert_eq!(known.as_array().map(Vec::len), Some(12));

    // What was said since then is history, too.
    let live = anna.text(carl, "and now").await;
    let request = ask(live, i64::MAX / 1000, 1).await;
    assert_eq!(ids(&answer(&anna, &request, 1).await), ["NEWEST"]);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_can_keep_its_history_to_itself() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = Jid::pn(carl["phone"].as_str().unwrap());
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "history": "silent" })).await;
    let silent = anna.client.fetch_message_history(&carl, "X", false, 1, 5).await.unwrap();
    let asked = format!("stanzas?phone={}&tag=message&id={silent}", anna.phone());
    eventually(&sandbox, &asked, |s| s[0]["number"].as_u64()).await;
    post(&sandbox, "faults/clear", Value::Null).await;
    // An answer that has nothing to tell says so; by then the first one would have come.
    let request = anna.client.fetch_message_history(&carl, "X", false, 1, 5).await.unwrap();
    let pieces = answer(&anna, &request, 1).await;
    assert!(ids(&pieces).is_empty() && pieces[0].conversations[0].end_of_history_transfer_type.is_some());
    let answered = |e: &Event| matches!(e, Event::HistorySync(s) if s.peer_data_request_session_id() == Some(silent.as_str()));
    assert_eq!(anna.log.count(answered), 0);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_sends_everything_it_remembers() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let body = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", body).await;
    let path = format!("accounts/{}/history", anna.phone());
    post(&sandbox, &path, json!({ "chat": carl, "generate": 3, "chunk": 2 })).await;
    let messages = json!([{ "from": carl, "text": "welcome" }, { "from_me": true, "text": "thanks" }]);
    post(&sandbox, &path, json!({ "chat": group["jid"], "messages": messages })).await;
    let sent = post(&sandbox, &format!("{path}/sync"), json!({ "kind": "recent" })).await;
    assert_eq!(sent, json!({ "clients": 1, "pieces": 3 }));
    let mut pieces = Vec::new();
    for order in 1..=3 {
        let piece = anna.log.wait("a piece of history", |e| match e {
            Event::HistorySync(sync) if sync.chunk_order() == Some(order) => sync.get().cloned(),
            _ => None,
        });
        pieces.push(piece.await);
    }
    assert_eq!(ids(&pieces).len(), 5);
    assert!(pieces[0].pushnames.iter().any(|name| name.pushname.as_deref() == Some("Carl")));
    let in_group =
        pieces[0].conversations.iter().chain(&pieces[1].conversations).chain(&pieces[2].conversations);
    let in_group: Vec<_> = in_group.filter(|c| c.id.ends_with("@g.us")).flat_map(|c| &c.messages).collect();
    let by_carl = in_group[1].message.as_option().unwrap().key.as_option().unwrap();
    assert!(by_carl.from_me == Some(false) && by_carl.participant.as_ref().unwrap().ends_with("@lid"));
    sandbox.stop().await.unwrap();
}
