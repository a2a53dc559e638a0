//! `GET /messages/{id}/status`: how far a message has come that one of the tenant's devices sent.

use edgewire_contract::event::MessageStatus;
use edgewire_contract::ids::MessageId;
use edgewire_contract::moment::rfc3339;
use edgewire_edge::bus::Bus;
use edgewire_edge::bus::archive::Kept;
use edgewire_edge::env::Env;
use edgewire_edge::sought::{Fit, in_devices};
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::told::{Is, told};

/// Tells a message's status. A group's times are those of its first participant.
///
/// # Errors
/// 401, 403, 400; 404 for no message that a device of the token sent.
pub async fn message_status<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let sought = in_devices(gateway, &call, sent).await?;
    Ok(tell(&sought.id, &sought.kept))
}

fn sent(kept: &Kept) -> Fit {
    match kept.status {
        Some(_) => Fit::Well,
        // From the phone or another device: nobody here sent it.
        None if kept.from_me => Fit::Poorly,
        None => Fit::Not,
    }
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
