//! `GET /api/v1/sessions/{session}/chats?limit=&cursor=&order=`: the chats by their last message, the newest first.

use edgewire_contract::event::Party;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::{Jid, JidKind};
use edgewire_edge::bus::Bus;
use edgewire_edge::bus::archive::{ChatFacts, Index, Kept, Place};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::page::Page;
use edgewire_edge::{Call, Gateway, Problem, Reply, shown};
use serde_json::{Value, json};

/// Lists chats.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn list<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let session = crate::session(gateway, &call).await?;
    let mut checks = Checks::default();
    let page = Page::read(&call.query(), &mut checks);
    checks.finish()?;
    let bus = &gateway.bus;
    let read = async |from, part| bus.places(&session, Index::Chats, page.order, from, part).await;
    let (places, next) = page.of(read).await?;
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    let facts = bus.chats(&session, &names).await?;
    let last: Vec<MessageId> = facts.iter().filter_map(|facts| facts.last.clone()).collect();
    let mut messages = bus.kept(&session, &last).await?.into_iter();
    let chats = places.iter().zip(facts);
    let data: Vec<Value> = chats
        .map(|(place, facts)| {
            let last = facts.last.clone().and_then(|id| Some((id, messages.next()??)));
            chat(place, facts, last)
        })
        .collect();
    Ok(Reply::json(200, &json!({"data": data, "nextCursor": next})))
}

/// What a chat is.
fn kind(chat: &str) -> &'static str {
    match Jid::parse_recipient(chat).map(|jid| jid.kind()) {
        Ok(JidKind::Group) => "group",
        Ok(JidKind::Newsletter) => "newsletter",
        Ok(JidKind::Status) => "status",
        Ok(JidKind::Phone | JidKind::Lid) => "user",
        // A broadcast list's, a bot's.
        Err(_) => "other",
    }
}

fn chat(place: &Place, facts: ChatFacts, last: Option<(MessageId, Kept)>) -> Value {
    let party = Party::of(&place.name, facts.lid.as_deref());
    json!({
        "chat": place.name,
        "phone": facts.phone.or(party.phone),
        "lid": party.lid,
        "kind": kind(&place.name),
        "name": facts.name,
        "lastAt": place.at,
        "unread": facts.unread,
        "archived": facts.archived,
        "lastMessage": last.map(|(id, kept)| shown::message(&id, kept)),
    })
}
