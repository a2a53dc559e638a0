//! Waiting for the disk, on a stand-in for a Redis that knows `WAITAOF` (7.2): the one at hand may be older.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use edgewire_contract::script::Script;
use edgewire_store::{Redis, StoreError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long the stand-in's disk takes.
const DISK: Duration = Duration::from_millis(150);
const SCRIPT: Script = Script { name: "any", source: "return 1" };

/// Answers as Redis 7.2 does, as far as we ask; `synced` is what `WAITAOF` says of the local disk.
async fn stand_in(synced: u8) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}/", listener.local_addr().expect("its address"));
    let waits = Arc::new(AtomicUsize::new(0));
    let count = waits.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, synced, count.clone()));
        }
    });
    (url, waits)
}

async fn serve(socket: TcpStream, synced: u8, waits: Arc<AtomicUsize>) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let Some(command) = read_command(&mut socket).await? else { return Ok(()) };
        let answer = match command[0].to_ascii_uppercase().as_str() {
            "COMMAND" => "*1\r\n*1\r\n$7\r\nwaitaof\r\n".to_owned(),
            "INFO" => "$15\r\naof_enabled:1\r\n\r\n".to_owned(),
            "EVALSHA" => ":1\r\n".to_owned(),
            "HSET" => ":0\r\n".to_owned(),
            "WAITAOF" => {
                waits.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(DISK).await;
                format!("*2\r\n:{synced}\r\n:0\r\n")
            }
            _ => "+OK\r\n".to_owned(),
        };
        socket.get_mut().write_all(answer.as_bytes()).await?;
    }
}

async fn read_command(socket: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<String>>> {
    let mut line = String::new();
    if socket.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let parts: usize = line.trim_start_matches('*').trim().parse().expect("a count");
    let mut command = Vec::new();
    for _ in 0..parts {
        line.clear();
        socket.read_line(&mut line).await?;
        let length: usize = line.trim_start_matches('$').trim().parse().expect("a length");
        let mut part = vec![0; length + 2];
        socket.read_exact(&mut part).await?;
        command.push(String::from_utf8_lossy(&part[..length]).into_owned());
    }
    Ok(Some(command))
}

#[tokio::test]
async fn writes_of_one_moment_share_one_wait() {
    let (url, waits) = stand_in(1).await;
    let redis = Redis::connect(url).await.unwrap();
    assert!(redis.waits_for_disk());
    let started = Instant::now();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let redis = redis.clone();
            tokio::spawn(async move { redis.run_durable(&SCRIPT, &[], &["x"]).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), redis::Value::Int(1));
    }
    assert!(started.elapsed() >= DISK, "nobody returned early");
    assert!((1..=3).contains(&waits.load(Ordering::SeqCst)), "{waits:?}");
    // What does not wait for the disk does not wait for those that do.
    let slow = tokio::spawn({
        let redis = redis.clone();
        async move { redis.settle("ew1:layout").await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let started = Instant::now();
    redis.run(&SCRIPT, &[], &["x"]).await.unwrap();
    assert!(started.elapsed() < DISK / 2);
    slow.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_disk_that_does_not_keep_up_is_an_error() {
    let (url, waits) = stand_in(0).await;
    let redis = Redis::connect(url).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(redis.run_durable(&SCRIPT, &[], &["x"]).await, Err(StoreError::Unavailable(_))));
    }
    assert_eq!(waits.load(Ordering::SeqCst), 2);
}
