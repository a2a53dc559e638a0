//! Pairings that a passkey secures: WhatsApp asks for the owner's, and then shows a code on both sides.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgewire_contract::event::{AuthPasskeyPayload, PasskeyStep};
use serde_json::Value;
use whatsapp_rust::Client;
use whatsapp_rust::passkey::{Assertion, PasskeyError};
use whatsapp_rust::types::events::Event;

use crate::wire::{WireError, WireEvent};

/// The step that `event` is.
pub(super) fn step(event: &Event) -> Option<WireEvent> {
    let nothing = |step| AuthPasskeyPayload { step, options: None, code: None, error: None };
    Some(WireEvent::Passkey(match event {
        Event::PairPasskeyRequest(it) => match serde_json::from_str(&it.request_options_json) {
            Ok(options) => AuthPasskeyPayload { options: Some(options), ..nothing(PasskeyStep::Request) },
            Err(_) => {
                let error = "WhatsApp asks for a passkey in a way that cannot be read".to_owned();
                AuthPasskeyPayload { error: Some(error), ..nothing(PasskeyStep::Error) }
            }
        },
        // A device that was linked before has proved who it is: there is nothing to compare.
        Event::PairPasskeyConfirmation(it) => {
            let code = (!it.skip_handoff_ux).then(|| it.code.clone());
            AuthPasskeyPayload { code, ..nothing(PasskeyStep::Confirmation) }
        }
        Event::PairPasskeyError(it) => {
            AuthPasskeyPayload { error: Some(it.error.clone()), ..nothing(PasskeyStep::Error) }
        }
        _ => return None,
    }))
}

/// Gives WhatsApp what the owner's authenticator signed.
pub(super) async fn answer(client: &Client, assertion: &Value) -> Result<(), WireError> {
    let raw_id = assertion.get("rawId").or_else(|| assertion.get("id")).and_then(Value::as_str);
    let id = raw_id.and_then(|id| URL_SAFE_NO_PAD.decode(id.trim_end_matches('=')).ok());
    let Some(credential_id) = id.filter(|id| !id.is_empty()) else {
        return Err(WireError::Refused("the assertion has no rawId in base64url".into()));
    };
    let assertion = Assertion { assertion_json: assertion.to_string().into_bytes(), credential_id };
    client.send_passkey_response(assertion).await.map_err(|e| refused(&e))
}

/// Tells WhatsApp that the code is the phone's.
pub(super) async fn confirm(client: &Client) -> Result<(), WireError> {
    client.send_passkey_confirmation().await.map_err(|e| refused(&e))
}

fn refused(error: &PasskeyError) -> WireError {
    WireError::Refused(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whatsapp_rust::types::events::{PairPasskeyConfirmation, PairPasskeyError, PairPasskeyRequest};

    use super::*;

    fn told(event: &Event) -> AuthPasskeyPayload {
        match step(event) {
            Some(WireEvent::Passkey(step)) => step,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_has_what_an_authenticator_takes() {
        let request = |options: &str| {
            let request = PairPasskeyRequest::builder().request_options_json(options.into()).build();
            told(&Event::PairPasskeyRequest(request))
        };
        let asked = request(r#"{"challenge":"AAAA","rpId":"web.whatsapp.com"}"#);
        assert_eq!(asked.step, PasskeyStep::Request);
        assert_eq!(asked.options, Some(json!({"challenge": "AAAA", "rpId": "web.whatsapp.com"})));
        assert_eq!(request("{").step, PasskeyStep::Error);
    }

    #[test]
    fn a_code_is_shown_unless_there_is_nothing_to_compare() {
        for (skip, code) in [(false, Some("ABCD-EFGH")), (true, None)] {
            let confirmation =
                PairPasskeyConfirmation::builder().code("ABCD-EFGH".into()).skip_handoff_ux(skip).build();
            let told = told(&Event::PairPasskeyConfirmation(confirmation));
            assert_eq!((told.step, told.code.as_deref()), (PasskeyStep::Confirmation, code));
        }
        let failed = PairPasskeyError::builder().error("no".into()).continuation(true).build();
        assert_eq!(told(&Event::PairPasskeyError(failed)).error.as_deref(), Some("no"));
    }
}
