//! Many readers of one edge-host.

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use harness::World;

use super::feed::{Raw, ids_of, store};

const READERS: usize = 1_000;
const ORGANIZATIONS: usize = 4;
/// How many open at once: a burst is another story.
const OPENING: usize = 32;
/// Redis connections of edge-host that readers may add: one for each instance of the component, and no more.
const CONNECTIONS: usize = 40;

pub async fn a_thousand_readers_get_an_event_each() {
    let world = World::up().await;
    let tenants: Vec<_> = (0..ORGANIZATIONS).map(|n| world.organization(&format!("many{n}"))).collect();
    let before = connections(&world).await;
    let open = (0..READERS).map(|n| {
        let request = tenants[n % ORGANIZATIONS].get("/api/v1/events");
        async move {
            let mut stream = Raw::open(request).await;
            assert!(stream.read_until(|text| text.starts_with(": connected\n\n")).await);
            stream
        }
    });
    let mut readers: Vec<Raw> = stream::iter(open).buffered(OPENING).collect().await;
    for round in 0..3 {
        let told = tenants.iter().enumerate().map(|(n, tenant)| {
            let (world, text) = (&world, [format!("round {round}")]);
            async move { store(world, tenant, &format!("many{n}"), &text).await }
        });
        let told = join_all(told).await.concat();
        let each = readers.iter_mut().enumerate().map(|(n, reader)| {
            let wanted = &told[n % ORGANIZATIONS];
            async move { reader.read_until(|text| ids_of(text).contains(wanted)).await }
        });
        assert!(
            join_all(each).await.into_iter().all(|got| got),
            "every reader got the event of round {round}"
        );
    }
    for reader in &readers {
        assert_eq!(ids_of(&reader.text).len(), 3, "and no other");
    }
    let added = connections(&world).await.saturating_sub(before);
    assert!(added <= CONNECTIONS, "{READERS} readers took {added} Redis connections");
}

async fn connections(world: &World) -> usize {
    let mut redis = world.redis().await;
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut redis).await.expect("a list");
    list.lines().count()
}
