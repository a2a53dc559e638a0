//! A chat's past over the control surface: what an account's phone has from before.

use buffa::Message;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::{messages, notices};
use crate::phone::compose::{self, Content};
use crate::phone::{history, outbox};
use crate::server::Hub;
use crate::state::blob::Blob;
use crate::state::history::Past;
use crate::state::{Addr, World};

/// Seconds between two messages that are made up.
const STEP: i64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    chat: Option<String>,
    #[serde(default)]
    messages: Vec<Line>,
    generate: Option<usize>,
    chunk: Option<usize>,
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    from: Option<String>,
    #[serde(default)]
    from_me: bool,
    timestamp: Option<i64>,
    #[serde(flatten)]
    content: Content,
}

/// `POST /admin/accounts/{phone}/history`: puts messages into a chat's past; `generate` makes up so many texts.
///
/// Without a timestamp a message is a minute older than the one after it, and the last of the call a day old. `chunk` is
/// how many messages go into one piece of a history sync from now on.
pub fn seed(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Seed { chat, messages: lines, generate, chunk } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let authors: Vec<Option<String>> = lines
        .iter()
        .map(|line| line.from.as_ref().map(|from| phone_number(hub, from)).transpose())
        .collect::<Result<_, _>>()?;
    let mut world = hub.lock();
    if let Some(account) = world.accounts.get_mut(&phone) {
        account.history_chunk = chunk.unwrap_or(account.history_chunk).max(1);
    }
    let Some(chat) = chat else {
        return match lines.is_empty() && generate.is_none() {
            true => Ok(json!({ "chunk": chunk })),
            false => Err(Refusal::bad_request("chat is needed")),
        };
    };
    let chat = messages::chat_of(&world, &outbox::parse_target(&chat)?);
    let count = lines.len() + generate.unwrap_or_default();
    let yesterday = world.now() - 86_400;
    let time = |at: usize| yesterday - STEP * i64::try_from(count - at - 1).unwrap_or_default();
    let mut past = Vec::new();
    for at in 0..generate.unwrap_or_default() {
        let from_me = at % 2 == 1;
        let content = compose::text(format!("old message {}", at + 1)).encode_to_vec();
        let author = if from_me || chat.contains('@') { phone.clone() } else { chat.clone() };
        let from_me = author == phone;
        let id = outbox::fresh_id();
        past.push(Past {
            id,
            chat: chat.clone(),
            author,
            from_me,
            timestamp: time(at),
            content: Blob(content),
        });
    }
    for (line, author) in lines.into_iter().zip(authors) {
        let Line { id, from_me, timestamp, content, .. } = line;
        let author = match author {
            Some(author) => author,
            None if from_me || chat.contains('@') => phone.clone(),
            None => chat.clone(),
        };
        past.push(Past {
            id: id.unwrap_or_else(outbox::fresh_id),
            chat: chat.clone(),
            from_me: author == phone,
            author,
            timestamp: timestamp.unwrap_or_else(|| time(past.len())),
            content: Blob(content.compose(&mut world)?.encode_to_vec()),
        });
    }
    let added: Vec<Value> = past.iter().map(describe).collect();
    if let Some(account) = world.accounts.get_mut(&phone) {
        account.history.extend(past);
    }
    world.touch();
    Ok(json!({ "chat": chat, "messages": added }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sync {
    kind: history::Kind,
    device: Option<u16>,
}

/// `POST /admin/accounts/{phone}/history/sync`: the phone sends its clients, or one of them, all that it remembers.
pub fn sync(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Sync { kind, device } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let mut world = hub.lock();
    let clients = notices::own(&world, &phone).into_iter();
    let clients: Vec<Addr> = clients.filter(|client| device.is_none_or(|id| client.device == id)).collect();
    let mut pieces = 0;
    for client in &clients {
        pieces = history::sync(&mut world, client, kind)?;
    }
    Ok(json!({ "clients": clients.len(), "pieces": pieces }))
}

/// `GET /admin/accounts/{phone}/history`: everything its phone has, oldest first.
pub fn list(hub: &Hub, phone: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let world: &World = &hub.lock();
    Ok(Value::Array(history::all(world, &Addr::new(phone, 0)).iter().map(describe).collect()))
}

fn describe(past: &Past) -> Value {
    json!({
        "id": past.id,
        "chat": past.chat,
        "from": past.author,
        "from_me": past.from_me,
        "timestamp": past.timestamp,
    })
}
