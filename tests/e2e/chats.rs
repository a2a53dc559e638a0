//! Chats and their messages, page by page.

use std::sync::Arc;

use harness::{Organization, Session, World};
use serde_json::{Value, json};

use crate::contact::Contact;

/// All of a list, in pages of `limit`, in an order.
async fn walked(us: &Organization, list: &str, limit: usize, order: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = us.get(&format!("{list}?limit={limit}&order={order}{cursor}")).send().await.expect(200);
        let data = page["data"].as_array().expect("a list");
        assert!(data.len() <= limit && !data.is_empty(), "{page}");
        all.extend(data.iter().cloned());
        assert!(all.len() <= 100, "it never ends");
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn ids(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|it| it["messageId"].as_str().expect("an id").to_owned()).collect()
}

/// Puts texts of one second into the phone's past, and has the session learn of them.
async fn of_one_second(us: &Organization, session: &Session, ada: &Contact, count: usize) -> Vec<String> {
    let mut events = us.events(&format!("?session={}&events=message,history.sync", session.id)).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let line = |n: usize| json!({ "text": format!("{n}"), "timestamp": now.as_secs() - 3600 });
    let lines: Vec<Value> = (0..count).map(line).collect();
    let path = format!("accounts/{}/history", session.phone);
    let past = json!({ "chat": ada.phone, "messages": lines });
    let past = us.world.sandbox().post(&path, past).await;
    let id = ada.writes(&session.phone, "the last").await;
    let last = events.next("message", |p| p["message_id"] == id.as_str()).await["payload"].clone();
    let body = json!({
        "chat_jid": ada.jid, "last_message_id": id, "last_message_timestamp": last["timestamp"],
        "device_id": session.id,
    });
    us.post("/messages/history/request").bearer(&us.user_token).json(&body).send().await.expect(200);
    events.next("history.sync", |p| p["last"] == true).await;
    let mut ids: Vec<String> = past["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| it["id"].as_str().expect("an id").to_owned())
        .collect();
    ids.push(id);
    ids
}

pub async fn a_chat_is_walked_through_in_both_orders(world: Arc<World>) {
    let us = world.organization("pages");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut expected = of_one_second(&us, &session, &ada, 9).await;
    for n in 0..3 {
        let sent = session.send_text(&ada.phone, &format!("answer {n}")).await;
        expected.push(sent["waMessageId"].as_str().expect("an id").to_owned());
    }
    expected.sort();
    let list = session.path(&format!("/chats/{}/messages", ada.phone));
    for limit in [1, 4, 200] {
        let newest = walked(&us, &list, limit, "desc").await;
        let mut oldest = walked(&us, &list, limit, "asc").await;
        oldest.reverse();
        assert_eq!(ids(&newest), ids(&oldest), "by {limit}");
        let mut sorted = ids(&newest);
        sorted.sort();
        assert_eq!(sorted, expected, "each once, by {limit}");
        let times: Vec<i64> = newest.iter().filter_map(|it| it["timestamp"].as_i64()).collect();
        assert!(times.len() == newest.len() && times.is_sorted_by(|a, b| a >= b), "{times:?}");
        let equal = times.iter().filter(|at| **at == times[times.len() - 1]);
        assert_eq!(equal.count(), 9, "of one time: {times:?}");
    }
    for bad in ["limit=0", "limit=201", "order=up", "cursor=zz"] {
        us.get(&format!("{list}?{bad}")).send().await.expect_error(400, "validation_error");
    }
}

pub async fn chats_are_read_while_no_host_is_alive() {
    let world = World::up().await;
    let us = world.organization("chats");
    let session = Session::pair(&us).await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let mut expected = Vec::new();
    for name in ["Ada", "Bea", "Cem"] {
        let contact = Contact::new(&world, name).await;
        let id = contact.writes(&session.phone, &format!("it is {name}")).await;
        events.next("message", |p| p["message_id"] == id.as_str()).await;
        let sent = session.send_text(&contact.lid, &format!("hello {name}")).await;
        let own = sent["waMessageId"].as_str().expect("an id").to_owned();
        expected.push((contact, name, [id, own]));
    }
    world.kill_host(0);
    let list = session.path("/chats");
    let newest = walked(&us, &list, 1, "desc").await;
    let mut oldest = walked(&us, &list, 2, "asc").await;
    oldest.reverse();
    assert_eq!(newest, oldest);
    assert_eq!(newest.len(), expected.len(), "{newest:?}");
    for (contact, name, [theirs, own]) in &expected {
        let chat = newest.iter().find(|chat| chat["chat"] == contact.jid.as_str());
        let chat = chat.unwrap_or_else(|| panic!("no chat with {name}: {newest:?}"));
        assert_eq!((&chat["kind"], &chat["name"]), (&json!("user"), &json!(name)), "{chat}");
        assert_eq!((&chat["phone"], &chat["lid"]), (&json!(contact.phone), &json!(contact.lid)), "{chat}");
        assert_eq!(chat["lastMessage"]["timestamp"], chat["lastAt"], "{chat}");
        let path = session.path(&format!("/chats/{}/messages", contact.lid));
        let messages = walked(&us, &path, 1, "desc").await;
        let mut walked = ids(&messages);
        walked.sort();
        let mut both = [theirs.clone(), own.clone()];
        both.sort();
        assert_eq!(walked, both, "with {name}");
        let one = us.get(&session.path(&format!("/messages/{own}"))).send().await.expect(200);
        assert_eq!(one["message"]["text"], format!("hello {name}"), "{one}");
    }
}
