//! Reading from a store that says nothing, or is too slow.

use super::*;

/// Over a store that has the file [`b"1"`].
async fn with_one(store: Slow) -> (Slow, Depot) {
    let (store, depot) = store.depot();
    store.inner.put(&place("main", b"1").path(&Path::default()), "1".into()).await.unwrap();
    (store, depot)
}

async fn read(depot: &Depot) -> Option<Vec<u8>> {
    whole(&mut depot.get(&place("main", b"1"), 1).await?).await
}

#[tokio::test]
async fn one_that_says_nothing_is_waited_for_once() {
    let (store, mut depot) = with_one(Slow { gets: Gate::shut(), ..Slow::default() }).await;
    depot.pace.silence = Duration::ZERO;
    for _ in 0..5 {
        assert_eq!(read(&depot).await, None);
    }
    assert_eq!(store.gets.came(), 1);
    // A miss would say that it does not have them.
    assert_eq!(depot.counted(), Counted { not_read: 5, ..Counted::default() });

    // When it had its rest, one tries, and the others do not wait with it.
    (depot.pace.silence, depot.pace.rest) = (LONG, Duration::ZERO);
    let others = async {
        store.gets.wait_for(2).await;
        let mut impatient = Depot::over(depot.store.clone(), Path::default());
        impatient.health = depot.health.clone();
        assert_eq!(read(&impatient).await, None);
        store.gets.set(true);
    };
    let (tried, ()) = tokio::join!(read(&depot), others);
    assert_eq!((tried.as_deref(), store.gets.came()), (Some(&b"1"[..]), 2));

    // It said something.
    depot.pace.rest = LONG;
    assert!(read(&depot).await.is_some());
    assert_eq!(depot.counted(), Counted { not_read: 6, hits: 2, ..Counted::default() });
}

#[tokio::test]
async fn one_that_gives_no_bytes_is_waited_for_once() {
    let (store, mut depot) = with_one(Slow { bodies: Gate::shut(), ..Slow::default() }).await;
    for _ in 0..3 {
        let Some(mut object) = depot.get(&place("main", b"1"), 1).await else { continue };
        object.pace.silence = Duration::ZERO;
        assert_eq!(whole(&mut object).await, None);
    }
    assert_eq!((store.gets.came(), depot.counted().not_read), (1, 3));
    store.bodies.set(true);
    depot.pace.rest = Duration::ZERO;
    assert!(read(&depot).await.is_some());
}

/// It is the file that is too large, and others may be had.
#[tokio::test]
async fn a_file_that_takes_too_long_is_given_up_alone() {
    let (store, mut depot) = with_one(Slow { bodies: Gate::shut(), ..Slow::default() }).await;
    depot.pace.reading = Duration::ZERO;
    assert_eq!(read(&depot).await, None);
    assert_eq!(read(&depot).await, None);
    assert_eq!((store.gets.came(), depot.counted().not_read), (2, 2));
}

#[tokio::test]
async fn the_wait_for_an_answer_is_part_of_a_files_time() {
    let (store, depot) = with_one(Slow { gets: Gate::shut(), ..Slow::default() }).await;
    let late = async {
        store.gets.wait_for(1).await;
        let now = Instant::now();
        store.gets.set(true);
        now
    };
    let place = place("main", b"1");
    let (object, now) = tokio::join!(depot.get(&place, 1), late);
    assert!(object.unwrap().until <= now + depot.pace.reading);
    assert!(depot.pace.silence < depot.pace.reading && depot.pace.reading <= Duration::from_secs(10));
}
