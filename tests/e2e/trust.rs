//! The trust anchor: an ordinary build of conn-host does not talk to the sandbox, however it is told to.

use std::time::Duration;

use harness::{Session, World, wait_until};
use serde_json::json;
use xtask::guard::Guard;

/// Nobody listens there: what wants to leave this machine does not get far.
const NOWHERE: &str = "http://127.0.0.1:9";
/// What the library says of a certificate chain that WhatsApp's key has not signed.
const REFUSAL: &str = "certificate verification failed";

pub async fn an_ordinary_build_has_no_door_to_the_sandbox() {
    let world = World::builder().hosts(0).build().await;
    // With EDGEWIRE_SANDBOX_URL, as the builds with the feature are started.
    let launch = world.launch_of(world.plain_conn_host());
    let guard = Guard::start(0).expect("a guard");
    let refused = tokio::task::block_in_place(|| launch.start(&guard, &mut || false));
    let said = refused.map(|(_, address)| address).expect_err("it does not start").to_string();
    assert!(said.contains("EDGEWIRE_SANDBOX_URL") && said.contains("exit status: 64"), "{said}");
}

pub async fn an_ordinary_build_does_not_trust_the_sandbox() {
    let world = World::up().await;
    let us = world.organization("trust");
    // Paired by a build that trusts the sandbox: all that an ordinary build needs is there, and the library knows
    // WhatsApp's version for a day without asking the web.
    let session = Session::pair(&us).await;
    world.stop_host(0);
    // A pairing keeps the server's key, and who comes back with it is not asked for the certificate again. So the
    // server is another one now, and must show whose it is.
    world.change_sandbox_key();

    let mut launch = world.launch_of(world.plain_conn_host());
    launch.env.retain(|(name, _)| name != "EDGEWIRE_SANDBOX_URL");
    launch.env.push(("EDGEWIRE_WHATSAPP_URL".into(), world.sandbox().ws_url()));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        launch.env.push((name.into(), NOWHERE.into()));
    }
    let guard = Guard::start(0).expect("a guard");
    let started = tokio::task::block_in_place(|| launch.start(&guard, &mut || false));
    let (mut host, _) = started.unwrap_or_else(|e| panic!("it starts: {e:#}"));
    wait_until("the refusal of the certificate chain", || async {
        let log = std::fs::read_to_string(&launch.log).unwrap_or_default();
        let refused = log.lines().any(|line| line.contains(REFUSAL));
        if refused { Ok(()) } else { Err(log.lines().rev().take(5).collect::<Vec<_>>().join("\n")) }
    })
    .await;
    let status = session.status().await;
    assert_ne!(status["status"], "connected", "{status}");
    let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
    assert_eq!(
        (&account["devices"][0]["online"], &account["devices"][0]["logins"]),
        (&json!(false), &json!(1))
    );

    // It was the trust, and nothing else: who trusts the sandbox connects.
    tokio::task::block_in_place(|| host.stop(Duration::from_secs(12)));
    world.start_host(0);
    session.wait_for_status("connected").await;
}
