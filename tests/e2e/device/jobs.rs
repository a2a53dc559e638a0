//! Sends that nobody waits for: long clips, long pauses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edgewire_contract::fault::FaultCode;
use harness::{FileServer, Organization, Peer, Session, World, wait_until};
use http::Method;
use serde_json::{Value, json};

use super::{ask, get, is_time, jid, post, refused, text};
use crate::samples::tone;

/// Asserts the answer that there is a job, and gives its route.
#[track_caller]
fn job(told: &Value, peer: &Peer) -> String {
    let id = text(told, "job_id");
    is_time(&told["timestamp"]);
    let expected = json!({
        "success": true, "status": "processing", "chat_jid": jid(&peer.phone), "job_id": id,
        "timestamp": told["timestamp"],
    });
    assert_eq!(told, &expected);
    format!("/jobs/{id}")
}

/// Waits for the end of a job, and gives what is told of it then.
async fn ended(us: &Organization, job: &str) -> Value {
    wait_until("the job to end", || async {
        let told = get(us, job).await.expect(200);
        if told["status"] == "processing" { Err(told.to_string()) } else { Ok(told) }
    })
    .await
}

/// Checks what is told of a clip that was sent by a job, and that it arrived; gives its metadata.
async fn sent(us: &Organization, session: &Session, bob: &Peer, job: &str, ptt: bool) -> Value {
    let told = ended(us, job).await;
    assert_eq!((&told["success"], &told["status"]), (&json!(true), &json!("sent")), "{told}");
    assert_eq!(
        (&told["chat_jid"], &told["job_id"]),
        (&json!(jid(&bob.phone)), &json!(&job["/jobs/".len()..]))
    );
    is_time(&told["timestamp"]);
    let message = bob.message(text(&told, "message_id")).await;
    let size = bob.download(&message).await.len();
    assert_eq!(message.audio_message.ptt.unwrap_or_default(), ptt);
    let metadata = told["metadata"].clone();
    assert_eq!(
        metadata,
        json!({
            "device_id": session.id, "audio_size_bytes": size, "audio_format": "audio/ogg; codecs=opus",
            "audio_duration_seconds": metadata["audio_duration_seconds"], "ptt_enabled": ptt,
            "waveform_generated": ptt, "conversion_applied": true, "original_format": "audio/wav",
            "conversion_time_ms": metadata["conversion_time_ms"],
            "download_time_ms": metadata["download_time_ms"], "upload_time_ms": metadata["upload_time_ms"],
            "async_processing": true,
        })
    );
    for time in ["conversion_time_ms", "download_time_ms", "upload_time_ms"] {
        assert!(metadata[time].is_u64(), "{time} of {metadata}");
    }
    metadata
}

pub async fn a_long_clip_is_a_job_and_the_same_key_the_same_job() {
    // The first acknowledgement is lost, so that the job takes a while, whatever the machine.
    let world = World::builder()
        .host_variable("EDGEWIRE_MEDIA_ALLOW_LOOPBACK", "true")
        .host_variable("EDGEWIRE_ACK_TIMEOUT_MS", "6000")
        .build()
        .await;
    let us = world.organization("long");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Long").await;
    let files = FileServer::open().await;
    let clip = tone(45, 24_000);
    assert!(clip.len() > 2 << 20);
    let at = files.serve("/speech.wav", "audio/wav", clip.clone());
    let faults = json!({ "phone": session.phone, "drop_acks": 1 });
    world.sandbox().post("faults", faults).await;

    let body = json!({ "number": bob.phone, "audio_url": at, "ptt": true });
    let send =
        || ask(&us, Method::POST, "/send/audio").header("idempotency-key", "clip-1").json(&body).send();
    let first = send().await;
    let route = job(&first.expect(202), &bob);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    for _ in 0..2 {
        let again = send().await;
        assert_eq!(again.expect(202), first.json());
        assert_eq!(again.headers["idempotent-replayed"], "true");
    }
    let now = get(&us, &route).await.expect(200);
    assert_eq!((&now["status"], &now["timestamp"]), (&json!("processing"), &first.json()["timestamp"]));

    let metadata = sent(&us, &session, &bob, &route, true).await;
    let seconds = metadata["audio_duration_seconds"].as_f64().expect("a duration");
    assert!((seconds - 45.0).abs() < 0.1, "{metadata}");
    assert_eq!(files.asked(), ["/speech.wav"], "it is got once");
    // Whoever asks with the key after its end is told the end.
    let told = send().await.expect(200);
    assert_eq!((&told["status"], &told["metadata"]["ptt_enabled"]), (&json!("sent"), &json!(true)), "{told}");

    // In the request, its size is known at once.
    let body = json!({ "number": bob.phone, "audio": BASE64_STANDARD.encode(&clip) });
    let route = job(&post(&us, "/send/audio", &body).await.expect(202), &bob);
    let metadata = sent(&us, &session, &bob, &route, false).await;
    assert_eq!(metadata["download_time_ms"], 0, "{metadata}");
    let others = world.organization("else");
    refused(&get(&others, &route).await, FaultCode::NotFound);
    bob.leave().await;
}

pub async fn a_clip_that_turns_out_to_be_long_is_a_job(world: Arc<World>) {
    let us = world.organization("slow");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Slow").await;
    let clip = tone(125, 8_000);
    assert!(clip.len() <= 2 << 20);
    let body = json!({ "number": bob.phone, "audio": BASE64_STANDARD.encode(&clip) });
    let route = job(&post(&us, "/send/audio", &body).await.expect(202), &bob);
    let metadata = sent(&us, &session, &bob, &route, false).await;
    let seconds = metadata["audio_duration_seconds"].as_f64().expect("a duration");
    assert!((seconds - 125.0).abs() < 0.1, "{metadata}");

    // One that cannot be sent says why.
    let noise = json!({ "number": bob.phone, "audio": BASE64_STANDARD.encode(vec![b'x'; (2 << 20) + 1]) });
    let route = job(&post(&us, "/send/audio", &noise).await.expect(202), &bob);
    let told = ended(&us, &route).await;
    assert_eq!((&told["success"], &told["status"]), (&json!(false), &json!("failed")), "{told}");
    assert_eq!(told["error_code"], FaultCode::UnsupportedMediaType.device_api(), "{told}");
    assert!(told["error"].is_string() && told.get("metadata").is_none(), "{told}");
    bob.leave().await;
}

pub async fn a_pause_comes_before_the_message(world: Arc<World>) {
    let us = world.organization("pause");
    let _session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Paul").await;
    let begun = Instant::now();
    let body = json!({ "number": bob.phone, "text": "well…", "delay": 1_200 });
    post(&us, "/send/text", &body).await.expect(200);
    // Both clocks are this machine's, to the millisecond.
    assert!(begun.elapsed() >= Duration::from_millis(1_199), "{:?}", begun.elapsed());
    bob.hears("well…").await;
    let body = json!({ "number": bob.phone, "text": "later", "delay": 60_000 });
    let route = job(&post(&us, "/send/text", &body).await.expect(202), &bob);
    assert_eq!(get(&us, &route).await.expect(200)["status"], "processing");
    bob.leave().await;
}
