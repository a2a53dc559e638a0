//! Linking a client.

use serde_json::json;
use whatsapp_rust::pair_code::PairCodeOptions;

use crate::harness::{eventually, get, linked, post_text, sandbox, scan, unlinked};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_linked_by_qr_and_connects() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let account = get(&sandbox, &format!("accounts/{}", anna.phone())).await;
    assert_eq!(account["push_name"], "Anna");
    assert_eq!(account["devices"][0]["id"], 1);
    assert_eq!(account["devices"][0]["online"], true);
    let state = get(&sandbox, "state").await;
    assert_eq!(state["unknown_iqs"], json!({}));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_can_name_the_account() {
    let sandbox = sandbox().await;
    let client = unlinked(&sandbox, "Whoever").await;
    let answer = scan(&sandbox, &client, "?phone=491701234567").await;
    assert_eq!(answer["jid"], "491701234567:1@s.whatsapp.net");
    client.connected().await;
    assert_eq!(client.phone(), "491701234567");
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_qr_code_that_is_not_shown_is_refused() {
    let sandbox = sandbox().await;
    let url = format!("{}/admin/mock-phone/scan-qr", sandbox.url());
    let (status, answer) = post_text(&url, "not a code").await;
    assert_eq!(status, 422, "{answer}");
    let client = unlinked(&sandbox, "Anna").await;
    let qr = client.qr().await;
    let forged = qr.replacen("2@", "2@00", 1);
    let (status, answer) = post_text(&url, &forged).await;
    assert_eq!((status, &answer["error"]), (422, &json!("this QR code is not valid (any more)")));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_name_is_the_same_account_with_another_device() {
    let sandbox = sandbox().await;
    let first = linked(&sandbox, "Anna").await;
    let second = linked(&sandbox, "Anna").await;
    assert_eq!(first.phone(), second.phone());
    let path = format!("accounts/{}", first.phone());
    let both = eventually(&sandbox, &path, |account| {
        let devices = account["devices"].as_array()?;
        (devices.len() == 2 && devices.iter().all(|d| d["online"] == true)).then(|| devices.clone())
    })
    .await;
    assert_eq!(both[1]["id"], 2);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_linked_by_pair_code() {
    let sandbox = sandbox().await;
    let client = unlinked(&sandbox, "Coded").await;
    client.qr().await;
    let options = PairCodeOptions { phone_number: "4917011122233".to_owned(), ..Default::default() };
    let code = client.client.pair_with_code(options).await.expect("a code");
    let url = format!("{}/admin/mock-phone/enter-code", sandbox.url());

    let wrong = if code == "11111111" { "22222222" } else { "11111111" };
    let (status, answer) =
        post_text(&url, &json!({ "phone": "4917011122233", "code": wrong }).to_string()).await;
    assert_eq!((status, &answer["error"]), (422, &json!("wrong code")));
    let (status, answer) =
        post_text(&url, &json!({ "phone": "4917099999999", "code": code }).to_string()).await;
    assert_eq!(status, 422, "{answer}");

    let spoken = format!("{}-{}", &code[..4], &code[4..]);
    let (status, answer) =
        post_text(&url, &json!({ "phone": "+49 170 11122233", "code": spoken }).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["jid"], "4917011122233:1@s.whatsapp.net");
    client.connected().await;
    assert_eq!(client.phone(), "4917011122233");
    sandbox.stop().await.unwrap();
}
