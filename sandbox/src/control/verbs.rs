//! What contacts do to messages, over the control surface.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::Server;
use waproto::whatsapp as wa;
use waproto::whatsapp::message::event_response_message::EventResponseType;

use super::{Outcome, Query, Refusal, parse, phone_number};
use crate::phone::compose::Content;
use crate::phone::outbox;
use crate::phone::verbs::{self, Target};
use crate::server::Hub;
use crate::state::{Addr, World};

/// How long a pin lasts unless the call says otherwise: a week.
const PINNED: u32 = 604_800;

#[derive(Deserialize)]
struct Verb {
    id: String,
    message_id: Option<String>,
    addressing: Option<String>,
    #[serde(default)]
    encrypted: bool,
    emoji: Option<String>,
    options: Option<Vec<String>>,
    response: Option<String>,
    seconds: Option<u32>,
    #[serde(default)]
    undo: bool,
    #[serde(flatten)]
    content: Content,
}

/// `POST /admin/accounts/{phone}/{verb}`: react, vote, respond, edit, revoke, pin, keep, comment.
pub fn act(hub: &Hub, phone: &str, verb: &str, body: &Bytes) -> Outcome {
    let mut asked: Verb = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let mut world = hub.lock();
    let lid = match &asked.addressing {
        Some(addressing) => super::lid(Some(addressing))?,
        None => came_by_lid(&world, &phone, &asked.id),
    };
    let space = if lid { Server::Lid } else { Server::Pn };
    let target = verbs::target(&world, &Addr::new(&*phone, 0), &asked.id, space)?;
    let id = asked.message_id.take();
    let content = made(&mut world, &target, verb, asked)?;
    let outgoing = outbox::Outgoing { to: target.chat.to_string(), content, id, lid, ..Default::default() };
    let id = outbox::send_message(&mut world, &phone, outgoing)?;
    Ok(json!({ "message_id": id }))
}

fn came_by_lid(world: &World, phone: &str, id: &str) -> bool {
    let received = world.accounts.get(phone).map(|account| &account.virtual_phone.received);
    received.is_some_and(|all| all.iter().any(|m| m.id == id && m.addressing == "lid"))
}

fn made(world: &mut World, target: &Target, verb: &str, asked: Verb) -> Result<wa::Message, Refusal> {
    let now_ms = world.now() * 1000;
    let needed = |what: &str| Refusal::bad_request(format!("{what} is needed"));
    Ok(match verb {
        "react" => {
            let emoji = asked.emoji.ok_or_else(|| needed("emoji"))?;
            verbs::react(target, &emoji, now_ms, asked.encrypted)?
        }
        "vote" => verbs::vote(target, &asked.options.ok_or_else(|| needed("options"))?, now_ms)?,
        "respond" => {
            let response = match asked.response.as_deref() {
                Some("going") => EventResponseType::GOING,
                Some("not_going") => EventResponseType::NOT_GOING,
                Some("maybe") => EventResponseType::MAYBE,
                _ => return Err(Refusal::bad_request("response is going, not_going or maybe")),
            };
            verbs::respond(target, response, now_ms)?
        }
        "edit" => {
            let content = asked.content.compose(world)?;
            verbs::edit(target, content, now_ms)
        }
        "comment" => {
            let content = asked.content.compose(world)?;
            verbs::comment(target, content, asked.encrypted)?
        }
        "revoke" => verbs::revoke(target),
        "pin" => verbs::pin(target, (!asked.undo).then(|| asked.seconds.unwrap_or(PINNED)), now_ms),
        _ => verbs::keep(target, !asked.undo, now_ms),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    to: String,
    name: String,
    options: Vec<String>,
    #[serde(default)]
    selectable: u32,
    id: Option<String>,
    addressing: Option<String>,
}

/// `POST /admin/accounts/{phone}/poll`: `selectable` 0 = as many as one likes.
pub fn poll(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Poll { to, name, options, selectable, id, addressing } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let lid = super::lid(addressing.as_deref())?;
    let content = verbs::poll(name, options, selectable);
    let outgoing = outbox::Outgoing { to, content, id, lid, ..Default::default() };
    let id = outbox::send_message(&mut hub.lock(), &phone, outgoing)?;
    Ok(json!({ "message_id": id }))
}

/// `GET /admin/accounts/{phone}/votes?id=`: the votes in a poll that its phone knows, decrypted.
pub fn votes(hub: &Hub, phone: &str, query: &Query<'_>) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let id = query.get("id").ok_or_else(|| Refusal::bad_request("id is needed"))?;
    let world = hub.lock();
    let votes = verbs::votes(&world, &Addr::new(phone, 0), &id)?;
    let votes = votes.into_iter();
    Ok(Value::Array(
        votes
            .map(|(voter, options, at)| json!({ "voter": voter, "options": options, "timestamp": at }))
            .collect(),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disappear {
    to: String,
    seconds: u32,
    addressing: Option<String>,
}

/// `POST /admin/accounts/{phone}/disappear`: messages of a chat with one person disappear from now on; 0 = never.
pub fn disappear(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let Disappear { to, seconds, addressing } = parse(body)?;
    let phone = phone_number(hub, phone)?;
    let lid = super::lid(addressing.as_deref())?;
    let mut world = hub.lock();
    let content = verbs::disappear(seconds, world.now());
    let outgoing = outbox::Outgoing { to, content, id: None, lid, ..Default::default() };
    let id = outbox::send_message(&mut world, &phone, outgoing)?;
    Ok(json!({ "message_id": id }))
}
