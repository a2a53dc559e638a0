//! Many at once, and some that nobody waits for.

use std::time::{Duration, Instant};

use edgewire_media::{Hints, Kind, MediaError, Spool, Workshop};

use crate::sound::{tone, wav};
use crate::world::{fixture, settings};

#[tokio::test(flavor = "multi_thread")]
async fn all_get_their_turn() {
    let workshop = Workshop::new(settings(), 2);
    let spool = Spool::from(fixture("tone.mp3"));
    let work = (0..8).map(|_| {
        let (workshop, spool) = (workshop.clone(), spool.clone());
        tokio::spawn(async move { workshop.prepare(Kind::Audio, &spool, &Hints::default()).await })
    });
    let mut hashes = Vec::new();
    for one in work.collect::<Vec<_>>() {
        hashes.push(one.await.unwrap().unwrap().spool.sha256());
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "the same sound is the same file");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nobody_waits_for_ends() {
    let workshop = Workshop::new(settings(), 1);
    let long = Spool::from(wav(8_000, 1, &tone(8_000, 300.0, 900.0, |_| 0.5)));
    let started = Instant::now();
    let hints = Hints::default();
    let given_up = workshop.prepare(Kind::Audio, &long, &hints);
    assert!(tokio::time::timeout(Duration::from_millis(200), given_up).await.is_err());
    // The only permit comes back long before a quarter of an hour of sound is through.
    let spool = Spool::from(b"%PDF-1.4".to_vec());
    workshop.prepare(Kind::Document, &spool, &hints).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_up_and_the_queue_is_full() {
    let mut settings = settings();
    settings.limits.time = Duration::from_millis(300);
    let workshop = Workshop::new(settings, 1);
    let long = Spool::from(wav(8_000, 1, &tone(8_000, 300.0, 900.0, |_| 0.5)));
    let first = tokio::spawn({
        let (workshop, long) = (workshop.clone(), long.clone());
        async move { workshop.prepare(Kind::Audio, &long, &Hints::default()).await }
    });
    let first = first.await.unwrap();
    assert!(matches!(first, Err(MediaError::Time)), "{first:?}");
}
