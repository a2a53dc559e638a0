//! What is another's takes as long as what is nobody's: the same commands of Redis, which is what decides it, and the same
//! time, as far as a loop of a thousand can tell. Nobody sends anything here, so the world has no conn-host, and Redis hears
//! of nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use harness::{Organization, Reply, Session, World};
use serde_json::json;

use super::samples::NOWHERE;
use super::scene::text;

/// How often each is asked for.
const ASKED: usize = 1_000;
/// How often where commands are counted.
const COUNTED: u64 = 20;
/// What machines differ by that do other work, too: so much, and so much of a hundred.
const NOISE: (Duration, u32) = (Duration::from_micros(150), 15);
/// How often it is measured before it is believed.
const TRIES: usize = 3;
/// What connections say by themselves, and what we ask.
const BESIDE: [&str; 8] = ["info", "ping", "hello", "client", "cluster", "command", "select", "script"];
/// A logout is not waited for: nobody is there to do it.
const SYNC_TIMEOUT_MS: &str = "500";

/// What is another's, and what is nobody's, by the same route.
struct Pair {
    what: &'static str,
    anothers: String,
    nobodys: String,
}

pub async fn what_is_anothers_takes_as_long_as_nothing() {
    let world = World::builder().hosts(0).variable("sync_timeout_ms", SYNC_TIMEOUT_MS).build().await;
    let (us, them) = (world.organization("quillfeather"), world.organization("stranger"));
    let pairs = pairs(&us).await;
    for pair in &pairs {
        us.get(&pair.anothers).send().await.expect(200);
        let (one, other) = (ask(&them, &pair.anothers).await, ask(&them, &pair.nobodys).await);
        assert_eq!(one.text(), other.text(), "{}: the answers are one", pair.what);
        let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&one), names(&other), "{}: their headers, too", pair.what);
    }
    for pair in &pairs {
        let mut seen = Vec::new();
        while seen.len() < TRIES {
            let one = counted(&world, &them, &pair.anothers).await;
            let other = counted(&world, &them, &pair.nobodys).await;
            assert!(one.values().any(|calls| *calls >= COUNTED), "{}: Redis is asked: {one:?}", pair.what);
            let same = one == other;
            seen.push((one, other));
            // An instance of a component that begins meanwhile asks for more.
            if same {
                break;
            }
        }
        let (one, other) = &seen[seen.len() - 1];
        assert_eq!(one, other, "{}: the commands for what is another's, and for what is nobody's", pair.what);
    }
    for pair in &pairs {
        let mut seen = Vec::new();
        while seen.len() < TRIES {
            let (one, other) = measured(&them, pair).await;
            seen.push((one, other));
            if are_one(one, other) {
                break;
            }
        }
        let what = pair.what;
        xtask::say::say(format!("isolation: {what} of another, and of nobody: medians of {ASKED} {seen:?}"));
        let (one, other) = seen[seen.len() - 1];
        assert!(are_one(one, other), "{what}: the time tells it, each of {TRIES} times: {seen:?}");
    }
}

/// A session, an outbox entry and a webhook, each beside an id that nobody has.
async fn pairs(us: &Organization) -> [Pair; 3] {
    let session = Session { owner: us.clone(), id: "quillfeather-main".to_owned(), phone: String::new() };
    let wish = json!({ "id": session.id, "start": false });
    us.post("/api/v1/sessions").json(&wish).send().await.expect(201);
    let refused = us.post(&session.path("/logout")).send().await.expect_error(504, "timeout");
    let outbox = text(&refused["details"], "outboxId");
    let hook = json!({ "url": format!("{NOWHERE}/hook") });
    let hook = text(&us.post("/api/v1/webhooks").json(&hook).send().await.expect(201), "id");
    [
        ("a session", "sessions", session.id),
        ("an outbox entry", "outbox", outbox),
        ("a webhook", "webhooks", hook),
    ]
    .map(|(what, collection, id)| {
        let path = |id: &str| format!("/api/v1/{collection}/{id}");
        Pair { what, anothers: path(&id), nobodys: path(&another(&id)) }
    })
}

/// An id of the same form.
fn another(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { '1' } else { '0' })
}

async fn ask(them: &Organization, path: &str) -> Reply {
    let reply = them.get(path).send().await;
    reply.expect_error(404, "not_found");
    reply
}

/// How often each command was run while `path` was asked for.
async fn counted(world: &World, them: &Organization, path: &str) -> BTreeMap<String, u64> {
    let before = commands(world).await;
    for _ in 0..COUNTED {
        ask(them, path).await;
    }
    let mut now = commands(world).await;
    for (name, calls) in &mut now {
        *calls -= before.get(name).copied().unwrap_or_default();
    }
    now.retain(|_, calls| *calls > 0);
    now
}

/// How often each command was run so far, also by scripts.
async fn commands(world: &World) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for port in world.redis_ports() {
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("an address");
        let mut redis = client.get_multiplexed_async_connection().await.expect("Redis is there");
        let told: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut redis).await.expect("Redis answers");
        for line in told.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
            let (name, facts) = line.split_once(":calls=").expect("a command and its calls");
            let calls: u64 = facts.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number");
            if !BESIDE.contains(&name.split('|').next().unwrap_or_default()) {
                *all.entry(name.to_owned()).or_default() += calls;
            }
        }
    }
    all
}

/// The medians of both, asked for in turn.
async fn measured(them: &Organization, pair: &Pair) -> (Duration, Duration) {
    let (mut one, mut other) = (Vec::with_capacity(ASKED), Vec::with_capacity(ASKED));
    for n in 0..ASKED {
        // Neither always comes first.
        if n % 2 == 0 {
            one.push(took(them, &pair.anothers).await);
            other.push(took(them, &pair.nobodys).await);
        } else {
            other.push(took(them, &pair.nobodys).await);
            one.push(took(them, &pair.anothers).await);
        }
    }
    (median(one), median(other))
}

/// Whether nobody can tell them apart.
fn are_one(one: Duration, other: Duration) -> bool {
    let (fixed, percent) = NOISE;
    one.abs_diff(other) < fixed.max(one.min(other) * percent / 100)
}

async fn took(them: &Organization, path: &str) -> Duration {
    let begun = Instant::now();
    let reply = them.get(path).send().await;
    let took = begun.elapsed();
    assert_eq!(reply.status, 404, "{}", reply.text());
    took
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}
