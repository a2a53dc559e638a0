//! `GET /api/v1/sessions/{session}/messages/{mid}/media`: the file of a message that was sent or received.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::MessageId;
use edgewire_edge::asking::LOOK;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::received::{Given, file};
use edgewire_edge::sought::Sought;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

/// Gives the file; or 202, when its sender had to be asked for it again: then a later call gives it.
///
/// # Errors
/// 401, 403; 404 for no message with a file; 409 for a session that is not connected, when the file is not in the cache;
/// what WhatsApp says; 504.
pub async fn received<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, LOOK).await?;
    let session = caller.session(&call.params[0])?;
    let session = gateway.session(&caller, &session).await?.record.id;
    let id = MessageId::parse(&call.params[1]).map_err(|_| Fault::not_found("message"))?;
    let kept = gateway.bus.kept_one(&session, &id).await?.ok_or_else(|| Fault::not_found("message"))?;
    let sought = Sought { caller, session, id, kept };
    Ok(match file(gateway, &call, &sought).await? {
        Given::Reply(reply) => reply,
        Given::RetryRequested => {
            Reply::json(202, &json!({"status": "retry_requested", "messageId": sought.id.as_str()}))
        }
    })
}
