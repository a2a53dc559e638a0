//! A component with one route per thing that edge-host's tests look at. No router: a match on the
//! path, so that what is measured is the host.
//!
//! Values travel in the query string (`?key=…&value=…`), undecoded.

use std::{cell::RefCell, collections::HashMap, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt;
use spin_sdk::{
    http::{BoxBody, EmptyBody, FullBody, Request, Response, body, box_body},
    http_service,
    redis::{Connection, RedisParameter, RedisResult},
};

thread_local! {
    /// Requests that this instance has served: shows reuse.
    static SERVED: RefCell<u32> = const { RefCell::new(0) };
    /// What /hog has taken, kept for the life of the instance.
    static HOARD: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

#[http_service]
async fn handle(request: Request) -> anyhow::Result<Response<BoxBody>> {
    SERVED.with_borrow_mut(|served| *served += 1);
    let query = query(&request);
    let path = request.uri().path().to_owned();
    match path.trim_start_matches("/guest") {
        "/echo" => echo(request).await,
        "/count" => count(request).await,
        "/headers" => headers(&request),
        "/served" => text(SERVED.with_borrow(|served| served.to_string())),
        "/variable" => text(match spin_sdk::variables::get(&query["name"]).await {
            Ok(value) => value,
            Err(error) => format!("error: {error:?}"),
        }),
        "/redis" => redis(request, &query).await,
        "/redis-typed" => redis_typed().await,
        "/redis-both" => redis_both(&query).await,
        "/sse" => sse(&query),
        "/spin" => loop {
            std::hint::black_box(0);
        },
        "/sleep" => {
            spin_sdk::time::sleep(Duration::from_millis(query["ms"].parse()?)).await;
            text("slept".into())
        }
        "/hog" => hog(query["mib"].parse()?),
        "/panic" => panic!("the guest gave up: secret-detail"),
        "/fail" => anyhow::bail!("the guest returned an error: secret-detail"),
        "/print" => {
            println!("a line on stdout");
            eprintln!("a line on stderr");
            text("printed".into())
        }
        "/fetch" => fetch(&query["url"]).await,
        "/status" => {
            Ok(Response::builder().status(query["code"].parse::<u16>()?).body(box_body(EmptyBody::new()))?)
        }
        _ => Ok(Response::builder()
            .status(404)
            .body(box_body(FullBody::new(Bytes::from("no such route in the guest"))))?),
    }
}

fn query(request: &Request) -> HashMap<String, String> {
    request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn text(text: String) -> anyhow::Result<Response<BoxBody>> {
    Ok(Response::new(box_body(FullBody::new(Bytes::from(text)))))
}

async fn echo(request: Request) -> anyhow::Result<Response<BoxBody>> {
    let bytes = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(box_body(FullBody::new(bytes))))
}

/// Counts the body's bytes without keeping them.
async fn count(request: Request) -> anyhow::Result<Response<BoxBody>> {
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes += data.len();
        }
    }
    text(bytes.to_string())
}

/// The request's headers, one `name: value` a line, then the URI that the guest sees.
fn headers(request: &Request) -> anyhow::Result<Response<BoxBody>> {
    let mut lines: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines.push(format!("uri: {}", request.uri()));
    text(lines.join("\n"))
}

async fn open(query: &HashMap<String, String>) -> anyhow::Result<Connection> {
    let address = match query.get("address") {
        Some(address) => address.clone(),
        None => spin_sdk::variables::get("redis_url").await.map_err(|e| anyhow::anyhow!("{e:?}"))?,
    };
    Connection::open(address).await.map_err(|e| anyhow::anyhow!("{e:?}"))
}

/// Runs the commands of the body, one a line, words parted by spaces, on one connection; answers
/// one line each. A word `$body` stands for nothing special: values with spaces are not needed here.
async fn redis(request: Request, query: &HashMap<String, String>) -> anyhow::Result<Response<BoxBody>> {
    let commands = request.into_body().collect().await?.to_bytes();
    let connection = match open(query).await {
        Ok(connection) => connection,
        Err(error) => return text(format!("open: {error}")),
    };
    let mut answers = Vec::new();
    for line in String::from_utf8(commands.to_vec())?.lines() {
        answers.push(run(&connection, line).await);
    }
    text(answers.join("\n"))
}

async fn run(connection: &Connection, line: &str) -> String {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let arguments: Vec<_> = words.map(|word| RedisParameter::Binary(word.as_bytes().to_vec())).collect();
    match connection.execute(name, arguments).await {
        Ok(values) => values.iter().map(show).collect::<Vec<_>>().join(","),
        Err(error) => format!("{error:?}"),
    }
}

fn show(value: &RedisResult) -> String {
    match value {
        RedisResult::Nil => "nil".into(),
        RedisResult::Status(status) => format!("+{status}"),
        RedisResult::Int64(number) => number.to_string(),
        RedisResult::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Every typed function of the interface once.
async fn redis_typed() -> anyhow::Result<Response<BoxBody>> {
    let connection = open(&HashMap::new()).await?;
    let strings = |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
    let mut out = Vec::new();
    out.push(format!("{:?}", connection.set("typed:k", &b"\x00\xff".to_vec()).await));
    out.push(format!("{:?}", connection.get("typed:k").await));
    out.push(format!("{:?}", connection.get("typed:absent").await));
    out.push(format!("{:?}", connection.incr("typed:n").await));
    out.push(format!("{:?}", connection.incr("typed:k").await));
    out.push(format!("{:?}", connection.sadd("typed:s", strings(&["a", "b"])).await));
    out.push(format!("{:?}", connection.sadd("typed:k", strings(&["a"])).await));
    let mut members = connection.smembers("typed:s").await.unwrap_or_default();
    members.sort();
    out.push(format!("{members:?}"));
    out.push(format!("{:?}", connection.srem("typed:s", strings(&["a", "x"])).await));
    out.push(format!("{:?}", connection.del(strings(&["typed:k", "typed:n", "typed:s"])).await));
    out.push(format!("{:?}", connection.publish("typed:channel", &b"hello".to_vec()).await));
    text(out.join("\n"))
}

/// A blocking read on one connection, while another serves `PING`: answers how the two ended.
async fn redis_both(query: &HashMap<String, String>) -> anyhow::Result<Response<BoxBody>> {
    let waiting = open(query).await?;
    let quick = open(query).await?;
    let blocked = format!("BLPOP {} {}", query["key"], query["seconds"]);
    let (tx, body) = body::stream::<String>();
    spin_sdk::wasip3::spawn(async move {
        let mut tx = tx;
        let answer = run(&quick, "PING").await;
        let _ = futures_send(&mut tx, format!("quick {answer}\n")).await;
        let answer = run(&waiting, &blocked).await;
        let _ = futures_send(&mut tx, format!("waited {answer}\n")).await;
    });
    Ok(Response::new(box_body(body)))
}

/// Sends `count` events, `ms` apart (no end without `count`). With `key`, sets it in Redis once the
/// client is gone.
fn sse(query: &HashMap<String, String>) -> anyhow::Result<Response<BoxBody>> {
    let count: u64 = query.get("count").map_or(Ok(u64::MAX), |count| count.parse())?;
    let pause = Duration::from_millis(query["ms"].parse()?);
    let gone = query.get("key").cloned();
    let (mut tx, body) = body::stream::<String>();
    spin_sdk::wasip3::spawn(async move {
        for number in 0..count {
            if futures_send(&mut tx, format!("data: {number}\n\n")).await.is_err() {
                if let (Some(key), Ok(connection)) = (gone, open(&HashMap::new()).await) {
                    let _ = connection.set(&key, &number.to_string().into_bytes()).await;
                }
                return;
            }
            spin_sdk::time::sleep(pause).await;
        }
    });
    Ok(Response::builder().header("content-type", "text/event-stream").body(box_body(body))?)
}

async fn futures_send(
    tx: &mut futures_channel::mpsc::Sender<String>,
    item: String,
) -> Result<(), futures_channel::mpsc::SendError> {
    std::future::poll_fn(|cx| tx.poll_ready(cx)).await?;
    tx.start_send(item)
}

fn hog(mib: usize) -> anyhow::Result<Response<BoxBody>> {
    HOARD.with_borrow_mut(|hoard| {
        for _ in 0..mib {
            hoard.push(vec![1; 1024 * 1024]);
        }
    });
    text(format!("took {mib} MiB"))
}

async fn fetch(url: &str) -> anyhow::Result<Response<BoxBody>> {
    match spin_sdk::http::get(url).await {
        Ok(response) => {
            let status = response.status();
            let bytes = response.into_body().collect().await?.to_bytes();
            text(format!("{} {}", status.as_u16(), String::from_utf8_lossy(&bytes)))
        }
        Err(code) => text(format!("error: {code:?}")),
    }
}
