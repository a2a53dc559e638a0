//! What must be known of a message before something is done to it: asked of what the gateway keeps, before the command is
//! admitted.

use edgewire_contract::fault::{Fault, FieldFault};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::{Jid, JidKind};

use crate::auth::Caller;
use crate::bus::{Bus, MessageView};
use crate::env::Env;
use crate::{Gateway, Problem};

/// A message that must be known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The chat that it stands in.
    pub chat: Jid,
    /// Which.
    pub message_id: MessageId,
    /// What it must be.
    pub must: Must,
}

/// What a message must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// One of the session's own.
    BeOurs,
    /// A text of the session's own.
    BeOurText,
    /// One whose contents are kept.
    BeKept,
    /// A poll.
    BePoll,
}

impl Known {
    /// Looks whether it is so.
    ///
    /// # Errors
    /// 404 for no session of the caller's; 404 for no such message in that chat; 400 for one of another kind.
    pub async fn check<B: Bus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        caller: &Caller,
        session: &SessionId,
    ) -> Result<(), Problem> {
        // First of all: nobody learns what is kept in others' sessions.
        gateway.session(caller, session).await?;
        let view = gateway.bus.message(session, &self.message_id).await?;
        Ok(self.allows(view.as_ref())?)
    }

    fn allows(&self, view: Option<&MessageView>) -> Result<(), Fault> {
        let view = view.filter(|view| may_be(&view.chat, &self.chat));
        let view = view.ok_or_else(|| Fault::not_found("message"))?;
        let is = |kind: &str| view.kind.as_deref().is_none_or(|known| known == kind);
        match self.must {
            Must::BeOurs | Must::BeOurText if !view.from_me => {
                Err(Fault::not_found("message of this session's own"))
            }
            Must::BeOurText if !is("text") => Err(bad("is no text: only texts can be edited", view)),
            Must::BeKept if !view.has_body => Err(Fault::not_found("message with its contents")),
            Must::BePoll if !is("poll") => Err(bad("is no poll", view)),
            _ => Ok(()),
        }
    }
}

/// Whether two addresses may be of one chat: a person has two, a phone number and a LID.
fn may_be(one: &Jid, other: &Jid) -> bool {
    let person = |jid: &Jid| matches!(jid.kind(), JidKind::Phone | JidKind::Lid);
    one == other || (one.kind() != other.kind() && person(one) && person(other))
}

fn bad(message: &str, view: &MessageView) -> Fault {
    let value = view.kind.as_deref().map(Into::into);
    Fault::invalid(&[FieldFault { field: "mid".into(), message: message.into(), value }])
}

#[cfg(test)]
mod tests {
    use edgewire_contract::fault::FaultCode;

    use super::*;

    #[test]
    fn a_person_has_two_addresses() {
        let jid = |text: &str| Jid::parse_recipient(text).unwrap();
        for (one, other, may) in [
            ("628111111111", "628111111111@s.whatsapp.net", true),
            ("628111111111", "1@lid", true),
            ("1@lid", "628111111111", true),
            ("628111111111", "628222222222", false),
            ("1@lid", "2@lid", false),
            ("1@g.us", "1@lid", false),
            ("1@g.us", "1@newsletter", false),
        ] {
            assert_eq!(may_be(&jid(one), &jid(other)), may, "{one} {other}");
        }
    }

    #[test]
    fn each_must_holds() {
        let view = |from_me, kind: Option<&str>, has_body| {
            let chat = Jid::parse_recipient("1@g.us").unwrap();
            MessageView { chat, from_me, kind: kind.map(str::to_owned), sender: None, at: None, has_body }
        };
        let verdict = |must, view: MessageView| {
            let known = Known { chat: view.chat.clone(), message_id: MessageId::parse("A").unwrap(), must };
            known.allows(Some(&view)).map_err(|fault| fault.code)
        };
        let (gone, wrong) = (Err(FaultCode::NotFound), Err(FaultCode::ValidationError));
        for (must, from_me, kind, has_body, expected) in [
            (Must::BeOurs, true, Some("image"), false, Ok(())),
            (Must::BeOurs, false, Some("text"), true, gone),
            (Must::BeOurText, true, Some("text"), false, Ok(())),
            (Must::BeOurText, true, None, false, Ok(())),
            (Must::BeOurText, true, Some("image"), false, wrong),
            (Must::BeOurText, false, Some("image"), true, gone),
            (Must::BeKept, false, Some("image"), true, Ok(())),
            (Must::BeKept, true, Some("image"), false, gone),
            (Must::BePoll, false, Some("poll"), false, Ok(())),
            (Must::BePoll, false, None, false, Ok(())),
            (Must::BePoll, true, Some("text"), true, wrong),
        ] {
            assert_eq!(verdict(must, view(from_me, kind, has_body)), expected, "{must:?} {from_me} {kind:?}");
        }
    }
}
