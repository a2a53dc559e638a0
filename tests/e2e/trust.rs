//! The trust anchor: an ordinary build of conn-host does not talk to the sandbox, however it is told to.

use harness::{Session, World, wait_until};
use xtask::child::Launch;
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
    let world = World::builder().hosts(0).build().await;
    let us = world.organization("trust");
    let mut launch = ordinary(&world);
    // Else the library would ask the web.
    launch.env.push(("EDGEWIRE_WHATSAPP_VERSION".into(), "2.3000.0".into()));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        launch.env.push((name.into(), NOWHERE.into()));
    }
    let guard = Guard::start(0).expect("a guard");
    let started = tokio::task::block_in_place(|| launch.start(&guard, &mut || false));
    let (_host, _) = started.unwrap_or_else(|e| panic!("it starts: {e:#}"));
    let session = Session::create(&us).await;
    wait_until("the refusal of the certificate chain", || async {
        let log = std::fs::read_to_string(&launch.log).unwrap_or_default();
        let refused = log.lines().any(|line| line.contains(REFUSAL));
        if refused { Ok(()) } else { Err(log.lines().rev().take(5).collect::<Vec<_>>().join("\n")) }
    })
    .await;
    let status = session.status().await;
    assert_eq!(status["status"], "connecting", "{status}");
    us.get(&session.path("/qr")).send().await.expect_error(404, "not_found");
}

/// A device that was paired in the sandbox brings the sandbox's certificate along, and is not asked for it again.
pub async fn an_ordinary_build_does_not_take_over_the_sandboxes_sessions() {
    let world = World::up().await;
    let session = Session::pair(&world.organization("mixed")).await;
    world.stop_host(0);
    let launch = ordinary(&world);
    let guard = Guard::start(0).expect("a guard");
    let refused = tokio::task::block_in_place(|| launch.start(&guard, &mut || false));
    let said = refused.map(|(_, address)| address).expect_err("it does not start").to_string();
    assert!(said.contains("belongs to the sandbox network"), "{said}");
    // It was that, and nothing else.
    world.start_host(0);
    session.wait_for_status("connected").await;
}

/// An ordinary build that is pointed at the sandbox as if it were a relay to WhatsApp.
fn ordinary(world: &World) -> Launch {
    let mut launch = world.launch_of(world.plain_conn_host());
    launch.env.retain(|(name, _)| name != "EDGEWIRE_SANDBOX_URL");
    launch.env.push(("EDGEWIRE_WHATSAPP_URL".into(), world.sandbox().ws_url()));
    launch
}
