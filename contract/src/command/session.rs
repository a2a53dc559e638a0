//! Commands on a session itself.

use serde::{Deserialize, Serialize};

use crate::fields::Fields;
use crate::shape::{base64url, choice, nested, optional};

/// A change in a session's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SessionAction {
    /// Connect, or begin pairing. Done when the socket task runs, not when it is connected.
    Start,
    /// Close the socket and stay closed; the pairing is kept.
    Stop,
    /// Close and connect anew.
    Restart,
    /// Unlink the device at WhatsApp; its keys are quarantined.
    Logout,
    /// Log out if possible, then forget the session: keys, events, media.
    Delete,
    /// Ask for a pair code instead of showing a QR. The outcome's `data` has `code` and `timeout_seconds`.
    PairCode(PairCode),
    /// Answer the pairing that asks for a passkey.
    AnswerPasskey(PasskeyAssertion),
    /// Say that the phone shows the code that the pairing gave, and so end it.
    ConfirmPasskey,
    /// Its rate is another: what waits for its share of the budget asks again.
    RateChanged,
}

impl SessionAction {
    /// A short name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start => "session.start",
            Self::Stop => "session.stop",
            Self::Restart => "session.restart",
            Self::Logout => "session.logout",
            Self::Delete => "session.delete",
            Self::PairCode(_) => "session.pair_code",
            Self::AnswerPasskey(_) => "session.answer_passkey",
            Self::ConfirmPasskey => "session.confirm_passkey",
            Self::RateChanged => "session.rate_changed",
        }
    }
}

/// What a pair code is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairCode {
    /// The phone's number, digits only.
    pub phone_number: String,
    /// Whether the phone shows a notification.
    pub show_push_notification: bool,
    /// Eight characters that the user wants to type instead of random ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_code: Option<String>,
}

crate::names! {
    /// What a WebAuthn credential is.
    pub enum CredentialKind {
        /// A key pair: the only kind there is.
        PublicKey = "public-key",
    }
}

crate::record! {
    /// What a passkey signed: a WebAuthn `PublicKeyCredential` with an assertion, as its `toJSON()` gives it.
    pub struct PasskeyAssertion check same_id {
        /// The credential's id.
        pub id: String = base64url();
        /// The credential's id once more, as browsers give it.
        pub raw_id as "rawId": Option<String> = optional(base64url());
        /// Always `public-key`.
        pub kind as "type": CredentialKind = choice::<CredentialKind>();
        /// What the authenticator gave.
        pub response: AssertionResponse = nested::<AssertionResponse>();
    }
}

crate::record! {
    /// What an authenticator gives when it signs.
    pub struct AssertionResponse {
        /// What was signed: the challenge, and where.
        pub client_data_json as "clientDataJSON": String = base64url();
        /// What the authenticator says of itself.
        pub authenticator_data as "authenticatorData": String = base64url();
        /// The signature.
        pub signature: String = base64url();
        /// Whose passkey it is, where the authenticator says so.
        pub user_handle as "userHandle": Option<String> = optional(base64url());
    }
}

fn same_id(assertion: &PasskeyAssertion, fields: &mut Fields<'_>) {
    if assertion.raw_id.as_ref().is_some_and(|raw| *raw != assertion.id) {
        fields.note("rawId", "must be the same as id");
    }
}

/// How the device names itself in the phone's list of linked devices. Honoured at the first pairing only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviceProps {
    /// The name shown ("Edgewire" by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// `chrome`, `firefox`, `safari`, `edge`, `desktop`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}
