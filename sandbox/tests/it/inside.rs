//! The sandbox as a library, in the test's own process.

use std::time::Duration;

use crate::harness::{PATIENCE, sandbox, unlinked};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_can_drive_it_without_http() {
    let sandbox = sandbox().await;
    let anna = unlinked(&sandbox, "Anna").await;
    let device = sandbox.scan_qr(&anna.qr().await, Some("491605555555")).unwrap();
    assert_eq!((device.phone.as_str(), device.device), ("491605555555", 1));
    anna.connected().await;
    let carl = sandbox.create_contact("Carl").unwrap();
    let sent = sandbox.send_text(&carl, "491605555555", "hello").unwrap();
    assert_eq!(anna.hears("hello").await, sent);
    anna.text(&carl, "hello yourself").await;
    let heard = sandbox.wait_for(|world| world.accounts[&carl].virtual_phone.received.back().cloned());
    let heard = tokio::time::timeout(PATIENCE, heard).await.unwrap();
    assert_eq!(heard.text.as_deref(), Some("hello yourself"));
    assert_eq!(sandbox.received(&carl).len(), 1);
    assert!(sandbox.enter_code("491605555555", "ABCDEFGH").await.is_err());
    tokio::time::timeout(Duration::from_secs(5), sandbox.stop()).await.expect("it stops").unwrap();
}
