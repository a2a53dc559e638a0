//! What is done on the phone is seen by its clients, and the phone reads what they do.

use std::time::Duration;

use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{eventually, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn chats_are_sorted_on_the_phone() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let sent =
        post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": anna.phone(), "text": "star me" }))
            .await;
    anna.hears("star me").await;
    let jid = Jid::pn(carl);
    // The client writes first, in the collections that the phone then goes on with.
    anna.client.chat_actions().pin_chat(&jid).await.unwrap();
    anna.client.chat_actions().mute_chat(&jid).await.unwrap();
    let path = format!("accounts/{}/app-state", anna.phone());
    let pinned = |state: &Value| {
        let entries = state["regular_low"]["entries"].as_array()?;
        let pin = entries.iter().find(|e| e["index"] == json!(["pin_v1", jid.to_string()]))?;
        (pin["value"]["pin_action"]["pinned"] == true).then_some(())
    };
    eventually(&sandbox, &path, pinned).await;
    let muted = |state: &Value| (state["regular_high"]["version"].as_u64()? >= 1).then_some(());
    eventually(&sandbox, &path, muted).await;

    let id = &sent["message_id"];
    // A notice that comes while the client still pulls the one before is lost on it: the next one makes up for that.
    let act = async |body: Value, pick: fn(&Event) -> bool| {
        for _ in 0..20 {
            post(&sandbox, &path, body.clone()).await;
            let seen = anna.log.wait("what was done", |e| pick(e).then_some(()));
            if tokio::time::timeout(Duration::from_secs(1), seen).await.is_ok() {
                return;
            }
        }
        panic!("never seen: {body}");
    };
    act(
        json!({ "action": "archive", "chat": carl }),
        |e| matches!(e, Event::ArchiveUpdate(u) if u.action.archived == Some(true)),
    )
    .await;
    act(
        json!({ "action": "pin", "chat": carl, "on": false }),
        |e| matches!(e, Event::PinUpdate(u) if u.action.pinned == Some(false)),
    )
    .await;
    act(
        json!({ "action": "mute", "chat": carl, "until_ms": 4_000_000_000_000_i64 }),
        |e| matches!(e, Event::MuteUpdate(u) if u.action.mute_end_timestamp == Some(4_000_000_000_000)),
    )
    .await;
    act(
        json!({ "action": "star", "id": id }),
        |e| matches!(e, Event::StarUpdate(u) if u.action.starred == Some(true)),
    )
    .await;
    act(
        json!({ "action": "read", "chat": carl }),
        |e| matches!(e, Event::MarkChatAsReadUpdate(u) if u.action.read == Some(true)),
    )
    .await;
    act(json!({ "action": "delete_for_me", "id": id }), |e| matches!(e, Event::DeleteMessageForMeUpdate(_)))
        .await;
    act(json!({ "action": "contact", "chat": carl, "name": "Carl C.", "first_name": "Carl" }), |e| {
        matches!(e, Event::ContactUpdate(_))
    })
    .await;
    act(json!({ "action": "label_edit", "label": "7", "name": "friends", "color": 3 }), |e| {
        matches!(e, Event::LabelEditUpdate(_))
    })
    .await;
    act(json!({ "action": "label", "label": "7", "chat": carl }), |e| {
        matches!(e, Event::LabelAssociationUpdate(_))
    })
    .await;
    act(json!({ "action": "status_mute", "chat": carl }), |e| matches!(e, Event::UserStatusMuteUpdate(_)))
        .await;
    act(json!({ "action": "clear_chat", "chat": carl }), |e| matches!(e, Event::ClearChatUpdate(_))).await;
    act(json!({ "action": "delete_chat", "chat": carl }), |e| matches!(e, Event::DeleteChatUpdate(_))).await;
    act(
        json!({ "action": "push_name", "name": "Anna B." }),
        |e| matches!(e, Event::SelfPushNameUpdated(u) if u.new_name == "Anna B."),
    )
    .await;
    // And the client can go on writing after the phone.
    anna.client.chat_actions().pin_chat(&jid).await.unwrap();
    eventually(&sandbox, &path, pinned).await;
    sandbox.stop().await.unwrap();
}
