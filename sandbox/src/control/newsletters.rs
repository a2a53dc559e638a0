//! Newsletters over the control surface: made, written and reacted to by contacts.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore::send::{media_type_from_message, stanza_type_from_message};
use wacore_binary::Jid;
use waproto::whatsapp as wa;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::newsletters::{manage, posts};
use crate::phone::compose::Content;
use crate::server::Hub;
use crate::state::Addr;
use crate::state::blob::Blob;
use crate::state::newsletter::{Newsletter, Post};

/// A newsletter as the control surface shows it.
pub fn describe(newsletter: &Newsletter) -> Value {
    json!({
        "jid": newsletter.jid().to_string(),
        "name": newsletter.name,
        "description": newsletter.description,
        "invite": newsletter.invite,
        "roles": newsletter.roles,
        "invited": newsletter.invited,
        "muted": newsletter.muted,
        "messages": newsletter.messages.len(),
    })
}

fn describe_post(post: &Post) -> Value {
    let message = wa::Message::decode_from_slice(post.content.0.as_slice()).unwrap_or_default();
    json!({
        "id": post.id,
        "server_id": post.server_id,
        "timestamp": post.time,
        "author": post.author,
        "type": post.kind,
        "mediatype": post.media_type,
        "edited": post.edited,
        "revoked": post.revoked,
        "reactions": post.reactions,
        "reaction_counts": post.reaction_counts(),
        "message": serde_json::to_value(&message).unwrap_or_default(),
        "base64": BASE64_STANDARD.encode(&post.content.0),
    })
}

/// `GET /admin/newsletters`.
pub fn list(hub: &Hub) -> Outcome {
    Ok(Value::Array(hub.lock().newsletters.values().map(describe).collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    owner: String,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    followers: Vec<String>,
}

/// `POST /admin/newsletters`.
pub fn create(hub: &Hub, body: &Bytes) -> Outcome {
    let Create { owner, name, description, followers } = parse(body)?;
    let owner = phone_number(hub, &owner)?;
    let followers = followers.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>()?;
    let mut world = hub.lock();
    let id = manage::make(&mut world, &owner, &name, &description);
    for follower in followers {
        manage::follow(&mut world, &follower, &id);
    }
    world.newsletters.get(&id).map(describe).ok_or_else(unknown)
}

/// `GET /admin/newsletters/{jid}`.
pub fn get(hub: &Hub, jid: &str) -> Outcome {
    let id = id_of(jid)?;
    hub.lock().newsletters.get(&id).map(describe).ok_or_else(unknown)
}

/// `GET /admin/newsletters/{jid}/messages`: oldest first, with reactions.
pub fn messages(hub: &Hub, jid: &str) -> Outcome {
    let id = id_of(jid)?;
    let world = hub.lock();
    let newsletter = world.newsletters.get(&id).ok_or_else(unknown)?;
    Ok(Value::Array(newsletter.messages.iter().map(describe_post).collect()))
}

#[derive(Deserialize)]
struct Publish {
    by: Option<String>,
    id: Option<String>,
    #[serde(flatten)]
    content: Content,
}

/// `POST /admin/newsletters/{jid}/messages`: `by` is the owner or an admin, the owner when absent.
pub fn publish(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let Publish { by, id: message_id, content } = parse(body)?;
    let by = by.map(|by| phone_number(hub, &by)).transpose()?;
    let id = id_of(jid)?;
    let mut world = hub.lock();
    let newsletter = world.newsletters.get(&id).ok_or_else(unknown)?;
    let owner = newsletter.roles.iter().find(|(_, role)| role.wire() == "owner").map(|(phone, _)| phone);
    let by = by.or_else(|| owner.cloned()).ok_or_else(unknown)?;
    if !newsletter.may_publish(&by) {
        return Err(Refusal::bad_request("only the owner and admins publish"));
    }
    let chat = newsletter.jid().to_string();
    let content = content.compose_public(&mut world)?;
    let author = Addr::new(&*by, 0);
    let message_id =
        message_id.unwrap_or_else(|| format!("3EB0{}", hex::encode_upper(rand::random::<[u8; 9]>())));
    world.relay.see(&author, &chat, &message_id);
    let post = Post {
        id: message_id.clone(),
        server_id: 0,
        time: world.now(),
        author: by,
        kind: stanza_type_from_message(&content).to_owned(),
        media_type: media_type_from_message(&content).map(str::to_owned),
        content: Blob(content.encode_to_vec()),
        edited: None,
        revoked: false,
        reactions: Default::default(),
    };
    let server_id = posts::publish(&mut world, &author, &id, post);
    Ok(json!({ "message_id": message_id, "server_id": server_id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct React {
    by: String,
    server_id: u64,
    code: String,
}

/// `POST /admin/newsletters/{jid}/reactions`: an empty code takes the reaction away. Who was no follower becomes one.
pub fn react(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let React { by, server_id, code } = parse(body)?;
    let (id, by) = (id_of(jid)?, phone_number(hub, &by)?);
    let mut world = hub.lock();
    manage::follow(&mut world, &by, &id).ok_or_else(unknown)?;
    posts::react(&mut world, &by, &id, server_id, &code)
        .map_err(|_| Refusal::not_found("no such message"))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    phone: String,
}

/// `POST /admin/newsletters/{jid}/followers`.
pub fn follow(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let Follow { phone } = parse(body)?;
    let (id, phone) = (id_of(jid)?, phone_number(hub, &phone)?);
    let mut world = hub.lock();
    manage::follow(&mut world, &phone, &id).ok_or_else(unknown)?;
    world.newsletters.get(&id).map(describe).ok_or_else(unknown)
}

fn id_of(jid: &str) -> Result<String, Refusal> {
    let jid = jid.replace("%40", "@").parse::<Jid>();
    jid.map(|jid| jid.user.to_string()).map_err(|_| Refusal::bad_request("not a newsletter address"))
}

fn unknown() -> Refusal {
    Refusal::not_found("no such newsletter")
}
