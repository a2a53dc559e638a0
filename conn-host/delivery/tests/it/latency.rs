//! How long an event takes from the feed to its receiver. `cargo test -p edgewire-delivery --release -- --ignored
//! --nocapture latency`

use std::time::Instant;

use crate::receiver::Receiver;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn latency_from_feed_to_receiver() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("warm").await;
    receiver.wait_for(1).await;
    let mut micros = Vec::new();
    for n in 0..500 {
        world.event(&n.to_string()).await;
        let written = Instant::now();
        let received = receiver.wait_for(n + 2).await;
        micros.push(received[n + 1].at.saturating_duration_since(written).as_micros());
    }
    micros.sort_unstable();
    println!("one at a time: p50 {} µs, p99 {} µs", micros[250], micros[495]);

    host.drain().await;
    for n in 0..5000 {
        world.event(&n.to_string()).await;
    }
    let start = Instant::now();
    let _host = world.host("a").await;
    receiver.wait_for(5501).await;
    println!("a backlog of 5000 for one webhook: {:?}", start.elapsed());
}
