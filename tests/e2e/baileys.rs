//! Two clients that share no code, on the sandbox: what the one sends, the other shows.
//!
//! The second recipient tested by itself, before the gateway's own stories lean on it.

mod gateway;
mod kinds;
mod rust;

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::World;
use harness::baileys::Baileys;
use serde_json::{Value, json};
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::upload::UploadResponse;
use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, PollVoteCiphertext, RevokeType};

pub use self::gateway::what_another_client_does_is_told;
use self::kinds::kinds;
use self::rust::Rust;

pub async fn texts_and_receipts_go_both_ways(world: Arc<World>) {
    let (mut rust, baileys) = both(&world, "texts").await;
    let sent = rust.send(&baileys, text("Grüße, 世界 👩‍👩‍👧 \u{202e}")).await;
    let came = baileys.message(&sent).await;
    assert_eq!(
        (&came["kind"], &came["message"]["conversation"]),
        (&json!("conversation"), &json!("Grüße, 世界 👩‍👩‍👧 \u{202e}"))
    );
    assert_eq!((&came["type"], &came["pushName"]), (&json!("notify"), &json!("texts rust")));
    assert_eq!(baileys.protobuf(&sent).await.conversation.as_deref(), Some("Grüße, 世界 👩‍👩‍👧 \u{202e}"));
    rust.receipt(&sent, ReceiptType::Delivered).await;
    baileys.read(&sent).await;
    rust.receipt(&sent, ReceiptType::Read).await;

    let content = json!({ "text": "and @you", "mentions": [rust.jid()] });
    let reply = baileys.send_with(&rust.phone, content, json!({ "quoted": sent })).await;
    let came = rust.message(&reply).await;
    let extended = came.extended_text_message.as_option().expect("an extended text");
    let context = extended.context_info.as_option().expect("a context");
    assert_eq!(
        (extended.text.as_deref(), context.stanza_id.as_deref()),
        (Some("and @you"), Some(sent.as_str()))
    );
    assert_eq!(context.mentioned_jid, [rust.jid()]);
    baileys.event("the acknowledgement", |e| e["event"] == "ack" && e["message"] == reply.as_str()).await;
    baileys.event("the delivery", |e| e["event"] == "receipt" && e["message"] == reply.as_str()).await;
    leave(rust, baileys).await;
}

pub async fn media_arrive_byte_for_byte(world: Arc<World>) {
    let (mut rust, baileys) = both(&world, "media").await;
    let bytes: Vec<u8> = (0..70_001_u32).map(|n| (n.wrapping_mul(n) >> 3) as u8).collect();

    let image = rust.uploaded(&bytes, MediaType::Image).await;
    let sent =
        rust.send(&baileys, wa::Message { image_message: some(image_of(image)), ..Default::default() }).await;
    let came = baileys.message(&sent).await;
    assert_eq!(
        (&came["kind"], &came["message"]["imageMessage"]["caption"]),
        (&json!("imageMessage"), &json!("see"))
    );
    assert_eq!(baileys.download(&sent).await, bytes);

    let voice = rust.uploaded(&bytes, MediaType::Audio).await;
    let sent =
        rust.send(&baileys, wa::Message { audio_message: some(voice_of(voice)), ..Default::default() }).await;
    let came = baileys.message(&sent).await["message"]["audioMessage"].clone();
    assert_eq!(
        (&came["ptt"], &came["seconds"], &came["waveform"]),
        (&json!(true), &json!(3), &json!("AAEC")),
        "{came}"
    );
    assert_eq!(baileys.download(&sent).await, bytes);

    for (content, kind) in [
        (json!({ "image": base64(&bytes), "caption": "see", "jpegThumbnail": "" }), "image"),
        (
            json!({ "audio": base64(&bytes), "ptt": true, "seconds": 3, "waveform": { "base64": "AAEC" } }),
            "ptt",
        ),
        (
            json!({ "document": base64(&bytes), "fileName": "a.pdf", "mimetype": "application/pdf" }),
            "document",
        ),
        (json!({ "sticker": base64(&bytes) }), "sticker"),
    ] {
        let sent = baileys.send(&rust.phone, content).await;
        let came = rust.message(&sent).await;
        assert_eq!(rust.downloaded(&came).await, bytes, "{kind}");
        if let Some(audio) = came.audio_message.as_option() {
            assert_eq!(
                (audio.ptt, audio.seconds, audio.waveform.as_deref()),
                (Some(true), Some(3), Some(&[0, 1, 2][..]))
            );
        }
    }
    leave(rust, baileys).await;
}

pub async fn polls_are_voted_on_both_ways(world: Arc<World>) {
    let (mut rust, baileys) = both(&world, "polls").await;
    let options = ["red", "blue", "grün"].map(str::to_owned);
    let to: Jid = baileys.jid().parse().expect("a JID");
    let (sent, secret) =
        rust.client.polls().create(to.clone(), "Which?", &options, 2).await.expect("the poll goes out");
    let poll = sent.message_id;
    let came = baileys.message(&poll).await;
    assert_eq!(
        (&came["kind"], &came["message"]["pollCreationMessage"]["name"]),
        (&json!("pollCreationMessage"), &json!("Which?"))
    );
    for chosen in [vec!["grün", "red"], vec!["blue"], vec![]] {
        let vote = baileys.vote(&poll, &chosen).await;
        let update = rust.message(&vote).await;
        let vote =
            update.poll_update_message.as_option().expect("a vote").vote.as_option().expect("its secret");
        let (payload, iv) = (vote.enc_payload.as_deref(), vote.enc_iv.as_deref());
        let sealed =
            PollVoteCiphertext { enc_payload: payload.expect("a payload"), enc_iv: iv.expect("an IV") };
        let (creator, voter) = (rust.jid().parse().expect("a JID"), to.clone());
        let counted = rust
            .client
            .polls()
            .aggregate_votes(&options, &[(&voter, sealed)], &secret, &poll, &creator)
            .await;
        let names: Vec<String> =
            counted.expect("it opens").into_iter().filter(|o| !o.voters.is_empty()).map(|o| o.name).collect();
        let mut chosen = chosen;
        chosen.sort_by_key(|name| options.iter().position(|o| o == name));
        assert_eq!(names, chosen);
    }

    let content = json!({ "poll": { "name": "And now?", "values": options, "selectableCount": 1 } });
    let poll = baileys.send(&rust.phone, content).await;
    let came = rust.message(&poll).await;
    let secret =
        came.message_context_info.as_option().and_then(|c| c.message_secret.clone()).expect("a secret");
    let own: Jid = rust.jid().parse().expect("a JID");
    for chosen in ["red", "blue"] {
        let vote = rust.client.polls().vote(to.clone(), &poll, &to, &secret, &[chosen.to_owned()]).await;
        let vote = vote.expect("the vote goes out").message_id;
        let opened =
            baileys.event("the vote", |e| e["event"] == "vote" && e["message"] == vote.as_str()).await;
        assert_eq!((&opened["selected"], &opened["poll"]), (&json!([chosen]), &json!(poll)), "{opened}");
        assert_eq!((&opened["creator"], &opened["voter"]), (&json!(baileys.jid()), &json!(own.to_string())));
        let voted = opened["votes"].as_array().into_iter().flatten().filter(|o| o["voters"] != json!([]));
        assert_eq!(voted.map(|o| &o["name"]).collect::<Vec<_>>(), [chosen], "the newest vote alone counts");
    }
    leave(rust, baileys).await;
}

pub async fn a_message_is_reacted_to_edited_and_revoked(world: Arc<World>) {
    let (mut rust, baileys) = both(&world, "changes").await;
    let to: Jid = baileys.jid().parse().expect("a JID");
    let of = |event: &'static str, id: &str| {
        let id = id.to_owned();
        move |e: &Value| e["event"] == event && e["data"]["key"]["id"] == id.as_str()
    };

    // Baileys' words, and what the other makes of them.
    let said = baileys.send(&rust.phone, json!({ "text": "frist" })).await;
    rust.message(&said).await;
    let key = wa::MessageKey {
        remote_jid: Some(baileys.jid().to_owned()),
        from_me: Some(false),
        id: Some(said.clone()),
        ..Default::default()
    };
    rust.client.send_reaction(to.clone(), key, "👍").await.expect("the reaction goes out");
    let reaction = baileys.event("the reaction", of("messages.reaction", &said)).await;
    assert_eq!(
        (&reaction["data"]["reaction"]["text"], &reaction["data"]["key"]["fromMe"]),
        (&json!("👍"), &json!(true))
    );
    let edit = baileys.send(&rust.phone, json!({ "text": "first", "edit": said })).await;
    let protocol = rust.message(&edit).await.protocol_message.as_option().expect("an edit").clone();
    assert_eq!(protocol.key.as_option().and_then(|k| k.id.as_deref()), Some(said.as_str()));
    let revoke = baileys.send(&rust.phone, json!({ "delete": said })).await;
    let protocol = rust.message(&revoke).await.protocol_message.as_option().expect("a revoke").clone();
    assert_eq!(protocol.key.as_option().and_then(|k| k.id.as_deref()), Some(said.as_str()));

    // The other's words, and what Baileys makes of them.
    let said = rust.send(&baileys, text("frist")).await;
    baileys.message(&said).await;
    let react = baileys.send(&rust.phone, json!({ "react": { "text": "👎", "key": said } })).await;
    let reaction = rust.message(&react).await.reaction_message.as_option().expect("a reaction").clone();
    assert_eq!(
        (reaction.text.as_deref(), reaction.key.as_option().and_then(|k| k.id.as_deref())),
        (Some("👎"), Some(said.as_str()))
    );
    rust.client.edit_message(to.clone(), said.clone(), text("first")).await.expect("the edit goes out");
    let edited = baileys.event("the edit", of("messages.update", &said)).await;
    assert_eq!(
        edited["data"]["update"]["message"]["editedMessage"]["message"]["conversation"], "first",
        "{edited}"
    );
    rust.client.revoke_message(to, said.clone(), RevokeType::Sender).await.expect("the revoke goes out");
    // 1 is Baileys' WebMessageInfo.StubType.REVOKE.
    let gone = |e: &Value| of("messages.update", &said)(e) && e["data"]["update"]["messageStubType"] == 1;
    baileys.event("the revoke", gone).await;
    leave(rust, baileys).await;
}

pub async fn every_kind_arrives_as_it_was_sent(world: Arc<World>) {
    let (mut rust, baileys) = both(&world, "kinds").await;
    for given in kinds() {
        let kind = given.as_object().and_then(|o| o.keys().next()).expect("a kind").clone();
        // Encoded by the one, decoded, sent and encoded by the other, decoded by the one.
        let encoded = baileys.ask(json!({ "do": "encode", "message": given })).await;
        let message = wa::Message::decode_from_slice(
            &BASE64_STANDARD.decode(encoded.as_str().unwrap_or_default()).expect("base64"),
        )
        .expect("a protobuf message");
        let sent = rust.send(&baileys, message).await;
        let mut came = baileys.message(&sent).await;
        came["message"].as_object_mut().expect("an object").remove("messageContextInfo");
        assert_eq!(came["message"], given, "{kind} to Baileys");

        // And back.
        let sent = baileys.relay(&rust.phone, given.clone()).await;
        let message = rust.message(&sent).await;
        let bytes = base64(&message.encode_to_vec());
        let mut back = baileys.ask(json!({ "do": "decode", "bytes": bytes })).await;
        back.as_object_mut().expect("an object").remove("messageContextInfo");
        assert_eq!(back, given, "{kind} from Baileys");
    }
    leave(rust, baileys).await;
}

async fn both(world: &World, name: &str) -> (Rust, Baileys) {
    futures::future::join(
        Rust::pair(world, &format!("{name} rust")),
        Baileys::start(world, &format!("{name} js")),
    )
    .await
}

async fn leave(rust: Rust, baileys: Baileys) {
    rust.leave().await;
    baileys.stop().await;
}

fn text(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}

fn base64(bytes: &[u8]) -> Value {
    json!({ "base64": BASE64_STANDARD.encode(bytes) })
}

fn some<T: Default>(value: T) -> MessageField<T> {
    MessageField::some(value)
}

fn image_of(up: UploadResponse) -> wa::message::ImageMessage {
    wa::message::ImageMessage {
        url: Some(up.url),
        direct_path: Some(up.direct_path),
        media_key: Some(up.media_key.to_vec()),
        file_sha256: Some(up.file_sha256.to_vec()),
        file_enc_sha256: Some(up.file_enc_sha256.to_vec()),
        file_length: Some(up.file_length),
        mimetype: Some("image/jpeg".to_owned()),
        caption: Some("see".to_owned()),
        ..Default::default()
    }
}

fn voice_of(up: UploadResponse) -> wa::message::AudioMessage {
    wa::message::AudioMessage {
        url: Some(up.url),
        direct_path: Some(up.direct_path),
        media_key: Some(up.media_key.to_vec()),
        file_sha256: Some(up.file_sha256.to_vec()),
        file_enc_sha256: Some(up.file_enc_sha256.to_vec()),
        file_length: Some(up.file_length),
        mimetype: Some("audio/ogg; codecs=opus".to_owned()),
        ptt: Some(true),
        seconds: Some(3),
        waveform: Some(vec![0, 1, 2]),
        ..Default::default()
    }
}
