//! `GET /api/v1/sessions/{session}/messages/{mid}?chat=`: what is kept of a message, sent or received, and how far it has
//! come.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply, shown};
use serde_json::json;

/// Shows a message.
///
/// # Errors
/// 401, 403, 400; 404 for no such session, and for no such message, or one of another chat.
pub async fn get<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let session = caller.session(&call.params[0])?;
    let mut checks = Checks::default();
    let chat = call.query().parsed("chat", Jid::parse_recipient, &mut checks);
    checks.finish()?;
    gateway.session(&caller, &session).await?;
    let none = || Fault::not_found("message");
    let mid = MessageId::parse(&call.params[1]).map_err(|_| none())?;
    let kept = gateway.bus.kept_one(&session, &mid).await?.ok_or_else(none)?;
    if let Some(chat) = chat
        && !kept.is_in(chat.as_str())
    {
        // One of the two may be a LID where the other is a phone number.
        let (asked, own) = (chat.as_str(), kept.chat());
        let known = gateway.bus.canonical(&session, &[asked, own]).await?;
        let goes_by = |n: usize| known.get(n).and_then(Option::as_deref);
        if goes_by(0).unwrap_or(asked) != goes_by(1).unwrap_or(own) {
            return Err(none().into());
        }
    }
    Ok(Reply::json(200, &json!({"message": shown::message(&mid, kept)})))
}
