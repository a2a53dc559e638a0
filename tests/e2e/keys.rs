//! Every key in Redis is one of the table in `contract/src/keys/mod.rs`, of the type that it says; and what is to end by its
//! TTL has one.

use std::sync::Arc;

use harness::{Session, WebhookSink, World};
use redis::AsyncCommands as _;

use crate::forget::fill;

/// A row of the table.
struct Row {
    /// The key's parts between colons; one in angle brackets is anything.
    parts: Vec<String>,
    kind: &'static str,
    /// What it ends by.
    end: String,
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let mut cells = line.strip_prefix("//! | `ew1:")?.split(" | ");
        let key = cells.next()?.strip_suffix('`')?;
        let kind = match cells.next()? {
            "hash" => "hash",
            "set" => "set",
            "sorted set" => "zset",
            "stream" => "stream",
            "list" => "list",
            "string" | "string (JSON)" => "string",
            other => panic!("{line}: there is no type {other}"),
        };
        let parts = split(key).into_iter().map(str::to_owned).collect();
        Some(Self { parts, kind, end: cells.next()?.trim_end_matches(" |").to_owned() })
    }

    /// Whether it is the row of `key`. The last part of a key may have colons in it.
    fn fits(&self, key: &str) -> bool {
        let Some(parts) = key.strip_prefix("ew1:").map(split) else { return false };
        let (count, last) = (self.parts.len(), self.parts.last());
        if parts.len() < count || (parts.len() > count && !last.is_some_and(|last| last.starts_with('<'))) {
            return false;
        }
        self.parts.iter().zip(parts).all(|(pattern, part)| match pattern.as_str() {
            "{s17}" => part.strip_prefix("{s").and_then(|it| it.strip_suffix('}')).is_some_and(is_number),
            "{o:acme}" => part.starts_with("{o:") && part.ends_with('}'),
            "{r:<instance>}" => part.starts_with("{r:") && part.ends_with('}'),
            pattern if pattern.starts_with('<') => !part.is_empty(),
            pattern => pattern == part,
        })
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// The parts of a key: its hash tag, which may have a colon, is one of them.
fn split(key: &str) -> Vec<&str> {
    let (tag, rest) = match key.find('}') {
        Some(end) if key.starts_with('{') => key.split_at(end + 1),
        _ => ("", key),
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).split(':');
    if tag.is_empty() { rest.collect() } else { std::iter::once(tag).chain(rest).collect() }
}

/// Mutation tried: an outcome without an end (`complete.lua`).
pub async fn every_key_is_in_the_table(world: Arc<World>) {
    let us = world.organization("keys");
    let session = Session::pair(&us).await;
    let sink = WebhookSink::open().await;
    fill(&us, &session, &sink).await;
    // And whatever the other stories have left so far.
    all_are_in_the_table(&world).await;
}

/// Looks at all keys that there are.
pub async fn all_are_in_the_table(world: &World) {
    let table: Vec<Row> =
        include_str!("../../contract/src/keys/mod.rs").lines().filter_map(Row::read).collect();
    assert!(table.len() > 40, "{} rows", table.len());
    let mut redis = world.redis().await;
    let keys: Vec<String> = redis.keys("*").await.expect("keys");
    let mut strangers = Vec::new();
    for key in &keys {
        let kind: String = redis.key_type(key).await.expect("a type");
        let ttl: i64 = redis.ttl(key).await.expect("a TTL");
        if ttl == -2 {
            // Gone meanwhile.
            continue;
        }
        let rows: Vec<&Row> = table.iter().filter(|row| row.fits(key)).collect();
        match rows.as_slice() {
            [] => strangers.push(format!("{key} is in no row")),
            rows if rows.iter().all(|row| row.kind != kind) => strangers.push(format!("{key} is a {kind}")),
            rows if rows.iter().all(|row| row.end.starts_with("TTL")) && ttl < 0 => {
                strangers.push(format!("{key} never ends: {}", rows[0].end));
            }
            _ => {}
        }
    }
    assert!(strangers.is_empty(), "of {} keys: {strangers:#?}", keys.len());
}
