//! Media through the sandbox's own port.

use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, buffa::MessageField};

use crate::harness::{linked, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_round() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let picture: Vec<u8> = (0..200_000u32).map(|n| (n * 7 % 251) as u8).collect();
    let uploaded =
        anna.client.upload(picture.clone(), MediaType::Image, Default::default()).await.expect("uploaded");
    let message = wa::Message {
        image_message: MessageField::some(wa::message::ImageMessage {
            mimetype: Some("image/jpeg".to_owned()),
            caption: Some("look".to_owned()),
            url: Some(uploaded.url),
            direct_path: Some(uploaded.direct_path),
            media_key: Some(uploaded.media_key.to_vec()),
            file_enc_sha256: Some(uploaded.file_enc_sha256.to_vec()),
            file_sha256: Some(uploaded.file_sha256.to_vec()),
            file_length: Some(uploaded.file_length),
            ..Default::default()
        }),
        ..Default::default()
    };
    anna.client.send_message(Jid::pn(bert.phone().as_str()), message).await.expect("sent");
    let image = bert
        .log
        .wait("an image", |e| match e {
            Event::Messages(batch) => batch.iter().find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await;
    let downloaded = bert.client.download(&image).await.expect("downloaded");
    assert_eq!(downloaded, picture);
    sandbox.stop().await.unwrap();
}
