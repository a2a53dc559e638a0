use crate::error::Refusal;
use crate::testing::{FakeClock, FakeFetch, Signer, document};

use super::*;

struct Bench {
    keyring: Arc<Keyring>,
    fetch: Arc<FakeFetch>,
    clock: Arc<FakeClock>,
}

impl Bench {
    fn of(fetch: Arc<FakeFetch>) -> Self {
        let clock = FakeClock::at_noon();
        let (way, time): (Arc<dyn Fetch>, Arc<dyn Clock>) = (fetch.clone(), clock.clone());
        Self { keyring: Arc::new(Keyring::new(way, time, Policy::default())), fetch, clock }
    }

    /// With these keys, which have been fetched.
    async fn with(keys: &[&'static str]) -> Self {
        let bench = Self::of(FakeFetch::answering(&jwks(keys)));
        bench.knows(keys[0]).await.unwrap();
        assert_eq!(bench.fetch.fetched(), 1);
        bench
    }

    async fn knows(&self, kid: &str) -> Result<(), VerifyError> {
        self.keyring.find(Some(kid)).await.map(drop)
    }
}

fn jwks(kids: &[&'static str]) -> Vec<serde_json::Value> {
    kids.iter().map(|kid| Signer::ed25519(kid).jwk()).collect()
}

const UNKNOWN: Result<(), VerifyError> = Err(VerifyError::Refused(Refusal::UnknownKey));

#[tokio::test]
async fn keys_are_kept_for_ten_minutes() {
    let bench = Bench::with(&["a"]).await;
    bench.clock.pass(599);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 1));
    bench.clock.pass(1);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 2));
    // One that was withdrawn meanwhile is one no more.
    bench.fetch.publish(&jwks(&["b"]));
    bench.clock.pass(600);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (UNKNOWN, 3));
}

#[tokio::test]
async fn the_provider_may_say_that_they_are_kept_for_less() {
    for (says, kept) in [(300, 300), (5, 30), (0, 30), (86_400, 600)] {
        let fetch = FakeFetch::answering(&[]);
        let max_age = Some(Duration::from_secs(says));
        fetch.answer(Ok(Document { max_age, ..document(&jwks(&["a"])) }));
        let bench = Bench::of(fetch);
        assert_eq!(bench.knows("a").await, Ok(()));
        bench.clock.pass(kept - 1);
        assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 1), "{says}");
        bench.clock.pass(1);
        assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 2), "{says}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_in_half_a_minute() {
    let bench = Bench::with(&["a"]).await;
    bench.fetch.publish(&jwks(&["a", "b"]));
    bench.clock.pass(29);
    assert_eq!((bench.knows("b").await, bench.fetch.fetched()), (UNKNOWN, 1));
    bench.clock.pass(1);
    assert_eq!((bench.knows("b").await, bench.fetch.fetched()), (Ok(()), 2));
    for _ in 0..3 {
        assert_eq!((bench.knows("c").await, bench.fetch.fetched()), (UNKNOWN, 2));
    }
    assert_eq!(bench.knows("a").await, Ok(()));
}

#[tokio::test]
async fn old_keys_serve_for_an_hour_while_the_provider_is_away() {
    let bench = Bench::with(&["a"]).await;
    bench.fetch.answer(Err(FetchError::Status(500)));
    bench.clock.pass(600);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 2));
    // Nor is it asked by each login.
    bench.clock.pass(29);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 2));
    assert_eq!((bench.knows("b").await, bench.fetch.fetched()), (UNKNOWN, 2));
    bench.clock.pass(3_600 - 629 - 1);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 3));
    bench.clock.pass(1);
    assert_eq!(bench.knows("a").await, Err(VerifyError::NoKeys));
    bench.fetch.publish(&jwks(&["a"]));
    bench.clock.pass(1);
    assert_eq!(bench.knows("a").await, Ok(()));
}

#[tokio::test]
async fn an_answer_that_is_no_set_of_keys_changes_nothing() {
    let bench = Bench::with(&["a"]).await;
    bench.fetch.answer(Ok(Document { body: "<html>".into(), max_age: None }));
    bench.clock.pass(600);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Ok(()), 2));
    // A set without keys is one: all were withdrawn.
    bench.fetch.publish(&[]);
    bench.clock.pass(30);
    assert_eq!(bench.knows("a").await, UNKNOWN);
}

#[tokio::test]
async fn without_any_keys_nobody_can_tell() {
    let fetch = FakeFetch::answering(&[]);
    fetch.answer(Err(FetchError::NotAJwks));
    let bench = Bench::of(fetch);
    for _ in 0..3 {
        assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Err(VerifyError::NoKeys), 1));
    }
    bench.clock.pass(1);
    assert_eq!((bench.knows("a").await, bench.fetch.fetched()), (Err(VerifyError::NoKeys), 2));
}

#[tokio::test]
async fn who_asks_at_once_fetches_once() {
    let bench = Bench::of(FakeFetch::waiting(&jwks(&["a"])));
    let all: Vec<_> = ["a", "b", "a", "b"]
        .map(|kid| {
            let keyring = bench.keyring.clone();
            tokio::spawn(async move { keyring.find(Some(kid)).await.is_ok() })
        })
        .into();
    while bench.fetch.fetched() == 0 {
        tokio::task::yield_now().await;
    }
    bench.fetch.let_it_answer();
    let mut known = Vec::new();
    for one in all {
        known.push(one.await.unwrap());
    }
    assert_eq!((known, bench.fetch.fetched()), (vec![true, false, true, false], 1));
}

#[tokio::test]
async fn a_slow_provider_holds_up_nobody_whose_key_is_known() {
    let bench = Bench::of(FakeFetch::waiting(&jwks(&["a"])));
    bench.fetch.let_it_answer();
    assert_eq!(bench.knows("a").await, Ok(()));
    bench.clock.pass(30);
    let keyring = bench.keyring.clone();
    let slow = tokio::spawn(async move { keyring.find(Some("b")).await.is_ok() });
    while bench.fetch.fetched() == 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.knows("a").await, Ok(()));
    bench.fetch.let_it_answer();
    assert!(!slow.await.unwrap());
}
