//! `GET /api/v1/sessions/{session}/chats/{chat}/messages?limit=&cursor=&order=`: a chat's messages, the newest first.

use edgewire_contract::fault::{Fault, FieldFault};
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_edge::bus::Bus;
use edgewire_edge::bus::archive::Index;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::page::Page;
use edgewire_edge::{Call, Gateway, Problem, Reply, shown};
use serde_json::{Value, json};

/// Lists a chat's messages. A chat that nothing is kept of has none: whether there is such a chat, only WhatsApp knows.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn messages<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let session = crate::session(gateway, &call).await?;
    let mut checks = Checks::default();
    let chat = checks.take(named(&call.params[1]))?;
    let page = Page::read(&call.query(), &mut checks);
    checks.finish()?;
    let Some(chat) = chat else { return Err(Problem::internal("a path without a chat passed the checks")) };
    let bus = &gateway.bus;
    // It may go by another address than it is asked by.
    let other = bus.canonical(&session, &[chat.as_str()]).await?.into_iter().next().flatten();
    let index = Index::Chat(other.as_deref().unwrap_or(chat.as_str()));
    let read = async |from, part| bus.places(&session, index, page.order, from, part).await;
    let (places, next) = page.of(read).await?;
    let ids: Vec<MessageId> = places.iter().filter_map(|place| MessageId::parse(&place.name).ok()).collect();
    let kept = bus.kept(&session, &ids).await?;
    // What is over has left its place behind for a while.
    let data: Vec<Value> =
        ids.iter().zip(kept).filter_map(|(id, kept)| Some(shown::message(id, kept?))).collect();
    Ok(Reply::json(200, &json!({"data": data, "nextCursor": next})))
}

fn named(text: &str) -> Result<Jid, Fault> {
    Jid::parse_recipient(text).map_err(|bad| {
        let value = (text.len() <= 64).then(|| text.into());
        Fault::invalid(&[FieldFault { field: "path.chat".into(), message: bad.to_string(), value }])
    })
}
