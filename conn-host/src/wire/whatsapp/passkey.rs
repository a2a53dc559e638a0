//! Pairings that a passkey secures: WhatsApp asks for the owner's, and then shows a code on both sides.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgewire_contract::command::PasskeyAssertion;
use edgewire_contract::event::{AuthPasskeyPayload, PasskeyStep};
use serde_json::json;
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
pub(super) async fn answer(client: &Client, signed: &PasskeyAssertion) -> Result<(), WireError> {
    let assertion = assertion(signed)?;
    client.send_passkey_response(assertion).await.map_err(|e| failed(client, &e))
}

/// Tells WhatsApp that the code is the phone's.
pub(super) async fn confirm(client: &Client) -> Result<(), WireError> {
    client.send_passkey_confirmation().await.map_err(|e| failed(client, &e))
}

/// What was signed in the form of WhatsApp Web: no more fields than these, all in base64url without padding.
fn assertion(signed: &PasskeyAssertion) -> Result<Assertion, WireError> {
    let credential_id = URL_SAFE_NO_PAD.decode(&signed.id);
    let credential_id =
        credential_id.map_err(|_| WireError::Refused("the credential's id is no base64url".into()))?;
    let response = &signed.response;
    let json = json!({
        "id": signed.id,
        "rawId": signed.id,
        "type": signed.kind,
        "response": {
            "clientDataJSON": response.client_data_json,
            "authenticatorData": response.authenticator_data,
            "signature": response.signature,
            "userHandle": response.user_handle,
        },
    });
    Ok(Assertion { assertion_json: json.to_string().into_bytes(), credential_id })
}

fn failed(client: &Client, error: &PasskeyError) -> WireError {
    if client.is_connected() { WireError::Refused(error.to_string()) } else { WireError::NotConnected }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::command::{AssertionResponse, CredentialKind};
    use serde_json::Value;
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

    #[test]
    fn what_was_signed_is_given_as_whatsapp_web_gives_it() {
        let signed = |id: &str| PasskeyAssertion {
            id: id.into(),
            raw_id: None,
            kind: CredentialKind::PublicKey,
            response: AssertionResponse {
                client_data_json: "e30".into(),
                authenticator_data: "AQID".into(),
                signature: "BAUG".into(),
                user_handle: None,
            },
        };
        let given = assertion(&signed("YWJj")).unwrap();
        assert_eq!(given.credential_id, b"abc");
        let theirs = whatsapp_rust::passkey::build_webauthn_assertion_json(
            b"abc",
            b"{}",
            &[1, 2, 3],
            &[4, 5, 6],
            None,
        );
        let read = |json: &[u8]| serde_json::from_slice::<Value>(json).unwrap();
        assert_eq!(read(&given.assertion_json), read(&theirs));
        assert!(matches!(assertion(&signed("+")), Err(WireError::Refused(_))));
    }
}
