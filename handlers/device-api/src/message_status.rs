//! `GET /messages/{id}/status`: how far a message has come that one of the tenant's devices sent.

use edgewire_contract::event::MessageStatus;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::archive::Kept;
use edgewire_edge::bus::{Bus, together};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::render::rfc3339;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::device;
use crate::told::{Is, told};

/// How many devices are looked at at once.
const AT_ONCE: usize = 64;

/// Tells a message's status. A group's times are those of its first participant.
///
/// # Errors
/// 401, 403, 400; 404 for no message that a device of the token sent.
pub async fn message_status<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let mut checks = Checks::default();
    let named = call.query().parsed(device::DEVICE_ID, SessionId::parse, &mut checks);
    checks.finish()?;
    let none = || Fault::not_found("message");
    let id = MessageId::parse(&call.params[0]).map_err(|_| none())?;
    let devices = match named {
        Some(named) => vec![gateway.session(&caller, &named).await?.record.id],
        None => device::covered(gateway, &caller).await?,
    };
    let kept = sent(gateway, &devices, &id).await?.ok_or_else(none)?;
    Ok(tell(&id, &kept))
}

/// The message that one of `devices` sent.
async fn sent<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    devices: &[SessionId],
    id: &MessageId,
) -> Result<Option<Kept>, Problem> {
    let mut written = None;
    for some in devices.chunks(AT_ONCE) {
        let reads = some.iter().map(|device| gateway.bus.kept(device, std::slice::from_ref(id)));
        for read in together(reads).await {
            match read?.into_iter().next().flatten() {
                Some(kept) if kept.status.is_some() => return Ok(Some(kept)),
                // From the phone or another device: nobody here sent it.
                Some(kept) if kept.from_me => written = Some(kept),
                _ => {}
            }
        }
    }
    Ok(written)
}

fn tell(id: &MessageId, kept: &Kept) -> Reply {
    let status = match kept.status {
        None | Some(MessageStatus::Queued | MessageStatus::Sent) => "pending",
        Some(further) => further.as_str(),
    };
    let [_, delivered, read, played] = kept.reached.map(|at| at.map(rfc3339));
    let mut fields = vec![
        ("message_id", Is::Text(id.as_str())),
        ("chat_jid", Is::Text(kept.chat())),
        ("is_group", Is::Flag(kept.chat.ends_with("@g.us"))),
        ("status", Is::Text(status)),
        ("delivered_at", Is::maybe(delivered.as_deref())),
        ("read_at", Is::maybe(read.as_deref())),
        ("played_at", Is::maybe(played.as_deref())),
    ];
    if let Some(error) = &kept.error {
        fields.push(("error", Is::Text(&error.message)));
        fields.push(("error_code", Is::Text(error.code.device_api())));
        fields.extend(error.details.get("ack_error").map(|code| ("ack_error", Is::Json(code))));
    }
    told(200, &fields)
}
