//! `spin:redis`, against a real Redis that comes and goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::support::eventually;
use super::support::host::{self, Host};
use super::support::redis::Redis;

/// Within what a handler must know that Redis is not there.
const SOON: Duration = Duration::from_millis(1900);

#[tokio::test(flavor = "multi_thread")]
async fn every_function_of_the_interface_answers_as_spins() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    let answer = host.get("/redis-typed").await.text();
    let server = "An error was signalled by the server - ResponseError: ";
    let expected = [
        "Ok(())",
        "Ok(Some([0, 255]))",
        "Ok(None)",
        "Ok(1)",
        &format!("Err(Error::Other({:?}))", format!("{server}value is not an integer or out of range")),
        "Ok(2)",
        r#"Err(Error::Other("\"WRONGTYPE\": Operation against a key holding the wrong kind of value"))"#,
        r#"["a", "b"]"#,
        "Ok(1)",
        "Ok(3)",
        "Ok(())",
    ];
    assert_eq!(answer.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_command_runs_and_nested_answers_are_flat() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    let answer = host
        .redis("SET k v NX\nSET k v NX\nXADD s 1-1 f v\nXADD s 2-1 g w\nXRANGE s - +\nXREAD STREAMS s 0\nEVALSHA 00 0\nEVAL return{1,{2,{3,false}},'x'} 0")
        .await;
    let expected = [
        "+OK",
        "nil",
        "1-1",
        "2-1",
        "1-1,f,v,2-1,g,w",
        "s,1-1,f,v,2-1,g,w",
        r#"Error::Other("An error was signalled by the server - NoScriptError: No matching script. Please use EVAL.")"#,
        "1,2,3,nil,x",
    ];
    assert_eq!(answer.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_grant_is_invalid() {
    let redis = Redis::start().await;
    let host = Host::serve(host::manifest(&redis.url(), &["redis://localhost:*"]), host::options()).await;
    assert_eq!(host.redis("PING").await, "open: Error::InvalidAddress");
    let host = Host::start(&redis.url(), |_| {}).await;
    for address in [
        "redis://localhost:6379",
        "redis+unix:///tmp/redis.sock",
        "nonsense",
        // What follows the slash is not the host.
        &format!("redis://localhost:1/@127.0.0.1:{}", redis.port()),
    ] {
        let answer = host.post(&format!("/redis?address={address}"), "PING").await.text();
        assert_eq!(answer, "open: Error::InvalidAddress", "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_holds_up_nobody_and_gives_its_connection_back() {
    let redis = Redis::start().await;
    let host = Arc::new(Host::start(&redis.url(), |options| options.redis.connections = 1).await);
    let mut own = redis.connect().await;
    let waiting: Vec<_> = (0..10)
        .map(|number| {
            let host = host.clone();
            tokio::spawn(async move { host.redis(&format!("BLPOP list:{number} 15\nPING")).await })
        })
        .collect();
    eventually("all ten wait", async || (redis.clients(&mut own).await == 11).then_some(())).await;
    // On the one shared connection.
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(host.redis("PING").await, "+PONG");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for number in 0..10 {
        let push = format!("LPUSH list:{number} item");
        assert_eq!(host.redis(&push).await, "1");
    }
    for (number, answer) in waiting.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap(), format!("list:{number},item\n+PONG"));
    }
    eventually("their connections are closed", async || (redis.clients(&mut own).await == 1).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_their_own_are_bounded() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |options| options.redis.max_dedicated = 0).await;
    assert_eq!(
        host.redis("BLPOP list 1\nPING").await,
        "Error::TooManyConnections\nError::TooManyConnections"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_guest_changes_on_its_connection_no_other_sees() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |options| options.redis.connections = 1).await;
    assert_eq!(host.redis("SET k zero\nSELECT 3\nSET k three\nGET k").await, "+OK\n+OK\n+OK\nthree");
    assert_eq!(host.redis("GET k").await, "zero");
    assert_eq!(host.redis("MULTI\nINCR n\nGET k\nEXEC").await, "+OK\n+QUEUED\n+QUEUED\n1,zero");
    for command in ["SUBSCRIBE c", "MONITOR", "CLIENT REPLY OFF", "HELLO 3", "QUIT"] {
        assert!(host.redis(command).await.contains("not supported"), "{command}");
    }
    assert_eq!(host.redis("PING").await, "+PONG");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guests_share_few_connections() {
    let redis = Redis::start().await;
    let host = Arc::new(Host::start(&redis.url(), |options| options.redis.connections = 2).await);
    let asked: Vec<_> = (0..200)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.redis("INCR n").await })
        })
        .collect();
    for answer in asked {
        answer.await.unwrap().parse::<u32>().unwrap();
    }
    let mut own = redis.connect().await;
    assert_eq!(redis.clients(&mut own).await, 2);
    assert_eq!(host.redis("GET n").await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_went_away_is_noticed_soon_and_found_again() {
    let mut redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    assert_eq!(host.redis("PING").await, "+PONG");
    for _ in 0..2 {
        redis.stop();
        let start = Instant::now();
        let answer = host.redis("PING").await;
        assert_ne!(answer, "+PONG");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        redis.restart().await;
        eventually("Redis is found again", async || (host.redis("PING").await == "+PONG").then_some(()))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_is_noticed_soon_and_found_again() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    assert_eq!(host.redis("PING").await, "+PONG");
    redis.signal("STOP");
    for _ in 0..2 {
        let start = Instant::now();
        let answer = host.redis("PING").await;
        assert_ne!(answer, "+PONG");
        assert!(start.elapsed() < SOON, "{:?}: {answer}", start.elapsed());
    }
    redis.signal("CONT");
    eventually("Redis is found again", async || (host.redis("PING").await == "+PONG").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_binary_values_come_back_as_they_went() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    let value: String = (0..4 << 20).map(|number| char::from(b'a' + (number % 23) as u8)).collect();
    assert_eq!(host.redis(&format!("SET big {value}")).await, "+OK");
    assert!(host.redis("GET big").await == value);
}
