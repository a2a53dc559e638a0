//! The scripts of organizations, users and tokens, which only handlers run: each answer of each, and what is there then.

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::script::{self, Script};
use edgewire_contract::{keys, token};
use edgewire_store::Redis;
use redis::{Cmd, FromRedisValue, Value};

use crate::support::Server;

/// Acts kept, and for how long, s.
const KEPT: &str = "100";
const DAYS: i64 = 90 * 24 * 3600;
/// When there is another organization of an id, unix ms.
const LATER: i64 = 7;

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").expect("a name")
}

async fn ask<T: FromRedisValue>(redis: &Redis, command: &Cmd) -> T {
    redis.query(command).await.expect("answered")
}

async fn run(redis: &Redis, script: &Script, keys: &[String], args: &[&str]) -> String {
    match redis.run(script, keys, args).await.expect("answered") {
        Value::BulkString(text) => String::from_utf8(text).expect("text"),
        Value::Int(number) => number.to_string(),
        other => panic!("{} answers {other:?}", script.name),
    }
}

async fn keep(redis: &Redis, record: &str, before: &str) -> String {
    let keys = [keys::organization(&acme()), keys::audit(&acme())];
    run(redis, &script::KEEP_ORGANIZATION, &keys, &[record, before, "kept", KEPT]).await
}

async fn found(redis: &Redis) -> String {
    let keys = [keys::organization(&acme()), keys::audit(&acme()), keys::audit_before(&acme(), LATER)];
    run(redis, &script::FOUND_ORGANIZATION, &keys, &[]).await
}

async fn drop_it(redis: &Redis, record: &str) -> String {
    let keys = [
        keys::organization(&acme()),
        keys::audit(&acme()),
        keys::organization_sessions(&acme()),
        keys::webhooks(&acme()),
        keys::tokens(&acme()),
        keys::users(&acme()),
        keys::feed(&acme()),
        keys::relayed(&acme()),
    ];
    run(redis, &script::DROP_ORGANIZATION, &keys, &[record, "dropped", KEPT, &DAYS.to_string()]).await
}

async fn keep_user(redis: &Redis, user: &str, record: &str, before: &str, most: &str) -> String {
    let keys = [keys::users(&acme()), keys::audit(&acme()), keys::organization(&acme())];
    run(redis, &script::KEEP_MEMBER, &keys, &[user, record, before, most, "user", KEPT]).await
}

async fn drop_user(redis: &Redis, user: &str) -> String {
    let keys = [keys::users(&acme()), keys::audit(&acme())];
    run(redis, &script::DROP_MEMBER, &keys, &[user, "user gone", KEPT]).await
}

async fn index(redis: &Redis, session: &str) -> String {
    let keys = [
        keys::organization(&acme()),
        keys::audit(&acme()),
        keys::audit_before(&acme(), LATER),
        keys::organization_sessions(&acme()),
    ];
    run(redis, &script::INDEX_SESSION, &keys, &[session, "5"]).await
}

/// The acts of an audit, the oldest first.
async fn acts(redis: &Redis, audit: String) -> Vec<String> {
    let entries: Vec<(String, Vec<String>)> =
        ask(redis, redis::cmd("XRANGE").arg(audit).arg("-").arg("+")).await;
    entries.into_iter().map(|(_, fields)| fields[1].clone()).collect()
}

#[tokio::test]
async fn an_organizations_record_is_written_over_the_one_that_was_read() {
    let server = Server::start().await;
    let redis = server.redis().await;
    assert_eq!(keep(&redis, "b", "a").await, "gone");
    assert_eq!(keep(&redis, "a", "").await, "kept");
    assert_eq!(keep(&redis, "a", "").await, "kept");
    assert_eq!(keep(&redis, "b", "").await, "changed");
    assert_eq!(keep(&redis, "b", "x").await, "changed");
    assert_eq!(keep(&redis, "b", "a").await, "kept");
    assert_eq!(ask::<String>(&redis, &Cmd::get(keys::organization(&acme()))).await, "b");
    assert_eq!(acts(&redis, keys::audit(&acme())).await, ["kept", "kept"]);
}

#[tokio::test]
async fn an_organization_goes_once_nothing_is_left_in_it() {
    let server = Server::start().await;
    let redis = server.redis().await;
    assert_eq!(drop_it(&redis, "a").await, "gone");
    keep(&redis, "a", "").await;
    keep_user(&redis, "ada", "1", "", "9").await;
    let _: i64 = ask(&redis, &Cmd::hset(keys::tokens(&acme()), "tok", "hash")).await;
    let _: i64 = ask(&redis, &Cmd::hset(keys::webhooks(&acme()), "wh", "{}")).await;
    let _: i64 = ask(&redis, &Cmd::hset(keys::relayed(&acme()), "17", "1-0")).await;
    assert_eq!(index(&redis, "main").await, "1");
    assert_eq!(index(&redis, "main").await, "0");
    // What is another's is asked for before what it has; and what it has, one after the other.
    assert_eq!(drop_it(&redis, "b").await, "changed");
    assert_eq!(drop_it(&redis, "a").await, "sessions");
    let _: i64 = ask(&redis, &Cmd::zrem(keys::organization_sessions(&acme()), "main")).await;
    assert_eq!(drop_it(&redis, "a").await, "webhooks");
    let _: i64 = ask(&redis, &Cmd::hdel(keys::webhooks(&acme()), "wh")).await;
    assert_eq!(drop_it(&redis, "a").await, "tokens");
    let _: i64 = ask(&redis, &Cmd::hdel(keys::tokens(&acme()), "tok")).await;
    assert_eq!(ask::<i64>(&redis, &Cmd::hlen(keys::users(&acme()))).await, 1, "nothing has gone so far");
    assert_eq!(drop_it(&redis, "a").await, "dropped");
    assert_eq!(drop_it(&redis, "a").await, "gone");

    let mut left: Vec<String> = ask(&redis, &Cmd::keys("ew1:{o:acme}:*")).await;
    left.sort();
    assert_eq!(left, [keys::audit(&acme()), keys::organization(&acme())]);
    for key in &left {
        let ttl: i64 = ask(&redis, &Cmd::ttl(key)).await;
        assert!((DAYS - 60..=DAYS).contains(&ttl), "{key} ends in {ttl} s");
    }
    assert_eq!(acts(&redis, keys::audit(&acme())).await, ["kept", "user", "dropped"]);
}

#[tokio::test]
async fn in_an_organization_that_was_deleted_nothing_is_kept() {
    let server = Server::start().await;
    let redis = server.redis().await;
    keep(&redis, "a", "").await;
    drop_it(&redis, "a").await;
    assert_eq!(keep(&redis, "b", "").await, "gone");
    assert_eq!(keep(&redis, "b", "a").await, "gone");
    assert_eq!(keep_user(&redis, "ada", "1", "", "9").await, "gone");
    let hooks = [keys::webhooks(&acme()), keys::organization(&acme())];
    assert_eq!(run(&redis, &script::KEEP_HOOK, &hooks, &["wh", "{}", "", "9"]).await, "gone");
    for key in [keys::users(&acme()), keys::webhooks(&acme())] {
        assert_eq!(ask::<i64>(&redis, &Cmd::exists(key)).await, 0);
    }
}

#[tokio::test]
async fn an_organization_of_the_same_id_begins_an_audit_of_its_own() {
    let server = Server::start().await;
    for with_a_session in [false, true] {
        let redis = server.redis().await;
        let _: String = ask(&redis, &redis::cmd("FLUSHALL")).await;
        assert_eq!(found(&redis).await, "0", "there never was one");
        keep(&redis, "a", "").await;
        assert_eq!(found(&redis).await, "0", "it is there");
        drop_it(&redis, "a").await;
        if with_a_session {
            assert_eq!(index(&redis, "main").await, "1");
        } else {
            assert_eq!(found(&redis).await, "1");
        }
        assert_eq!(found(&redis).await, "0", "once");
        let aside = keys::audit_before(&acme(), LATER);
        assert_eq!(acts(&redis, aside.clone()).await, ["kept", "dropped"]);
        let ttl: i64 = ask(&redis, &Cmd::ttl(&aside)).await;
        assert!((DAYS - 60..=DAYS).contains(&ttl), "it ends in {ttl} s");

        assert_eq!(keep_user(&redis, "ada", "1", "", "9").await, "kept");
        assert_eq!(keep(&redis, "b", "").await, "kept");
        assert_eq!(acts(&redis, keys::audit(&acme())).await, ["user", "kept"]);
        for key in [keys::audit(&acme()), keys::organization(&acme())] {
            assert_eq!(ask::<i64>(&redis, &Cmd::ttl(&key)).await, -1, "{key} does not end");
        }
    }
}

#[tokio::test]
async fn a_member_is_kept_within_its_room_and_over_what_was_read() {
    let server = Server::start().await;
    let redis = server.redis().await;
    assert_eq!(keep_user(&redis, "ada", "2", "1", "1").await, "gone");
    assert_eq!(keep_user(&redis, "ada", "1", "", "1").await, "kept");
    assert_eq!(keep_user(&redis, "ada", "1", "", "1").await, "kept");
    assert_eq!(keep_user(&redis, "ada", "2", "", "1").await, "changed");
    assert_eq!(keep_user(&redis, "bob", "1", "", "1").await, "full");
    assert_eq!(keep_user(&redis, "ada", "2", "x", "1").await, "changed");
    assert_eq!(keep_user(&redis, "ada", "2", "1", "1").await, "kept");
    assert_eq!(drop_user(&redis, "bob").await, "0");
    assert_eq!(drop_user(&redis, "ada").await, "1");
    assert_eq!(drop_user(&redis, "ada").await, "0");
    assert_eq!(acts(&redis, keys::audit(&acme())).await, ["user", "user", "user gone"]);
}

#[tokio::test]
async fn a_token_is_written_over_the_one_that_was_read_and_keeps_its_time() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let key = keys::token(&token::token_hash("secret"));
    let swap = async |before: &str, after: &str| {
        run(&redis, &script::SWAP_TOKEN, std::slice::from_ref(&key), &[before, after]).await
    };
    assert_eq!(swap("a", "b").await, "0", "a revoked one does not come back");
    assert_eq!(ask::<i64>(&redis, &Cmd::exists(&key)).await, 0);
    let _: String = ask(&redis, &Cmd::set_ex(&key, "a", 1000)).await;
    assert_eq!(swap("x", "b").await, "0");
    assert_eq!(swap("a", "b").await, "1");
    assert_eq!(swap("a", "b").await, "1", "asked again");
    assert_eq!(ask::<String>(&redis, &Cmd::get(&key)).await, "b");
    let ttl: i64 = ask(&redis, &Cmd::ttl(&key)).await;
    assert!((1..=1000).contains(&ttl), "{ttl}");
    // Of one that does not end, neither does what is written over it.
    let _: String = ask(&redis, &Cmd::set(&key, "c")).await;
    assert_eq!(swap("c", "d").await, "1");
    assert_eq!(ask::<i64>(&redis, &Cmd::ttl(&key)).await, -1);
}
