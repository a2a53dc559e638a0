//! Files that are not on the media servers any more, or not what they were.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use whatsapp_rust::wacore::media_retry::MediaRetryResult;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, MediaReuploadRequest};

use crate::harness::{Person, eventually, linked, post, sandbox};

async fn picture_of(anna: &Person, id: &str) -> wa::message::ImageMessage {
    anna.log
        .wait("a picture", |e| match e {
            Event::Messages(batch) => batch
                .iter()
                .filter(|m| m.info.id == id)
                .find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await
}

async fn ask(anna: &Person, chat: &Jid, id: &str, picture: &wa::message::ImageMessage) -> MediaRetryResult {
    let request = MediaReuploadRequest {
        msg_id: id,
        chat_jid: chat,
        media_key: picture.media_key.as_deref().expect("a key"),
        is_from_me: false,
        participant: None,
    };
    anna.client.media_reupload().request(&request).await.expect("answered")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_expired_is_uploaded_again() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let image = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(b"a picture of the sea") });
    let sent =
        post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": anna.phone(), "media": image })).await;
    let id = sent["message_id"].as_str().unwrap();
    let mut picture = picture_of(&anna, id).await;
    let chat = Jid::pn(carl);

    let tampered = post(&sandbox, "media/tamper", json!({ "id": id })).await;
    assert_eq!(tampered["direct_paths"], json!([picture.direct_path]));
    anna.client.download(&picture).await.expect_err("not what was sent");
    post(&sandbox, "media/restore", json!({ "direct_path": picture.direct_path })).await;
    assert_eq!(anna.client.download(&picture).await.unwrap(), b"a picture of the sea");

    post(&sandbox, "media/expire", json!({ "id": id, "status": 404 })).await;
    anna.client.download(&picture).await.expect_err("gone");
    for (answer, kind) in [
        ("not_found", "NotFound"),
        ("general_error", "GeneralError"),
        ("decryption_error", "DecryptionError"),
    ] {
        post(&sandbox, "faults", json!({ "phone": anna.phone(), "media_retry": answer })).await;
        assert_eq!(format!("{:?}", ask(&anna, &chat, id, &picture).await), kind);
        let account = format!("accounts/{}", anna.phone());
        eventually(&sandbox, &account, |a| (a["devices"][0]["queued"] == 0).then_some(())).await;
    }
    post(&sandbox, "faults/clear", Value::Null).await;
    let MediaRetryResult::Success { direct_path } = ask(&anna, &chat, id, &picture).await else {
        panic!("it was not uploaded again");
    };
    assert_ne!(picture.direct_path.as_ref(), Some(&direct_path));
    picture.direct_path = Some(direct_path);
    assert_eq!(anna.client.download(&picture).await.unwrap(), b"a picture of the sea");
    sandbox.stop().await.unwrap();
}
