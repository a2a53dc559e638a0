//! Uploads: large ones, broken ones, refused ones; and who is counted.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};
use whatsapp_rust::upload::UploadOptions;
use whatsapp_rust::wacore::download::MediaType;

use crate::harness::{Person, eventually, get, http, linked, post, sandbox};

async fn traffic(sandbox: &edgewire_sandbox::Sandbox, person: &Person) -> Value {
    get(sandbox, &format!("accounts/{}", person.phone())).await["media"].clone()
}

/// The credentials that a client was told for media.
async fn auth(sandbox: &edgewire_sandbox::Sandbox, person: &Person) -> String {
    let account = &get(sandbox, &format!("accounts/{}", person.phone())).await;
    let lid: whatsapp_rust::Jid = account["lid"].as_str().expect("a LID").parse().expect("an address");
    let world = sandbox.hub().lock();
    format!("{}-{:08x}", lid.user, world.accounts[&person.phone()].raw_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_go_up_and_are_counted() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let file = vec![7u8; 100 * 1024 * 1024];
    let uploaded = anna.client.upload(file, MediaType::Document, Default::default()).await.expect("uploaded");
    assert_eq!(uploaded.file_length, 100 * 1024 * 1024);
    let seen = traffic(&sandbox, &anna).await;
    assert_eq!((seen["uploads_started"].clone(), seen["uploads"].clone()), (json!(1), json!(1)));
    assert!(seen["upload_bytes"].as_u64().unwrap() > 100 * 1024 * 1024);
    assert_eq!(seen["resume_checks"], 1);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ciphertext_goes_up_once() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let upload = || {
        let options = UploadOptions::new().with_media_key([9; 32]);
        anna.client.upload(vec![3; 6_000_000], MediaType::Video, options)
    };
    let (first, second) = (upload().await.expect("uploaded"), upload().await.expect("found"));
    assert_eq!(first.direct_path, second.direct_path);
    let seen = traffic(&sandbox, &anna).await;
    assert_eq!((seen["uploads"].as_u64(), seen["resume_checks"].as_u64()), (Some(1), Some(2)));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_upload_goes_on_where_it_ended() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let auth = auth(&sandbox, &anna).await;
    let file: Vec<u8> = (0..6_000_000u32).map(|n| (n % 253) as u8).collect();
    let hash = ring::digest::digest(&ring::digest::SHA256, &file);
    let token = {
        use base64::Engine as _;
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(hash)
    };
    let path = format!("/mms/document/{token}?auth={auth}&token={token}");
    // A client that dies in the middle.
    let mut dying = TcpStream::connect(sandbox.addr()).unwrap();
    write!(dying, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", file.len()).unwrap();
    dying.write_all(&file[..2_000_000]).unwrap();
    let account = format!("accounts/{}", anna.phone());
    eventually(&sandbox, &account, |a| (a["media"]["uploads_started"] == 1).then_some(())).await;
    drop(dying);
    eventually(&sandbox, &account, |a| (a["media"]["uploads_broken"] == 1).then_some(())).await;

    let url = |more: &str| format!("{}{path}{more}", sandbox.url());
    let (_, here) = http("POST", &url("&resume=1"), None).await;
    let offset: usize = here["resume"].as_str().unwrap().parse().unwrap();
    assert!(offset > 0 && offset <= 2_000_000, "{offset}");
    let rest = bytes::Bytes::copy_from_slice(&file[offset..]);
    let (status, done) = http("POST", &url(&format!("&file_offset={offset}")), Some(rest)).await;
    assert_eq!(status, 200, "{done}");
    let (_, again) = http("POST", &url("&resume=1"), None).await;
    assert_eq!((again["resume"].as_str(), &again["direct_path"]), (Some("complete"), &done["direct_path"]));
    let download = format!("{}{}", sandbox.url(), done["direct_path"].as_str().unwrap());
    let request = whatsapp_rust::http::HttpRequest::get(download);
    let client = whatsapp_rust::http::UreqHttpClient::new();
    let got = whatsapp_rust::http::HttpClient::execute(&client, request).await.expect("downloaded");
    assert!(got.body == file);
    let seen = traffic(&sandbox, &anna).await;
    assert_eq!(seen["uploads_resumed"], 1);
    assert_eq!(seen["upload_bytes"], file.len() - offset);
    assert_eq!(get(&sandbox, "state").await["media"]["nobody"]["downloads"], 1);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_refused_and_held_back_on_request() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let upload = |size: usize| anna.client.upload(vec![1; size], MediaType::Image, Default::default());
    let fault = json!({ "phone": anna.phone(), "media_fail": { "status": 503, "count": 2 } });
    post(&sandbox, "faults", fault).await;
    for _ in 0..2 {
        let error = upload(300_000).await.expect_err("refused");
        assert!(error.to_string().contains("503"), "{error:#}");
    }
    upload(300_000).await.expect("uploaded");
    // The library asks for new credentials after a 401 and tries once more.
    post(&sandbox, "faults", json!({ "media_fail": { "status": 401 } })).await;
    upload(1_000).await.expect("uploaded the second time");
    let asked = get(&sandbox, &format!("stanzas?phone={}&tag=iq&xmlns=w:m", anna.phone())).await;
    assert_eq!(asked.as_array().unwrap().len(), 2);

    post(&sandbox, "faults", json!({ "phone": anna.phone(), "media_delay_ms": 700 })).await;
    let started = std::time::Instant::now();
    upload(1_000).await.expect("uploaded");
    assert!(started.elapsed().as_millis() >= 700);
    post(&sandbox, "faults/clear", json!({})).await;
    let seen = traffic(&sandbox, &anna).await;
    assert_eq!(
        (seen["uploads_started"].as_u64(), seen["uploads"].as_u64(), seen["uploads_refused"].as_u64()),
        (Some(6), Some(3), Some(3))
    );
    sandbox.stop().await.unwrap();
}
