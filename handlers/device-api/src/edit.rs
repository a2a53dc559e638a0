//! `PUT /messages/{id}`: replaces the text of a message that the device sent.

use edgewire_contract::content::{Content, Edit};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::moment::rfc3339;
use edgewire_contract::shape::{Record as _, optional, recipient, session_id, text};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::draft::{self, Asked, Draft};
use edgewire_edge::env::Env;
use edgewire_edge::known::{Known, Must};
use edgewire_edge::order;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::device::{self, Device};
use crate::sent;
use crate::told::{Is, told};

edgewire_contract::record! {
    /// A text in the place of another.
    pub struct Editing {
        /// The chat that the message stands in.
        pub to: Jid = recipient();
        /// The new text.
        pub message: String = text(1, 4096);
        /// The device that sent it. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

/// Replaces a text. WhatsApp takes edits for some 15 minutes.
///
/// # Errors
/// 401, 403; 404 for no such device, and for no text of its own of that id in that chat; 413, 400, 409, 422, 429, 504.
pub async fn edit<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let message_id = MessageId::parse(&call.params[0]).map_err(|_| Fault::not_found("message"))?;
    let (Device { session, checks }, call) = Device::of(gateway, &caller, call).await?;
    let device = session.clone();
    let mut message = String::new();
    let order = order::placed(gateway, call, &caller, session, checks, |body, checks| {
        let editing = draft::read(body, checks, Editing::read)?;
        device::same(&device, editing.device_id.as_ref())?;
        message.clone_from(&editing.message);
        let content = Content::Edit(Edit { message_id: message_id.clone(), text: editing.message });
        let known = Known { chat: editing.to.clone(), message_id: message_id.clone(), must: Must::BeOurText };
        Ok(Asked::message(Draft::new(editing.to, content).about(known)))
    })
    .await?;
    let done = sent::carry_out(gateway, order).await?;
    Ok(done.told(|outcome| {
        let timestamp = rfc3339(outcome.timestamp);
        let fields = [
            ("message_id", Is::Text(message_id.as_str())),
            ("timestamp", Is::Text(&timestamp)),
            ("message", Is::Text(&message)),
        ];
        told(200, &fields)
    }))
}
