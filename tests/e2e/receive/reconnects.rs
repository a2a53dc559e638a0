//! A reader that comes and goes.

use std::sync::Arc;

use harness::{Session, World};

use super::feed::{Raw, ids_of};

/// How many texts are written, by how many people at once.
const TEXTS: usize = 480;
const WRITERS: usize = 8;

/// The reader breaks off at random, in the middle of events as well, while people write. It comes back with the last id
/// that it has read, and ends with every event once.
pub async fn a_reader_that_breaks_off_ends_with_every_event_once(world: Arc<World>) {
    let us = world.organization("breaks");
    let session = Session::pair(&us).await;
    let sandbox = world.sandbox();
    let people: Vec<String> = (0..WRITERS).map(|_| format!("49166{:07}", world.next_number())).collect();
    for phone in &people {
        sandbox.contact(phone, "Writer").await;
    }
    let writing = async {
        let (sandbox, session) = (&sandbox, &session);
        let each = people.iter().map(|phone| async move {
            let mut ids = Vec::new();
            for n in 0..TEXTS / WRITERS {
                ids.push(sandbox.write(phone, &session.phone, &format!("text {n} of {phone}")).await);
            }
            ids
        });
        futures::future::join_all(each).await.concat()
    };
    let reading = async {
        let (mut got, mut text) = (Vec::<String>::new(), String::new());
        let query = format!("/api/v1/events?session={}&events=message", session.id);
        // Any numbers do; these are the same in every run.
        let mut chance: u64 = 7;
        while got.len() < TEXTS {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bytes = 200 + (chance >> 33) as usize % 40_000;
            let since = got.last().cloned().unwrap_or_else(|| "0".into());
            let mut stream = Raw::open(us.get(&query).header("last-event-id", &since)).await;
            let all = TEXTS - got.len();
            stream.read_until(|text| text.len() >= bytes || ids_of(text).len() >= all).await;
            let end = (0..=bytes.min(stream.text.len())).rev().find(|end| stream.text.is_char_boundary(*end));
            stream.text.truncate(end.unwrap_or_default());
            got.extend(ids_of(&stream.text));
            text.push_str(&stream.text);
        }
        (got, text)
    };
    let (written, (got, text)) = futures::future::join(writing, reading).await;
    let mut once = got.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!((written.len(), got.len(), once.len()), (TEXTS, TEXTS, TEXTS));
    for id in &written {
        assert!(text.contains(&format!(r#""message_id":"{id}""#)), "{id} was told");
    }
    // Each writer's texts came in the order in which he wrote them.
    for phone in &people {
        let places: Vec<_> = (0..TEXTS / WRITERS)
            .map(|n| text.find(&format!(r#""text {n} of {phone}""#)).expect("was told"))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}
