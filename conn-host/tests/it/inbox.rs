//! What comes in: told once, under canonical addresses, and what is kept follows what is done to it.

use std::sync::Arc;

use conn_host::clock::{Clock as _, SystemClock};
use conn_host::events::people::Me;
use conn_host::wire::{Incoming, PostChange};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use serde_json::{Value, json};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::poll::{compute_option_hash, encrypt_poll_vote_with_secret};
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::host::{Running, World};

pub const BOB: &str = "15550002@s.whatsapp.net";
pub const BOBS_LID: &str = "2000@lid";

pub fn me() -> Me {
    Me { phone: Some("15550001@s.whatsapp.net".into()), lid: Some("1000@lid".into()) }
}

pub fn from_bob(id: &str, message: wa::Message) -> Incoming {
    Incoming {
        id: id.into(),
        chat: BOBS_LID.into(),
        sender: BOBS_LID.into(),
        sender_alt: Some(BOB.into()),
        chat_alt: Some(BOB.into()),
        device: 3,
        from_me: false,
        is_group: false,
        push_name: Some("Bob".into()),
        verified_name: None,
        timestamp: SystemClock.now_ms() / 1000,
        by_admin: false,
        post: None,
        server_id: None,
        ephemeral_seconds: None,
        comment_on: None,
        offline: false,
        message: Arc::new(message),
    }
}

pub async fn world() -> (World, Running) {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    (world, host)
}

/// The session's events about messages.
async fn told(world: &World) -> Vec<(String, Value)> {
    let all = world.events("main").await;
    all.into_iter().filter(|(kind, _)| kind.starts_with("message") || kind.starts_with("poll")).collect()
}

pub async fn record(world: &World, id: &str) -> std::collections::HashMap<String, Vec<u8>> {
    let session = SessionId::parse("main").unwrap();
    let key = keys::message(Shard::of(&session, DEFAULT_SHARDS), &session, &MessageId::parse(id).unwrap());
    world.redis.query(&Cmd::hgetall(key)).await.unwrap()
}

fn key(id: &str, from_me: bool) -> MessageField<wa::MessageKey> {
    MessageField::some(wa::MessageKey { id: Some(id.into()), from_me: Some(from_me), ..Default::default() })
}

pub fn protocol(
    what: wa::message::protocol_message::Type,
    id: &str,
    from_me: bool,
    new: Option<&str>,
) -> wa::Message {
    let protocol = wa::message::ProtocolMessage {
        r#type: Some(what),
        key: key(id, from_me),
        edited_message: new
            .map_or_else(MessageField::none, |text| MessageField::some(wa::Message::text(text))),
        timestamp_ms: Some(7),
        ..Default::default()
    };
    wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_told_once_by_whichever_address_it_comes() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let message = from_bob("3EB0AA", wa::Message::text("hi"));
    inbox.keep(me(), vec![message.clone()]).await.unwrap();
    let by_phone = Incoming {
        chat: BOB.into(),
        sender: BOB.into(),
        sender_alt: Some(BOBS_LID.into()),
        chat_alt: Some(BOBS_LID.into()),
        ..message
    };
    inbox.keep(me(), vec![by_phone]).await.unwrap();
    let told = told(&world).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let payload = &told[0].1;
    assert_eq!((&payload["chat"], &payload["from"]), (&json!(BOB), &json!(BOB)));
    assert_eq!((&payload["chat_lid"], &payload["from_phone"]), (&json!(BOBS_LID), &json!("15550002")));
    let kept = record(&world, "3EB0AA").await;
    assert_eq!((kept["sender"].as_slice(), kept["device"].as_slice()), (BOBS_LID.as_bytes(), &b"3"[..]));
    host.drain().await;
}

/// Held by `mark` in `events/tell/unreadable.rs` and the placeholder in `append.lua`.
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_an_edit_and_a_revoke_name_their_message() {
    use wa::message::protocol_message::Type;
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let reaction = wa::message::ReactionMessage {
        key: key("3EB0AA", true),
        text: Some("👍".into()),
        ..Default::default()
    };
    let reaction = wa::Message { reaction_message: MessageField::some(reaction), ..Default::default() };
    // All in one batch, as after a night offline.
    inbox
        .keep(
            me(),
            vec![
                from_bob("3EB0AA", wa::Message::text("helo")),
                from_bob("3EB0AB", reaction),
                from_bob("3EB0AC", protocol(Type::MESSAGE_EDIT, "3EB0AA", true, Some("hello"))),
                from_bob("3EB0AD", protocol(Type::REVOKE, "3EB0AA", true, None)),
            ],
        )
        .await
        .unwrap();
    let told = told(&world).await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["message", "message.reaction", "message.edited", "message.revoked"]);
    for (_, payload) in &told[1..] {
        assert_eq!(
            (&payload["target"]["message_id"], &payload["target"]["from"]),
            (&json!("3EB0AA"), &json!(BOB))
        );
    }
    assert_eq!(told[1].1["emoji"], "👍");
    assert_eq!((&told[2].1["text"], &told[2].1["edited_at"]), (&json!("hello"), &json!(7)));
    let kept = record(&world, "3EB0AA").await;
    assert!(kept.contains_key("revoked_at") && kept.contains_key("edited_at") && !kept.contains_key("body"));
    let view: Value = serde_json::from_slice(&kept["view"]).unwrap();
    assert_eq!((&view["type"], &view["text"]), (&json!("text"), &Value::Null));
    host.drain().await;
}

/// Held by `wrote` in `events/tell/change.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_edits_or_deletes_what_another_wrote() {
    use wa::message::protocol_message::Type;
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let group = |id: &str, sender: &str, message| Incoming {
        chat: "1@g.us".into(),
        chat_alt: None,
        sender: sender.into(),
        sender_alt: None,
        is_group: true,
        ..from_bob(id, message)
    };
    inbox.keep(me(), vec![group("3EB0AA", BOBS_LID, wa::Message::text("mine"))]).await.unwrap();
    let eve = "6666@lid";
    let forged = vec![
        // It says that Eve wrote it herself.
        group("3EB0AB", eve, protocol(Type::MESSAGE_EDIT, "3EB0AA", true, Some("yours"))),
        group("3EB0AC", eve, protocol(Type::REVOKE, "3EB0AA", true, None)),
    ];
    inbox.keep(me(), forged).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    assert!(record(&world, "3EB0AA").await.contains_key("body"));
    // An admin may delete it.
    let mut revoke = protocol(Type::REVOKE, "3EB0AA", false, None);
    if let Some(key) = revoke.protocol_message.as_option_mut().and_then(|it| it.key.as_option_mut()) {
        key.participant = Some(BOBS_LID.into());
    }
    let admin = Incoming { by_admin: true, ..group("3EB0AD", eve, revoke) };
    inbox.keep(me(), vec![admin]).await.unwrap();
    let told = told(&world).await;
    assert_eq!((told[1].0.as_str(), &told[1].1["by_admin"]), ("message.revoked", &json!(true)));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletters_post_is_changed_under_its_own_id() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let post = |text: Option<&str>, post: Option<PostChange>| Incoming {
        chat: "12@newsletter".into(),
        sender: "12@newsletter".into(),
        sender_alt: None,
        chat_alt: None,
        push_name: None,
        timestamp: 5,
        post,
        server_id: Some(100),
        ..from_bob("3EB0AA", text.map(wa::Message::text).unwrap_or_default())
    };
    let (edited, revoked) = (Some(PostChange::Edited), Some(PostChange::Revoked));
    for _ in 0..2 {
        // Each comes again, and is told once.
        inbox.keep(me(), vec![post(Some("teh"), None)]).await.unwrap();
        inbox.keep(me(), vec![post(Some("the"), edited), post(Some("the end"), edited)]).await.unwrap();
    }
    let view = record(&world, "3EB0AA").await;
    let view: Value = serde_json::from_slice(&view["view"]).unwrap();
    assert_eq!(view["text"], "the end");
    for _ in 0..2 {
        inbox.keep(me(), vec![post(None, revoked)]).await.unwrap();
    }
    let told = told(&world).await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["message", "message.edited", "message.edited", "message.revoked"]);
    for (_, payload) in &told[1..] {
        assert_eq!((&payload["message_id"], &payload["chat"]), (&json!("3EB0AA"), &json!("12@newsletter")));
        assert_eq!(payload["target"]["message_id"], "3EB0AA");
        assert_eq!(payload["target"]["from"], "12@newsletter");
    }
    assert_eq!((&told[2].1["text"], &told[2].1["edited_at"]), (&json!("the end"), &json!(5000)));
    assert!(record(&world, "3EB0AA").await.contains_key("revoked_at"));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_and_a_pin_name_their_message() {
    use wa::message::pin_in_chat_message::Type;
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let comment = wa::message::CommentMessage {
        message: MessageField::some(wa::Message::text("well said")),
        target_message_key: key("3EB0A1", false),
    };
    let pin = |kind: Type| wa::Message {
        pin_in_chat_message: MessageField::some(wa::message::PinInChatMessage {
            key: key("3EB0A1", false),
            r#type: Some(kind),
            sender_timestamp_ms: None,
        }),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_add_on_duration_in_secs: Some(60),
            ..Default::default()
        }),
        ..Default::default()
    };
    let comment = wa::Message { comment_message: MessageField::some(comment), ..Default::default() };
    let all = vec![
        from_bob("3EB0AA", comment),
        from_bob("3EB0AB", pin(Type::PIN_FOR_ALL)),
        from_bob("3EB0AC", pin(Type::UNPIN_FOR_ALL)),
    ];
    inbox.keep(me(), all).await.unwrap();
    let told = told(&world).await;
    let ours = json!({
        "message_id": "3EB0A1", "from": "15550001@s.whatsapp.net", "from_phone": "15550001", "from_lid": "1000@lid",
        "from_me": true,
    });
    assert_eq!((&told[0].1["comment_on"], &told[0].1["text"]), (&ours, &json!("well said")));
    assert_eq!(told[1].1["pin"], json!({ "target": ours, "pinned": true, "seconds": 60 }));
    assert_eq!(told[2].1["pin"], json!({ "target": ours, "pinned": false, "seconds": null }));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_is_told_in_the_options_words() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let secret = [9; 32];
    let option = |name: &str| wa::message::poll_creation_message::Option {
        option_name: Some(name.into()),
        ..Default::default()
    };
    let poll = wa::message::PollCreationMessage {
        name: Some("lunch?".into()),
        options: vec![option("soup"), option("salad")],
        selectable_options_count: Some(1),
        ..Default::default()
    };
    let poll = wa::Message {
        poll_creation_message_v3: MessageField::some(poll),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(secret.to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    };
    // Encrypted for the addresses that the voter's app knows: both LIDs here, both phone numbers there.
    let vote = |creator: &str, voter: &str| {
        let chosen = [compute_option_hash("salad").to_vec()];
        let (payload, iv) =
            encrypt_poll_vote_with_secret(&chosen, &secret, "3EB0AA", creator, voter).unwrap();
        let value = wa::message::PollEncValue { enc_payload: Some(payload), enc_iv: Some(iv.to_vec()) };
        let update = wa::message::PollUpdateMessage {
            poll_creation_message_key: key("3EB0AA", true),
            vote: MessageField::some(value),
            ..Default::default()
        };
        wa::Message { poll_update_message: MessageField::some(update), ..Default::default() }
    };
    inbox
        .keep(
            me(),
            vec![
                from_bob("3EB0AA", poll),
                from_bob("3EB0AB", vote(BOBS_LID, BOBS_LID)),
                from_bob("3EB0AC", vote(BOB, BOB)),
                from_bob("3EB0AD", vote("other@lid", BOB)),
            ],
        )
        .await
        .unwrap();
    let told = told(&world).await;
    assert_eq!(told[0].1["poll"]["options"], json!(["soup", "salad"]));
    for (kind, payload) in &told[1..3] {
        assert_eq!(kind, "poll.vote");
        assert_eq!((&payload["poll_name"], &payload["options"]), (&json!("lunch?"), &json!(["salad"])));
    }
    // What does not open is told all the same.
    assert_eq!((&told[3].1["options"], &told[3].1["option_hashes"]), (&Value::Null, &Value::Null));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_goes_by_its_phone_number_once_that_is_known() {
    let (world, host) = world().await;
    let inbox = world.script.inbox();
    let unknown = Incoming { sender_alt: None, chat_alt: None, ..from_bob("3EB0AA", wa::Message::text("1")) };
    inbox.keep(me(), vec![unknown]).await.unwrap();
    inbox.keep(me(), vec![from_bob("3EB0AB", wa::Message::text("2"))]).await.unwrap();
    let session = SessionId::parse("main").unwrap();
    let shard = Shard::of(&session, DEFAULT_SHARDS);
    let chats: Vec<String> =
        world.redis.query(&Cmd::zrange(keys::chats(shard, &session), 0, -1)).await.unwrap();
    assert_eq!(chats, [BOB]);
    let log: Vec<String> =
        world.redis.query(&Cmd::zrange(keys::chat_log(shard, &session, BOB), 0, -1)).await.unwrap();
    assert_eq!(log, ["3EB0AA", "3EB0AB"]);
    let alias: String =
        world.redis.query(&Cmd::hget(keys::chat_aliases(shard, &session), BOBS_LID)).await.unwrap();
    assert_eq!(alias, BOB);
    let name: String = world.redis.query(&Cmd::hget(keys::chat(shard, &session, BOB), "name")).await.unwrap();
    assert_eq!(name, "Bob");
    host.drain().await;
}
