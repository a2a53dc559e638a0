//! `GET /api/v1/sessions/{session}/scheduled?limit=&cursor=&order=`: the sends that wait for their time, the first ones
//! first; `DELETE /api/v1/outbox/{id}` takes one back.

use edgewire_contract::ids::CommandId;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::bus::archive::{Index, Order};
use edgewire_edge::bus::schedule::Scheduled;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::page::Page;
use edgewire_edge::{Call, Gateway, Problem, Reply, outbox};
use serde_json::{Value, json};

use crate::outbox::WHAT;
use crate::taking::SendResult;

/// Lists them.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn list<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let session = caller.session(&call.params[0])?;
    gateway.session(&caller, &session).await?;
    let mut checks = Checks::default();
    let page = Page::ordered(&call.query(), Order::Oldest, &mut checks);
    checks.finish()?;
    let bus = &gateway.bus;
    let read = async |from, part| bus.places(&session, Index::Scheduled, page.order, from, part).await;
    let (places, next) = page.of(read).await?;
    let ids: Vec<CommandId> = places.iter().filter_map(|place| CommandId::parse(&place.name).ok()).collect();
    let commands = bus.scheduled(&session, &ids).await?;
    let organization = caller.organization().as_str();
    let own = |command: &Scheduled| command.at("/organization").as_str() == Some(organization);
    let data: Vec<Value> = commands.iter().flatten().filter(|command| own(command)).map(told).collect();
    Ok(Reply::json(200, &json!({"data": data, "nextCursor": next})))
}

fn told(command: &Scheduled) -> Value {
    json!({
        "outboxId": command.at("/id"),
        "waMessageId": command.at("/body/message_id"),
        "to": command.at("/body/to"),
        "type": command.at("/body/content/type"),
        "sendAt": command.at("/body/send_at"),
        "acceptedAt": command.at("/issued_at"),
    })
}

/// Takes one back.
///
/// # Errors
/// 401, 403, 404; 409 for one that is on its way, or has ended.
pub async fn cancel<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let outcome = outbox::of(gateway, &caller, &call.params[0], WHAT).await?;
    let ended = outbox::cancel(gateway, &caller, outcome).await?;
    Ok(Reply::json(200, &SendResult::of(&ended, false)))
}
