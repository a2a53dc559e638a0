//! What a live action gives, or why not.

use edgewire_contract::command::Live;
use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::ids::RequestId;
use tracing::{debug, warn};

use super::complete::Ending;
use crate::wire::{AskError, Wire};

/// So many digits in a row may be somebody's number: they are not logged. Codes are shorter.
const TELLING_DIGITS: usize = 6;

/// Carries it out.
pub async fn run(wire: &dyn Wire, live: &Live, request_id: &RequestId) -> Ending {
    match wire.ask(live).await {
        Ok(data) => Ending::Done(data),
        Err(error) => Ending::Failed(fault(error, live.name(), request_id)),
    }
}

/// What the caller is told of `error`. A failure of ours is logged here under the request's id, and told to nobody.
pub fn fault(error: AskError, action: &'static str, request_id: &RequestId) -> Fault {
    debug!(request.id = %request_id, action, error = %error, "a live action gave nothing");
    match error {
        AskError::NotConnected => {
            Fault::new(FaultCode::SessionNotConnected, "the session is not connected to WhatsApp now")
        }
        AskError::NotFound(what) => Fault::not_found(what),
        AskError::Forbidden(why) => {
            Fault::new(FaultCode::Forbidden, format!("WhatsApp does not let the account do this: {why}"))
        }
        AskError::Invalid(field, message) => {
            Fault::invalid(&[FieldFault { field: field.into(), message, value: None }])
        }
        AskError::Refused { code, why } => {
            let message = format!("WhatsApp refused: {why} ({code})");
            Fault::new(FaultCode::RecipientUnavailable, message).with("ack_error", code)
        }
        AskError::Exhausted(why) => Fault::new(FaultCode::RecipientUnavailable, why),
        AskError::Timeout => {
            let message = "WhatsApp did not answer in time; it may have been done all the same";
            Fault::new(FaultCode::Timeout, message)
        }
        AskError::Unsupported(what) => {
            Fault::new(FaultCode::NotImplemented, format!("{what} is not supported"))
        }
        AskError::Failed(cause) => {
            let cause = without_numbers(&cause);
            warn!(request.id = %request_id, action, error = %cause, "a live action failed");
            Fault::internal()
        }
    }
}

/// `text` without what may be a phone number or an address.
fn without_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() => digits.push(c),
            other => {
                let telling = digits.len() >= TELLING_DIGITS;
                shown.push_str(if telling { "…" } else { &digits });
                digits.clear();
                shown.extend(other);
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use edgewire_contract::jid::Jid;
    use serde_json::json;

    use super::*;
    use crate::wire::scripted::{Script, wire};

    fn told(error: AskError) -> (u16, &'static str, Fault) {
        let fault = fault(error, "groups.get", &RequestId::generate(1, 2));
        (fault.code.status(), fault.code.as_str(), fault)
    }

    #[test]
    fn every_error_has_its_fault() {
        for (error, status, code) in [
            (AskError::NotConnected, 409, "session_not_connected"),
            (AskError::NotFound("group"), 404, "not_found"),
            (AskError::Forbidden("not-authorized".into()), 403, "forbidden"),
            (AskError::Invalid("invite", "is no invite".into()), 400, "validation_error"),
            (AskError::Refused { code: 419, why: "too many".into() }, 422, "recipient_unavailable"),
            (AskError::Exhausted("asked too often".into()), 422, "recipient_unavailable"),
            (AskError::Timeout, 504, "timeout"),
            (AskError::Unsupported("media.upload"), 501, "not_implemented"),
            (AskError::Failed("the disk is full".into()), 500, "internal_error"),
        ] {
            let (got_status, got_code, _) = told(error);
            assert_eq!((got_status, got_code), (status, code));
        }
    }

    #[test]
    fn a_fault_tells_what_a_caller_can_use() {
        let (.., fault) = told(AskError::NotFound("newsletter"));
        assert_eq!(fault, Fault::not_found("newsletter"));
        let (.., fault) = told(AskError::Invalid("invite", "is no invite".into()));
        assert_eq!(fault.details["fields"], json!([{"field": "invite", "message": "is no invite"}]));
        let (.., fault) = told(AskError::Refused { code: 419, why: "too many".into() });
        assert_eq!(fault.details["ack_error"], 419);
        assert_eq!(fault.message, "WhatsApp refused: too many (419)");
        // What failed here is nobody's business.
        let (.., fault) = told(AskError::Failed("EDGEWIRE_SECRET".into()));
        assert!(!serde_json::to_string(&fault).unwrap().contains("SECRET"));
    }

    #[test]
    fn numbers_that_may_be_somebodys_are_not_logged() {
        for (text, shown) in [
            ("no mapping for 100000000000001@lid (404)", "no mapping for …@lid (404)"),
            ("4917012345678:3@s.whatsapp.net", "…:3@s.whatsapp.net"),
            ("code=500, twice: 12345 123456", "code=500, twice: 12345 …"),
            ("ünïcode", "ünïcode"),
        ] {
            assert_eq!(without_numbers(text), shown);
        }
    }

    #[tokio::test]
    async fn an_action_ends_with_what_the_wire_gave() {
        let script = Arc::new(Script::default());
        let wire = wire(&script);
        script.answer([Ok(Some(json!({"groupJid": "1@g.us"}))), Err(AskError::NotFound("group"))]);
        let group = Live::Group { group: Jid::parse_recipient("1@g.us").unwrap() };
        let id = RequestId::generate(1, 2);
        let done = run(&*wire, &group, &id).await;
        assert!(matches!(done, Ending::Done(Some(told)) if told["groupJid"] == "1@g.us"));
        let failed = run(&*wire, &group, &id).await;
        assert!(matches!(failed, Ending::Failed(fault) if fault == Fault::not_found("group")));
        assert!(matches!(run(&*wire, &Live::Groups, &id).await, Ending::Done(None)));
        assert_eq!(script.asked().len(), 3);
    }
}
