//! Uploads that are broken off: by a deletion, by their time, by the end of the process.

use tokio::time::timeout;

use super::*;
use crate::upload::PART;

/// Enough for all that can go on without anybody else.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Begins to keep a file that goes in parts.
fn keep_large(depot: &Depot) {
    let bytes = noise(PART as u32 + 1);
    depot.keep(&place("main", &bytes), file(&bytes), bytes.len() as u64);
}

async fn forget(depot: &Depot) -> Result<(), Failed> {
    timeout(LONG, depot.forget(&acme(), &session("main"))).await.expect("it ends in its time")
}

#[tokio::test]
async fn what_is_on_its_way_is_broken_off_with_its_session() {
    let (store, mut depot) = Slow { puts: Gate::shut(), ..Slow::default() }.depot();
    depot.pace.tidying = Duration::ZERO;
    // More than are put at once: some have not begun.
    for _ in 0..6 {
        depot.keep(&place("main", b"1"), file(b"1"), 1);
    }
    while depot.uploads.turns.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    store.puts.wait_for(4).await;
    forget(&depot).await.unwrap();
    timeout(LONG, depot.close(LONG * 10)).await.expect("nothing is on its way");
    assert!(store.is_empty().await);
    assert_eq!((store.puts.came(), depot.counted()), (4, Counted::default()));
}

/// Held by `Limit::ended`.
#[tokio::test]
async fn a_put_that_has_begun_ends_before_a_deletion_looks() {
    let (store, depot) = Slow { puts: Gate::shut(), ..Slow::default() }.depot();
    depot.keep(&place("main", b"1"), file(b"1"), 1);
    store.puts.wait_for(1).await;
    let late = async {
        settle().await;
        store.puts.set(true);
    };
    let (forgotten, ()) = tokio::join!(forget(&depot), late);
    forgotten.unwrap();
    settle().await;
    assert!(store.is_empty().await, "it came after the deletion");
}

/// Held by `Limit::ended`.
#[tokio::test]
async fn parts_that_are_being_put_together_end_before_a_deletion_looks() {
    let (store, depot) = Slow { completes: Gate::shut(), ..Slow::default() }.depot();
    keep_large(&depot);
    store.completes.wait_for(1).await;
    let late = async {
        settle().await;
        store.completes.set(true);
    };
    let (forgotten, ()) = tokio::join!(forget(&depot), late);
    forgotten.unwrap();
    settle().await;
    assert!(store.is_empty().await, "it came after the deletion");
}

#[tokio::test]
async fn parts_are_dropped_with_their_session() {
    let (store, depot) = Slow { parts: Gate::shut(), ..Slow::default() }.depot();
    keep_large(&depot);
    store.parts.wait_for(1).await;
    forget(&depot).await.unwrap();
    assert_eq!((store.aborted(), store.parts.came(), store.completes.came()), (1, 1, 0));
    assert_eq!(depot.counted(), Counted::default());
}

#[tokio::test]
async fn an_upload_that_does_not_begin_holds_up_no_deletion() {
    let (store, mut depot) = Slow { begins: Gate::shut(), ..Slow::default() }.depot();
    depot.pace.tidying = Duration::ZERO;
    keep_large(&depot);
    store.begins.wait_for(1).await;
    forget(&depot).await.unwrap();
    // One that begins just then is aborted.
    depot.pace.tidying = LONG;
    keep_large(&depot);
    store.begins.wait_for(2).await;
    let late = async {
        settle().await;
        store.begins.set(true);
    };
    let (forgotten, ()) = tokio::join!(forget(&depot), late);
    forgotten.unwrap();
    assert_eq!((store.aborted(), store.parts.came()), (1, 0));
}

#[tokio::test]
async fn a_deletion_that_waits_too_long_is_refused_and_the_next_one_goes_on() {
    let (store, mut depot) = Slow { puts: Gate::shut(), ..Slow::default() }.depot();
    depot.pace.tidying = LONG;
    depot.keep(&place("main", b"1"), file(b"1"), 1);
    store.puts.wait_for(1).await;
    depot.pace.deletion = Duration::ZERO;
    forget(&depot).await.unwrap_err();
    depot.pace.deletion = LONG;
    let late = async {
        settle().await;
        assert!(store.is_empty().await);
        store.puts.set(true);
    };
    let (forgotten, ()) = tokio::join!(forget(&depot), late);
    forgotten.unwrap();
    settle().await;
    assert!(store.is_empty().await, "it was no longer waited for");
}

#[tokio::test]
async fn what_takes_too_long_is_aborted() {
    let (store, mut depot) = Slow { parts: Gate::shut(), ..Slow::default() }.depot();
    (depot.pace.patience, depot.pace.slowest) = (Duration::from_millis(20), u64::MAX);
    keep_large(&depot);
    timeout(LONG, depot.close(LONG * 10)).await.expect("it ends");
    assert_eq!((store.aborted(), depot.counted().not_kept), (1, 1));
}

#[tokio::test]
async fn a_process_does_not_end_before_its_parts_are_dropped() {
    let (store, depot) = Slow { parts: Gate::shut(), ..Slow::default() }.depot();
    // One of them has ended by then, and says nothing any more.
    depot.keep(&place("main", b"1"), file(b"1"), 1);
    keep_large(&depot);
    store.parts.wait_for(1).await;
    while depot.counted().kept == 0 {
        tokio::task::yield_now().await;
    }
    depot.close(Duration::ZERO).await;
    assert_eq!((store.aborted(), depot.counted().kept), (1, 1));
}

#[tokio::test]
async fn a_store_that_does_not_answer_does_not_keep_a_process_up() {
    let (store, mut depot) = Slow { parts: Gate::shut(), aborts: Gate::shut(), ..Slow::default() }.depot();
    (depot.pace.closing, depot.pace.tidying) = (Duration::ZERO, LONG * 10);
    keep_large(&depot);
    store.parts.wait_for(1).await;
    timeout(LONG, depot.close(Duration::ZERO)).await.expect("it ends");
    assert_eq!(store.aborted(), 0);
}
