//! What WhatsApp tells beside messages: once each, about people by every address, with what it does to the store.

use std::sync::Arc;

use conn_host::events::tell::media_retry;
use conn_host::events::told::Told;
use conn_host::wire::{History, Incoming, Notice, Past};
use edgewire_contract::event::{EventBody, LabelChange, LabelUpdatePayload};
use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::session::HistoryRequest;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use serde_json::{Value, json};
use whatsapp_rust::NodeBuilder;
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::wacore::crypto::hkdf_sha256_into;
use whatsapp_rust::wacore::libsignal::crypto::aes_256_gcm_encrypt;
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
use whatsapp_rust::wacore_binary::Node;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::host::World;
use crate::inbox::{BOB, BOBS_LID, from_bob, me, protocol, record, world};

/// The payloads of the session's events of this kind.
pub async fn told(world: &World, kind: &str) -> Vec<Value> {
    let all = world.events("main").await;
    all.into_iter().filter(|(name, _)| name == kind).map(|(_, payload)| payload).collect()
}

fn called(id: &str, name: &str) -> Incoming {
    Incoming { push_name: Some(name.into()), ..from_bob(id, wa::Message::text("hi")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_told_once_and_a_first_one_never() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    inbox.keep(me(), vec![called("3EB0AA", "Bob")]).await.unwrap();
    inbox.keep(me(), vec![called("3EB0AB", "Bob")]).await.unwrap();
    assert_eq!(told(&world, "contact.update").await, Vec::<Value>::new());
    // Changed and changed back within a batch, of which one message comes again.
    inbox.keep(me(), vec![called("3EB0AC", "Bobby"), called("3EB0AD", "Bob")]).await.unwrap();
    inbox.keep(me(), vec![called("3EB0AC", "Bobby")]).await.unwrap();
    let names = |told: Vec<Value>| told.iter().map(|it| it["push_name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(told(&world, "contact.update").await), [json!("Bobby"), json!("Bob")]);
    host.drain().await;
    // Another host knows the name that was last written.
    let host = world.host("b");
    world.status("main", "connected").await;
    let inbox = world.script.inbox();
    inbox.keep(me(), vec![called("3EB0AE", "Bobby"), called("3EB0AF", "Robert")]).await.unwrap();
    let told = told(&world, "contact.update").await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((&told[2]["change"], &told[2]["push_name"]), (&json!("push_name"), &json!("Robert")));
    assert_eq!((&told[2]["jid"], &told[2]["lid"]), (&json!(BOB), &json!(BOBS_LID)));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_messages_stay_is_the_groups_or_the_contacts() {
    use wa::message::protocol_message::Type;
    let (world, host) = world().await;
    let setting = || {
        let mut message = protocol(Type::EPHEMERAL_SETTING, "", false, None);
        if let Some(setting) = message.protocol_message.as_option_mut() {
            setting.ephemeral_expiration = Some(86_400);
        }
        message
    };
    let in_group =
        Incoming { chat: "1@g.us".into(), chat_alt: None, is_group: true, ..from_bob("3EB0AA", setting()) };
    world.script.inbox().keep(me(), vec![in_group, from_bob("3EB0AB", setting())]).await.unwrap();
    let group = &told(&world, "group.update").await[0];
    assert_eq!((&group["group"], &group["change"]), (&json!("1@g.us"), &json!("ephemeral")));
    assert_eq!((&group["by"]["jid"], &group["ephemeral_seconds"]), (&json!(BOB), &json!(86_400)));
    let contact = &told(&world, "contact.update").await[0];
    assert_eq!((&contact["jid"], &contact["change"]), (&json!(BOB), &json!("disappearing_mode")));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_told_once_however_often_it_comes() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let notice = || {
        Notice::new(vec![(BOBS_LID.into(), Some(BOB.into()))], |found| {
            let label = LabelUpdatePayload {
                label_id: "7".into(),
                change: LabelChange::Added,
                name: None,
                color: None,
                chat: Some(found.known.party(BOBS_LID).jid),
                chat_phone: None,
                chat_lid: None,
                timestamp: 5,
            };
            Some(Told::new(5000, EventBody::LabelUpdate(label), Some("l 7".into())))
        })
    };
    inbox.owed(me(), vec![notice(), Notice::new(Vec::new(), |_| None)]).await.unwrap();
    inbox.owed(me(), vec![notice()]).await.unwrap();
    let told = told(&world, "label.update").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["chat"], BOB);
    host.drain().await;
}

/// What a sender answers who has put his file at `/new`.
fn answer(key: &[u8], id: &str) -> Node {
    let answer = wa::MediaRetryNotification {
        stanza_id: Some(id.into()),
        direct_path: Some("/new".into()),
        result: Some(wa::media_retry_notification::ResultType::SUCCESS),
        ..Default::default()
    };
    let (mut derived, iv, mut sealed) = ([0; 32], [7; 12], Vec::new());
    hkdf_sha256_into(key, None, b"WhatsApp Media Retry Notification", &mut derived).unwrap();
    aes_256_gcm_encrypt(&derived, &iv, id.as_bytes(), &answer.encode_to_vec(), &mut sealed).unwrap();
    let encrypt = NodeBuilder::new("encrypt")
        .children([
            NodeBuilder::new("enc_p").bytes(sealed).build(),
            NodeBuilder::new("enc_iv").bytes(iv.to_vec()).build(),
        ])
        .build();
    NodeBuilder::new("notification").attr("id", id).attr("t", "5").children([encrypt]).build()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_there_again_is_found_under_its_message() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let image = wa::message::ImageMessage {
        direct_path: Some("/old".into()),
        media_key: Some(vec![3; 32]),
        file_sha256: Some(vec![4; 32]),
        ..Default::default()
    };
    let image = wa::Message { image_message: MessageField::some(image), ..Default::default() };
    inbox.keep(me(), vec![from_bob("3EB0AA", image)]).await.unwrap();
    let before = record(&world, "3EB0AA").await;
    let notice = |key: u8| {
        let node = answer(&[key; 32], "3EB0AA");
        Notice::new(Vec::new(), move |found| media_retry::tell(&node.as_node_ref(), found)).about("3EB0AA")
    };
    // Not the file's key: somebody made it up.
    inbox.owed(me(), vec![notice(9)]).await.unwrap();
    assert_eq!(record(&world, "3EB0AA").await["body"], before["body"]);
    inbox.owed(me(), vec![notice(3)]).await.unwrap();
    assert_ne!(record(&world, "3EB0AA").await["body"], before["body"]);
    // What is kept is readable: a second answer opens with its key.
    inbox.owed(me(), vec![notice(3)]).await.unwrap();
    let told = told(&world, "media.retry").await;
    let status: Vec<&Value> = told.iter().map(|it| &it["status"]).collect();
    assert_eq!(status, ["undecryptable", "available"]);
    assert_eq!(
        (&told[1]["chat"], &told[1]["media"]["uploaded"]["direct_path"]),
        (&json!(BOB), &json!("/new"))
    );
    // A message that is not kept is nobody's question.
    let node = answer(&[3; 32], "3EB0AB");
    let other =
        Notice::new(Vec::new(), move |found| media_retry::tell(&node.as_node_ref(), found)).about("3EB0AB");
    inbox.owed(me(), vec![other]).await.unwrap();
    assert_eq!(self::told(&world, "media.retry").await.len(), 2);
    host.drain().await;
}

fn older(count: i64) -> Vec<Incoming> {
    let one = |at: i64| Incoming {
        timestamp: from_bob("", wa::Message::default()).timestamp - at,
        ..from_bob(&format!("3EB0{at:04}"), wa::Message::text(format!("{at}")))
    };
    (0..count).map(one).collect()
}

async fn chat_log(world: &World) -> Vec<String> {
    let session = SessionId::parse("main").unwrap();
    let key = keys::chat_log(Shard::of(&session, DEFAULT_SHARDS), &session, BOB);
    world.redis.query(&Cmd::zrange(key, 0, -1)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn older_messages_are_told_in_pieces_and_kept() {
    let (world, host) = world().await;
    let session = SessionId::parse("main").unwrap();
    let request = |id: &str| keys::history_request(Shard::of(&session, DEFAULT_SHARDS), &session, id);
    let asked =
        serde_json::to_string(&HistoryRequest { chat: BOB.into(), count: 60, parts: Vec::new() }).unwrap();
    for id in ["3EB0R1", "3EB0R2"] {
        world.redis.query::<()>(&Cmd::set(request(id), &asked)).await.unwrap();
    }
    let past = Past { chat: (BOBS_LID.into(), Some(BOB.into())), messages: older(70) };
    let history =
        |request: &str, chats| History { request: Some(request.into()), part: 1, whole: true, chats };
    let inbox = world.script.inbox();
    for _twice in 0..2 {
        inbox.history(me(), history("3EB0R1", vec![past.clone()])).await.unwrap();
    }
    let pieces = told(&world, "history.sync").await;
    let shape = |it: &Value| {
        (
            it["chunk"].as_u64().unwrap(),
            it["last"].as_bool().unwrap(),
            it["messages"].as_array().unwrap().len(),
        )
    };
    assert_eq!(pieces.iter().map(shape).collect::<Vec<_>>(), [(1, false, 50), (2, true, 10)]);
    assert_eq!((&pieces[0]["chat"], &pieces[0]["requested_count"]), (&json!(BOB), &json!(60)));
    assert_eq!(
        (&pieces[0]["messages"][0]["text"], &pieces[1]["messages"][9]["text"]),
        (&json!("0"), &json!("59"))
    );
    // They are kept, and listed, but are no messages that came in.
    assert!(record(&world, "3EB00059").await.contains_key("body"));
    assert_eq!(chat_log(&world).await.len(), 60);
    assert_eq!(told(&world, "message").await, Vec::<Value>::new());
    // What nobody here asked for has no count.
    inbox.history(me(), history("unknown", vec![past])).await.unwrap();
    assert_eq!(told(&world, "history.sync").await[2]["requested_count"], Value::Null);
    // That there is nothing older is an answer too.
    inbox.history(me(), history("3EB0R2", vec![])).await.unwrap();
    let last = told(&world, "history.sync").await.pop().unwrap();
    assert_eq!(shape(&last), (1, true, 0));
    assert_eq!(last["chat"], BOB);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_parts_is_one_answer() {
    let (world, host) = world().await;
    let asked =
        serde_json::to_string(&HistoryRequest { chat: BOB.into(), count: 60, parts: Vec::new() }).unwrap();
    let inbox = world.script.inbox();
    let shape = |it: &Value| {
        let count = it["messages"].as_array().unwrap().len();
        (it["chunk"].as_u64().unwrap(), it["last"].as_bool().unwrap(), count)
    };
    let all = older(70);
    let (mut seen, a) = (0, &all[..20]);
    let (b, c, d) = (&all[20..40], &all[40..65], &all[65..]);
    for (request, parts, expected) in [
        // The second comes twice; the fourth is more than was asked for.
        (
            "3EB0R1",
            vec![(1, a), (2, b), (2, b), (3, c), (4, d)],
            vec![(1, false, 20), (2, false, 20), (3, true, 20)],
        ),
        // There are not as many as were asked for, and the last one comes first.
        (
            "3EB0R2",
            vec![(4, d), (2, b), (1, a), (3, &c[..3])],
            vec![(1, false, 5), (2, false, 20), (3, false, 20), (4, true, 3)],
        ),
        // That it was the last is known only with another that has nothing in it.
        (
            "3EB0R3",
            vec![(4, d), (1, a), (3, &all[..0]), (2, &all[..0])],
            vec![(1, false, 5), (2, false, 20), (3, true, 0)],
        ),
    ] {
        let session = SessionId::parse("main").unwrap();
        let key = keys::history_request(Shard::of(&session, DEFAULT_SHARDS), &session, request);
        world.redis.query::<()>(&Cmd::set(key, &asked)).await.unwrap();
        for (part, messages) in parts {
            let chats = vec![Past { chat: (BOBS_LID.into(), Some(BOB.into())), messages: messages.to_vec() }];
            let history = History { request: Some(request.into()), part, whole: part == 4, chats };
            inbox.history(me(), history).await.unwrap();
        }
        let pieces = told(&world, "history.sync").await.split_off(seen);
        assert_eq!(pieces.iter().map(shape).collect::<Vec<_>>(), expected, "{request}");
        seen += pieces.len();
    }
    host.drain().await;
}

/// Held by `append.lua`: what is kept already stays as it is.
#[tokio::test(flavor = "multi_thread")]
async fn older_messages_take_nothing_away() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    inbox.keep(me(), vec![from_bob("3EB00000", wa::Message::text("live"))]).await.unwrap();
    let before = record(&world, "3EB00000").await;
    let past = Past { chat: (BOBS_LID.into(), Some(BOB.into())), messages: older(1) };
    let history = History { request: None, part: 1, whole: true, chats: vec![past] };
    inbox.history(me(), history).await.unwrap();
    assert_eq!(record(&world, "3EB00000").await, before);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_remembered_of_a_name_that_could_not_be_told() {
    let (world, host) = world().await;
    let inbox = Arc::clone(&world.script.inbox());
    inbox.keep(me(), vec![called("3EB0AA", "Bob")]).await.unwrap();
    host.drain().await;
    // The lease is gone: the message is refused, and WhatsApp repeats it.
    assert!(inbox.keep(me(), vec![called("3EB0AB", "Bobby")]).await.is_err());
    let host = world.host("b");
    world.status("main", "connected").await;
    world.script.inbox().keep(me(), vec![called("3EB0AB", "Bobby")]).await.unwrap();
    assert_eq!(told(&world, "contact.update").await.len(), 1);
    host.drain().await;
}
