//! Asks: who takes them, and what comes of those that nobody does.

use edgewire_contract::keys;
use edgewire_contract::login::{HOST_ALIVE_MS, HOST_FORGOTTEN_MS, MOST_ASKS};
use edgewire_contract::token::TokenKind;
use redis::Cmd;
use serde_json::json;

use crate::world::{World, ask, eventually};

#[tokio::test]
async fn a_good_login_is_answered_and_kept_for_half_a_minute() {
    let world = World::up().await;
    let host = world.host("a").await;
    let jwt = world.login("ada", &json!({}));
    let record = world.asked(&jwt).await.unwrap();
    assert_eq!((record.kind, record.organization.as_str()), (TokenKind::Login, "acme"));
    let (kept, left) = world.kept(&jwt).await.unwrap();
    assert_eq!(kept, record);
    assert!((1..=30_000).contains(&left), "kept for {left} ms");
    assert!(!serde_json::to_string(&kept).unwrap().contains("eyJ"));
    let asks: i64 = world.ask_redis(&Cmd::llen(keys::login_asks())).await;
    assert_eq!((asks, host.counts().good), (0, 1));
    // No longer than it is good.
    let short = world.login("bob", &json!({ "exp": record.created_at / 1000 - 55 }));
    assert!(world.asked(&short).await.is_some());
    let (kept, left) = world.kept(&short).await.unwrap();
    assert!((1..=5_000).contains(&left), "kept for {left} ms");
    assert_eq!(kept.expires_at, Some((record.created_at / 1000 + 5) * 1000));
    host.end().await;
}

#[tokio::test]
async fn a_bad_login_is_answered_and_not_kept() {
    let world = World::up().await;
    let host = world.host("a").await;
    let good = world.login("ada", &json!({}));
    let other = world.login("ada", &json!({ "aud": "other" }));
    let damaged = format!("{}AAAA", &good[..good.len() - 4]);
    for jwt in [other.as_str(), &damaged, "eyJh.eyJz.c2ln"] {
        assert_eq!(world.asked(jwt).await, None);
        assert_eq!(world.kept(jwt).await, None);
    }
    eventually("the count", || async { (host.counts().refused == 3).then_some(()) }).await;
    host.end().await;
}

#[tokio::test]
async fn an_ask_that_nobody_waits_for_is_not_answered() {
    let world = World::up().await;
    let host = world.host("a").await;
    let jwt = world.login("ada", &json!({}));
    let late = edgewire_contract::login::Ask { deadline: 1, ..ask(&jwt) };
    assert_eq!(world.put(&late).await, "asked");
    // What can be no ask holds up nothing.
    world.ask_redis::<()>(&Cmd::rpush(keys::login_asks(), "no ask")).await;
    eventually("it to be taken", || async { (host.counts().unanswered == 1).then_some(()) }).await;
    assert_eq!(world.kept(&jwt).await, None);
    assert!(world.asked(&jwt).await.is_some());
    host.end().await;
}

#[tokio::test]
async fn whether_logins_are_taken_is_told_by_who_was_there() {
    let world = World::up().await;
    let jwt = world.login("ada", &json!({}));
    assert_eq!(world.put(&ask(&jwt)).await, "off");
    let (seconds, micros): (i64, i64) = world.ask_redis(&redis::cmd("TIME")).await;
    let now = seconds * 1000 + micros / 1000;
    let (alive, forgotten) = (HOST_ALIVE_MS as i64, HOST_FORGOTTEN_MS as i64);
    for (silent, told) in [(forgotten + 5_000, "off"), (alive + 5_000, "away"), (0, "asked")] {
        world.ask_redis::<()>(&Cmd::zadd(keys::login_hosts(), "a", now - silent)).await;
        assert_eq!(world.put(&ask(&jwt)).await, told);
    }
    let ttl: i64 = world.ask_redis(&Cmd::ttl(keys::login_asks())).await;
    assert!((1..=10).contains(&ttl), "asks that wait for {ttl} s");
    for _ in 1..MOST_ASKS {
        assert_eq!(world.put(&ask(&jwt)).await, "asked");
    }
    assert_eq!(world.put(&ask(&jwt)).await, "full");
    let asks: u64 = world.ask_redis(&Cmd::llen(keys::login_asks())).await;
    assert_eq!(asks, MOST_ASKS);
}

#[tokio::test]
async fn several_hosts_share_the_asks() {
    let world = World::up().await;
    let hosts = [world.host("a").await, world.host("b").await];
    let asks: Vec<_> = (0..40).map(|n| ask(&world.login(&format!("user{n}"), &json!({})))).collect();
    for ask in &asks {
        assert_eq!(world.put(ask).await, "asked");
    }
    for ask in &asks {
        assert!(world.answer(ask).await.is_some());
    }
    let good: u64 = hosts.iter().map(|host| host.counts().good).sum();
    assert_eq!(good, 40);
    let [a, b] = hosts;
    a.end().await;
    assert!(world.asked(&world.login("ada", &json!({}))).await.is_some());
    b.end().await;
}

#[tokio::test]
async fn a_redis_that_comes_back_is_found_again() {
    let mut world = World::up().await;
    let host = world.host("a").await;
    assert!(world.asked(&world.login("ada", &json!({}))).await.is_some());
    world.crash();
    let jwt = world.login("bob", &json!({}));
    let ask = ask(&jwt);
    eventually("an ask to be put", || async {
        let pong = world.redis.query::<String>(&redis::cmd("PING")).await;
        pong.is_ok().then_some(())
    })
    .await;
    assert_eq!(world.put(&ask).await, "asked");
    assert!(world.answer(&ask).await.is_some());
    host.end().await;
}

#[tokio::test]
async fn a_cluster_is_as_one_server() {
    let world = World::in_a_cluster().await;
    let host = world.host("a").await;
    let jwt = world.login("ada", &json!({}));
    let record = world.asked(&jwt).await.unwrap();
    assert_eq!(world.kept(&jwt).await.map(|(kept, _)| kept), Some(record));
    assert_eq!(world.asked(&world.login("ada", &json!({ "organization": "nobodys" }))).await, None);
    host.end().await;
}
