//! Files on their way: by URL, in the request, uploaded before; what cannot be sent, and what happens when a host dies.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::wait::wait_within;
use harness::{FileServer, PATIENCE, Peer, Session, World, wait_until};
use serde_json::{Value, json};

const MP3: &[u8] = include_bytes!("../../conn-host/media/tests/fixtures/tone.mp3");
const MP4: &[u8] = include_bytes!("../../conn-host/media/tests/fixtures/clip.mp4");

/// Bytes that are no picture.
fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|n| ((n * 2_654_435_761) >> 13) as u8).collect()
}

/// A picture of one colour, `side` × `side`, uncompressed inside: as large as wanted.
fn picture(side: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub async fn a_file_is_fetched_prepared_and_arrives() {
    let world = World::builder().host_variable("EDGEWIRE_MEDIA_ALLOW_LOOPBACK", "true").build().await;
    let us = world.organization("fetch");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    let files = FileServer::open().await;
    let png = picture(300);
    let at = files.serve("/holiday.png", "application/octet-stream", png.clone());
    let moved = files.redirect("/old", &at);

    let image = json!({ "to": bob.phone, "image": { "url": moved }, "caption": "sun" });
    let sent = us.post(&session.path("/messages/image")).json(&image).send().await.expect(200);
    let message = bob.message(sent["message_id"].as_str().unwrap_or_default()).await;
    let image = &*message.image_message;
    assert_eq!(
        (image.width, image.height, image.mimetype.as_deref()),
        (Some(300), Some(300), Some("image/png"))
    );
    assert!(image.jpeg_thumbnail.as_ref().is_some_and(|jpeg| jpeg.starts_with(&[0xff, 0xd8])));
    assert_eq!(bob.download(&message).await, png);

    let at = files.serve("/report%20final.pdf", "application/pdf", noise(3_000_000));
    let document = json!({ "to": bob.phone, "type": "document", "media": { "url": at, "caption": "read" } });
    let sent = us.post(&session.path("/messages")).json(&document).send().await.expect(200);
    let message = bob.message(sent["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!(bob.download(&message).await, noise(3_000_000));

    // What is not there, is too large, or is something else.
    let send = |kind: &str, url: &str| {
        let body = json!({ "to": bob.phone, kind: { "url": url } });
        us.post(&session.path(&format!("/messages/{kind}"))).json(&body).send()
    };
    let missing = at.replace("report", "nothing");
    send("image", &missing).await.expect_error(502, "media_fetch_failed");
    let large = files.serve("/large", "image/png", vec![0; (16 << 20) + 1]);
    send("image", &large).await.expect_error(413, "payload_too_large");
    let text = files.serve("/text.png", "image/png", "I am a text");
    send("image", &text).await.expect_error(415, "unsupported_media_type");
    let broken = files.serve("/broken.png", "image/png", png[..200].to_vec());
    send("image", &broken).await.expect_error(400, "validation_error");
    let loops = files.redirect("/loop", "/loop");
    send("image", &loops).await.expect_error(502, "media_fetch_failed");
    let inside = files.redirect("/inside", "http://10.0.0.1/x.png");
    send("image", &inside).await.expect_error(400, "validation_error");
    assert_eq!(account(&world, &session).await["media"]["uploads"], 2, "nothing else went up");
    bob.leave().await;
}

pub async fn no_file_is_fetched_from_this_machine(world: Arc<World>) {
    let us = world.organization("inside");
    let session = Session::pair(&us).await;
    let files = FileServer::open().await;
    let at = files.serve("/secret.png", "image/png", picture(8));
    for url in [&at, &at.replace("127.0.0.1", "localhost"), &at.replace("127.0.0.1", "[::ffff:127.0.0.1]")] {
        let body = json!({ "to": "4915100000000", "image": { "url": url } });
        let reply = us.post(&session.path("/messages/image")).json(&body).send().await;
        reply.expect_error(400, "validation_error");
    }
    assert_eq!(files.asked(), Vec::<String>::new());
}

pub async fn audio_becomes_a_voice_note(world: Arc<World>) {
    let us = world.organization("voice");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Vera").await;
    let body = json!({ "to": bob.phone, "type": "audio", "media": { "data": base64(MP3), "ptt": true } });
    let sent = us.post(&session.path("/messages")).json(&body).send().await.expect(200);
    let message = bob.message(sent["waMessageId"].as_str().unwrap_or_default()).await;
    let audio = &*message.audio_message;
    assert_eq!((audio.ptt, audio.mimetype.as_deref()), (Some(true), Some("audio/ogg; codecs=opus")));
    assert_eq!(audio.waveform.as_ref().map(|w| w.len()), Some(64));
    assert!(audio.seconds.is_some_and(|s| s >= 1));
    assert!(bob.download(&message).await.starts_with(b"OggS"));
    bob.leave().await;
}

pub async fn an_uploaded_file_is_sent_without_another_upload(world: Arc<World>) {
    let us = world.organization("uploaded");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Ulla").await;
    let png = picture(64);
    let upload = us.post(&session.path("/media/upload")).bytes("image/png", png.clone());
    let uploaded = upload.send().await.expect(200);
    for field in ["url", "direct_path", "media_key", "file_sha256", "file_enc_sha256", "mimetype"] {
        assert!(uploaded[field].is_string(), "{field} of {uploaded}");
    }
    assert_eq!(uploaded["file_length"], png.len());
    for _ in 0..2 {
        let body = json!({ "to": bob.phone, "image": uploaded });
        let sent = us.post(&session.path("/messages/image")).json(&body).send().await.expect(200);
        let message = bob.message(sent["message_id"].as_str().unwrap_or_default()).await;
        assert_eq!(bob.download(&message).await, png);
        assert_eq!(message.image_message.width, Some(64), "what the upload found out came along");
    }
    assert_eq!(account(&world, &session).await["media"]["uploads"], 1);

    let download = us.post(&session.path("/media/download")).json(&uploaded).send().await;
    assert_eq!((download.status, &*download.body), (200, &*png));
    let mut gone = uploaded.clone();
    gone["direct_path"] = json!("/v/nothing");
    let reply = us.post(&session.path("/media/download")).json(&gone).send().await;
    reply.expect_error(404, "not_found");
    let mut altered = uploaded;
    altered["file_sha256"] = json!(base64(&[7; 32]));
    let reply = us.post(&session.path("/media/download")).json(&altered).send().await;
    assert_ne!(reply.status, 200, "bytes that are not those meant are not given out: {}", reply.text());

    let boundary = "b0undary";
    let multipart = [
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"kind\"\r\n\r\nvideo\r\n")
            .into_bytes(),
        format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\
             content-type: video/mp4\r\n\r\n"
        )
        .into_bytes(),
        MP4.to_vec(),
        format!("\r\n--{boundary}--\r\n").into_bytes(),
    ]
    .concat();
    let kind = format!("multipart/form-data; boundary={boundary}");
    let uploaded = us.post(&session.path("/media/upload")).bytes(&kind, multipart).send().await.expect(200);
    assert_eq!((&uploaded["mimetype"], &uploaded["file_length"]), (&json!("video/mp4"), &json!(MP4.len())));
    bob.leave().await;
}

pub async fn a_large_file_goes_through_a_small_component(world: Arc<World>) {
    let us = world.organization("large");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Lars").await;
    let bytes = noise(15 << 20);
    let body = json!({ "to": bob.phone, "type": "document", "media": { "data": base64(&bytes), "filename": "l.bin" } });
    let sent = us.post(&session.path("/messages")).json(&body).send().await.expect(200);
    let message = bob.message(sent["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!(message.document_message.file_name.as_deref(), Some("l.bin"));
    assert!(bob.download(&message).await == bytes, "the bytes are the same");
    // Blobs are gone with their command. Other stories have small ones.
    let mut redis = world.redis().await;
    let blobs: Vec<String> =
        redis::cmd("KEYS").arg("ew1:*:blob:*").query_async(&mut redis).await.expect("keys");
    for blob in blobs {
        let usage: Option<usize> =
            redis::cmd("MEMORY").arg("USAGE").arg(&blob).query_async(&mut redis).await.expect("a size");
        assert!(usage.unwrap_or(0) < 10 << 20, "{blob} is still there");
    }
    let wrong = json!({ "to": bob.phone, "image": { "data": base64(&vec![0; (16 << 20) + 1]) } });
    let reply = us.post(&session.path("/messages/image")).json(&wrong).send().await;
    reply.expect_error(413, "payload_too_large");
    let wrong = json!({ "to": bob.phone, "image": { "data": format!("{}!", base64(&noise(200_000))) } });
    let reply = us.post(&session.path("/messages/image")).json(&wrong).send().await;
    reply.expect_bad_fields(&["image.data"]);
    bob.leave().await;
}

pub async fn a_host_that_dies_after_the_upload_uploads_once() {
    let world = World::builder().hosts(1).build().await;
    let us = world.organization("killed");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Kim").await;
    let sandbox = world.sandbox();
    let png = picture(100);
    // The message waits for its acknowledgement when the host dies: the upload is done, the send is not.
    sandbox.post("faults", json!({ "phone": session.phone, "drop_acks": 1 })).await;
    let body = json!({ "to": bob.phone, "image": { "data": base64(&png) } });
    let queued = us.post(&session.path("/messages/image?async=true")).json(&body).send().await.expect(202);
    let id = queued["message_id"].as_str().unwrap_or_default().to_owned();
    bob.message(&id).await;
    world.kill_host(0);
    world.start_host(0);
    let outbox = format!("/api/v1/outbox/{}", queued["outbox_id"].as_str().unwrap_or_default());
    wait_until("the message to be sent", || async {
        let reply = us.get(&outbox).send().await;
        if reply.json()["status"] == "sent" { Ok(()) } else { Err(reply.text()) }
    })
    .await;
    assert_eq!(account(&world, &session).await["media"]["uploads"], 1);
    assert!(sandbox.times_seen(&id).await >= 2, "it went out again");
    bob.leave().await;
}

pub async fn the_largest_document_costs_little_memory() {
    let world = World::builder().host_variable("EDGEWIRE_MEDIA_ALLOW_LOOPBACK", "true").build().await;
    let us = world.organization("heavy");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Hedy").await;
    session.send_text(&bob.phone, "it is coming").await;
    let files = FileServer::open().await;
    let at = files.serve("/all.bin", "application/octet-stream", vec![0x5a; 100 << 20]);
    let before = peak_mib(&world);
    let body = json!({ "to": bob.phone, "document": { "url": at } });
    let queued = us.post(&session.path("/messages/document?async=true")).json(&body).send().await.expect(202);
    let outbox = format!("/api/v1/outbox/{}", queued["outbox_id"].as_str().unwrap_or_default());
    // Unoptimised, the way of 100 MiB takes a while on a machine that is busy.
    wait_within(PATIENCE * 6, "the document to be sent", || async {
        let reply = us.get(&outbox).send().await;
        if reply.json()["status"] == "sent" { Ok(()) } else { Err(reply.text()) }
    })
    .await;
    let after = peak_mib(&world);
    assert!(after - before < 40, "conn-host's peak went from {before} to {after} MiB");
    let message = bob.message(queued["message_id"].as_str().unwrap_or_default()).await;
    assert_eq!(message.document_message.file_length, Some(100 << 20));
    bob.leave().await;
}

/// The most memory that conn-host has had at once.
fn peak_mib(world: &World) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", world.host_pids()[0])).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// The network's account of a session.
async fn account(world: &World, session: &Session) -> Value {
    world.sandbox().get(&format!("accounts/{}", session.phone)).await
}
