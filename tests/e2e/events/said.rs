//! Messages: what they answer, whom they mention, their files.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::World;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::scene::{SOMETHING, Scene, all, exactly, in_group, text};

pub async fn a_text_names_everybody_by_every_address(world: Arc<World>) {
    let mut scene = Scene::set(&world, "said-who").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    for addressing in ["pn", "lid"] {
        let body = json!({ "to": scene.me.phone, "text": addressing, "addressing": addressing });
        let id = anna.sends("send", body).await;
        let seen = scene.said("message", &id).await;
        exactly(&seen, &all([text(&id, addressing), Scene::chat(&anna), anna.from()]));
    }
    let id = bert.writes(&group, "to all of you").await;
    let seen = scene.said("message", &id).await;
    exactly(&seen, &all([text(&id, "to all of you"), in_group(&group), bert.from()]));

    // A status is a message of its writer, to nobody in particular.
    let body = json!({ "to": "status@broadcast", "text": "sunny", "audience": [scene.me.phone] });
    let id = anna.sends("send", body).await;
    let seen = scene.said("message", &id).await;
    let status =
        json!({ "chat": "status@broadcast", "chat_phone": null, "chat_lid": null, "is_group": false });
    exactly(&seen, &all([text(&id, "sunny"), status, anna.from()]));
}

pub async fn a_reply_quotes_and_mentions(world: Arc<World>) {
    let mut scene = Scene::set(&world, "said-reply").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let ours = scene.session.send_text(&group, "who comes?").await;
    let ours = ours["waMessageId"].as_str().expect("an id").to_owned();
    let berts = bert.writes(&group, "not me").await;
    scene.said("message", &berts).await;

    let answer = |words: &str, of: &str, by: &str, said: Option<&str>, mentioned: Vec<String>| {
        let quoted = said.map(|said| wa::Message { conversation: Some(said.into()), ..Default::default() });
        let context = wa::ContextInfo {
            stanza_id: Some(of.into()),
            participant: Some(by.into()),
            quoted_message: quoted.map(MessageField::some).unwrap_or_default(),
            mentioned_jid: mentioned,
            ..Default::default()
        };
        let extended = wa::message::ExtendedTextMessage {
            text: Some(words.into()),
            context_info: MessageField::some(context),
            ..Default::default()
        };
        wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() }
    };
    // Ours is answered, and both addresses of people are mentioned; the payload has them as the message has.
    let mentions = vec![bert.lid.clone(), scene.me.jid.clone()];
    let message = answer("I do, @b, @you", &ours, &scene.me.lid, Some("who comes?"), mentions.clone());
    let id = anna.says(&group, &message).await;
    let seen = scene.said("message", &id).await;
    let about = json!({ "type": "text", "text": "who comes?" });
    let wanted = json!({
        "quoted_message_id": ours, "quoted": all([scene.me.target(&ours, true), about]),
        "mentions": mentions, "mentioned": [bert.party(), scene.me.party()],
    });
    exactly(&seen, &all([text(&id, "I do, @b, @you"), in_group(&group), anna.from(), wanted]));

    // Another's is answered, without its text: so little may be known.
    let message = answer("pity", &berts, &bert.lid, None, Vec::new());
    let id = anna.says(&group, &message).await;
    let seen = scene.said("message", &id).await;
    let about = json!({ "type": null, "text": null });
    let wanted = json!({ "quoted_message_id": berts, "quoted": all([bert.target(&berts, false), about]) });
    exactly(&seen, &all([text(&id, "pity"), in_group(&group), anna.from(), wanted]));

    // A long text is quoted in part.
    let long = "ä".repeat(5_000);
    let message = answer("long", &ours, &scene.me.lid, Some(&long), Vec::new());
    let id = anna.says(&scene.me.phone, &message).await;
    let quoted = scene.said("message", &id).await["quoted"].clone();
    assert_eq!(quoted["text"].as_str().map(str::len), Some(4096), "{quoted}");
}

pub async fn a_file_is_a_pointer_and_never_bytes(world: Arc<World>) {
    let mut scene = Scene::set(&world, "said-files").await;
    let anna = scene.contact("Anna").await;
    let bytes: Vec<u8> = (0..30_001_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let inside = BASE64_STANDARD.encode(&bytes)[60..120].to_owned();
    let hash = Sha256::digest(&bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    for (kind, mimetype, caption, file_name) in [
        ("image", "image/png", Some("see"), None),
        ("video", "video/mp4", Some("look"), None),
        ("audio", "audio/ogg; codecs=opus", None, None),
        ("document", "application/pdf", Some("read"), Some("a b.pdf")),
        ("sticker", "image/webp", None, None),
    ] {
        let mut media =
            json!({ "kind": kind, "base64": BASE64_STANDARD.encode(&bytes), "mimetype": mimetype });
        for (name, value) in [("caption", caption), ("file_name", file_name)] {
            if let Some(value) = value {
                media[name] = json!(value);
            }
        }
        let id = anna.sends("send", json!({ "to": scene.me.phone, "media": media })).await;
        let seen = scene.said("message", &id).await;
        let pointer = json!({
            "kind": kind, "mimetype": mimetype, "file_name": file_name, "file_length": bytes.len(),
            "file_sha256": hex, "ptt": false, "gif": false, "animated": false,
            "uploaded": {
                "url": SOMETHING, "direct_path": SOMETHING, "media_key": SOMETHING, "file_enc_sha256": SOMETHING,
                "file_sha256": BASE64_STANDARD.encode(hash), "file_length": bytes.len(),
            },
        });
        let wanted = json!({ "type": kind, "text": caption, "media": pointer });
        exactly(&seen, &all([text(&id, ""), Scene::chat(&anna), anna.from(), wanted]));
        assert!(!seen.to_string().contains(&inside), "no bytes of a file are in its event: {kind}");
        // The pointer leads to the file, by either route.
        let path = scene.session.path(&format!("/messages/{id}/media"));
        let file = scene.us.get(&path).send().await;
        assert_eq!((file.status, file.body == bytes), (200, true), "{kind}");
        let mut wanted = seen["media"]["uploaded"].clone();
        wanted["kind"] = json!(kind);
        let file = scene.us.post(&scene.session.path("/media/download")).json(&wanted).send().await;
        assert_eq!((file.status, file.body == bytes), (200, true), "{kind}");
    }
}

pub async fn a_files_facts_are_told_without_its_thumbnail(world: Arc<World>) {
    let mut scene = Scene::set(&world, "said-facts").await;
    let anna = scene.contact("Anna").await;
    let thumbnail = b"a small picture of it, which is bytes too".repeat(20);
    let inside = BASE64_STANDARD.encode(&thumbnail)[40..80].to_owned();
    let path = || Some("/v/contact/none".to_owned());
    let video = wa::message::VideoMessage {
        direct_path: path(),
        media_key: Some(vec![7; 32]),
        jpeg_thumbnail: Some(thumbnail.clone()),
        seconds: Some(3),
        width: Some(320),
        height: Some(240),
        gif_playback: Some(true),
        ..Default::default()
    };
    let audio = wa::message::AudioMessage {
        direct_path: path(),
        seconds: Some(2),
        ptt: Some(true),
        waveform: Some(thumbnail.clone()),
        ..Default::default()
    };
    let sticker = wa::message::StickerMessage {
        direct_path: path(),
        png_thumbnail: Some(thumbnail.clone()),
        is_animated: Some(true),
        width: Some(64),
        height: Some(65),
        ..Default::default()
    };
    let document = wa::message::DocumentMessage {
        direct_path: path(),
        jpeg_thumbnail: Some(thumbnail),
        title: Some("Plan".into()),
        page_count: Some(4),
        ..Default::default()
    };
    let of = |message: wa::Message, kind: &str, wanted: Value| (message, kind.to_owned(), wanted);
    let cases = [
        of(
            wa::Message { video_message: MessageField::some(video), ..Default::default() },
            "video",
            json!({ "seconds": 3, "width": 320, "height": 240, "gif": true }),
        ),
        of(
            wa::Message { audio_message: MessageField::some(audio), ..Default::default() },
            "audio",
            json!({ "seconds": 2, "ptt": true }),
        ),
        of(
            wa::Message { sticker_message: MessageField::some(sticker), ..Default::default() },
            "sticker",
            json!({ "width": 64, "height": 65, "animated": true }),
        ),
        of(
            wa::Message { document_message: MessageField::some(document), ..Default::default() },
            "document",
            json!({ "file_name": "Plan", "pages": 4 }),
        ),
    ];
    for (message, kind, wanted) in cases {
        let id = anna.says(&scene.me.phone, &message).await;
        let seen = scene.said("message", &id).await;
        let pointer = json!({
            "kind": kind, "mimetype": null, "file_name": null, "file_length": 0, "file_sha256": null,
            "ptt": false, "gif": false, "animated": false, "uploaded": SOMETHING,
        });
        exactly(&seen["media"], &all([pointer, wanted]));
        assert!(!seen.to_string().contains(&inside), "a thumbnail is no part of an event: {seen}");
    }
}
