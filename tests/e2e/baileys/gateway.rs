//! What a client of another make sends to the gateway, as the events that integrators read.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::{Baileys, Session, World};
use serde_json::{Value, json};

pub async fn what_another_client_does_is_told(world: Arc<World>) {
    let us = world.organization("told");
    let (session, baileys) =
        futures::future::join(Session::pair(&us), Baileys::start(&world, "Told by Baileys")).await;
    let phone = baileys.jid().split(['@', ':']).next().unwrap_or_default().to_owned();
    let mut live = us.events(&format!("?session={}", session.id)).await;
    let send = async |kind: &str, body: Value| {
        let path = session.path(&format!("/messages/{kind}"));
        us.post(&path).json(&body).send().await.expect(200)["message_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };

    // A text that answers one of ours and mentions us.
    let ours = send("text", json!({ "to": phone, "text": "how are you?" })).await;
    baileys.message(&ours).await;
    let own = format!("{}@s.whatsapp.net", session.phone);
    let content = json!({ "text": "fine, @you", "mentions": [own] });
    let said = baileys.send_with(&session.phone, content, json!({ "quoted": ours })).await;
    let event = live.next("message", |p| p["message_id"] == said.as_str()).await["payload"].clone();
    assert_eq!((&event["type"], &event["text"]), (&json!("text"), &json!("fine, @you")), "{event}");
    assert_eq!((&event["chat_phone"], &event["from_phone"]), (&json!(phone), &json!(phone)), "{event}");
    assert_eq!(event["chat"], format!("{phone}@s.whatsapp.net"), "{event}");
    assert_eq!(event["quoted"]["message_id"], ours.as_str(), "{event}");
    assert_eq!(
        (&event["quoted"]["from_me"], &event["quoted"]["text"]),
        (&json!(true), &json!("how are you?")),
        "{event}"
    );
    assert_eq!(event["mentioned"][0]["phone"], session.phone.as_str(), "{event}");

    // A reaction to ours, an edit and a revoke of its own.
    let react = baileys.send(&session.phone, json!({ "react": { "text": "👎", "key": ours } })).await;
    let event = live.next("message.reaction", |p| p["message_id"] == react.as_str()).await["payload"].clone();
    assert_eq!((&event["emoji"], &event["target"]["message_id"]), (&json!("👎"), &json!(ours)), "{event}");
    assert_eq!(event["target"]["from_me"], true, "{event}");
    baileys.send(&session.phone, json!({ "text": "very well", "edit": said })).await;
    let event = live.next("message.edited", |p| p["target"]["message_id"] == said.as_str()).await;
    assert_eq!(event["payload"]["text"], "very well", "{event}");
    baileys.send(&session.phone, json!({ "delete": said })).await;
    let event = live.next("message.revoked", |p| p["target"]["message_id"] == said.as_str()).await;
    assert_eq!(
        (&event["payload"]["by_admin"], &event["payload"]["from_phone"]),
        (&json!(false), &json!(phone))
    );

    // A poll of ours, voted in; and one of its own.
    let poll = json!({ "to": phone, "name": "Which?", "options": ["red", "blue"] });
    let poll = send("poll", poll).await;
    baileys.message(&poll).await;
    for chosen in [vec!["blue"], vec![]] {
        let vote = baileys.vote(&poll, &chosen).await;
        let event = live.next("poll.vote", |p| p["message_id"] == vote.as_str()).await["payload"].clone();
        assert_eq!((&event["poll_name"], &event["options"]), (&json!("Which?"), &json!(chosen)), "{event}");
        assert_eq!((&event["poll"]["message_id"], &event["poll"]["from_me"]), (&json!(poll), &json!(true)));
    }
    let asked = json!({ "poll": { "name": "And now?", "values": ["a", "b"], "selectableCount": 1 } });
    let asked = baileys.send(&session.phone, asked).await;
    let event = live.next("message", |p| p["message_id"] == asked.as_str()).await["payload"].clone();
    assert_eq!((&event["type"], &event["poll"]["options"]), (&json!("poll"), &json!(["a", "b"])), "{event}");

    // Files: the event says where each is, and that is enough to get it.
    let bytes: Vec<u8> = (0..70_001_u32).map(|n| (n.wrapping_mul(n) >> 3) as u8).collect();
    let encoded = json!({ "base64": BASE64_STANDARD.encode(&bytes) });
    for (content, kind) in [
        (json!({ "image": encoded, "caption": "see", "jpegThumbnail": "" }), "image"),
        (json!({ "audio": encoded, "ptt": true, "seconds": 3 }), "audio"),
        (json!({ "document": encoded, "fileName": "a.pdf", "mimetype": "application/pdf" }), "document"),
        (json!({ "sticker": encoded }), "sticker"),
    ] {
        let sent = baileys.send(&session.phone, content).await;
        let event = live.next("message", |p| p["message_id"] == sent.as_str()).await["payload"].clone();
        let media = &event["media"];
        assert_eq!((&event["type"], &media["kind"]), (&json!(kind), &json!(kind)), "{event}");
        assert_eq!(media["file_length"], bytes.len(), "{event}");
        let mut wanted = media["uploaded"].clone();
        wanted["kind"] = json!(kind);
        let file = us.post(&session.path("/media/download")).json(&wanted).send().await;
        assert_eq!((file.status, file.body == bytes), (200, true), "{kind}");
    }
    baileys.stop().await;
}
