//! Linking a session to a phone: by the QR code that stands in its record, or by a code that is asked for.

use edgewire_contract::command::{PairCode, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::{RequestId, SessionId};
use edgewire_contract::session::Wanted;
use edgewire_contract::shape::{Record as _, Rule, flag, optional, phone};
use serde_json::{Value, json};

use crate::auth::Caller;
use crate::bus::{Bus, SessionView};
use crate::env::Env;
use crate::steer::Steering;
use crate::{Gateway, Problem};

/// The characters of a pair code, as WhatsApp has them: Crockford's, without the 0.
const CODE_CHARACTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTVWXYZ";

/// The QR code of `view` that can be scanned at `now_ms`, and until when (unix ms).
///
/// # Errors
/// 409 when it is paired; 404 when there is none now.
pub fn qr_code(view: &SessionView, now_ms: i64) -> Result<(&str, i64), Fault> {
    let status = view.status();
    if view.record.paired {
        let fault = Fault::new(FaultCode::Conflict, "the session is already paired");
        return Err(fault.with("status", status.as_str()));
    }
    let code = view.pairing.as_ref().and_then(|step| Some((step.qr.as_deref()?, step.expires_at)));
    code.filter(|(_, expires_at)| *expires_at > now_ms).ok_or_else(|| {
        let fault = Fault::new(FaultCode::NotFound, "there is no QR code now; ask again in a second");
        fault.with("status", status.as_str())
    })
}

edgewire_contract::record! {
    /// What a pair code is asked for.
    pub struct Pair {
        /// The phone's number, with its country code.
        pub phone_number: String = phone();
        /// Whether the phone shows a notification.
        pub show_push_notification: bool = flag(true);
        /// The code that is to be typed, instead of a random one: 8 characters of 1-9 and A-Z without I, L, O, U. Lower case and a dash in the middle are taken.
        pub custom_code: Option<String> = optional(OwnCode);
    }
}

/// Reads what a pair code is asked for. `None` after noting what is wrong.
pub fn read(fields: &mut Fields<'_>) -> Option<PairCode> {
    let Pair { phone_number, show_push_notification, custom_code } = Pair::read(fields)?;
    Some(PairCode { phone_number, show_push_notification, custom_code })
}

/// The code that a person wants to type.
struct OwnCode;

impl Rule for OwnCode {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, custom_code)
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": "^[1-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4}-?[1-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4}$"})
    }
}

/// A code to type into the phone.
#[derive(Debug)]
pub struct Code {
    /// The code.
    pub code: String,
    /// How long it works.
    pub timeout_seconds: u64,
}

/// Asks WhatsApp for a pair code, and waits for it.
///
/// # Errors
/// 404; 409 when the session is paired already; 504 when there is no code in time.
pub async fn pair_code<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    session: &SessionId,
    request_id: &RequestId,
    ask: PairCode,
) -> Result<Code, Problem> {
    if gateway.session(caller, session).await?.record.paired {
        return Err(Fault::new(FaultCode::Conflict, "the session is already paired").into());
    }
    let steering = Steering {
        organization: caller.organization(),
        session,
        action: SessionAction::PairCode(ask),
        wanted: Some(Wanted::Run),
        request_id,
    };
    let data = steering.done(gateway).await?.data.unwrap_or_default();
    let code = data.get("code").and_then(|code| code.as_str());
    let timeout = data.get("timeout_seconds").and_then(|timeout| timeout.as_u64());
    code.zip(timeout)
        .map(|(code, timeout_seconds)| Code { code: code.to_owned(), timeout_seconds })
        .ok_or_else(|| Problem::internal("a pair code's outcome has no code"))
}

/// Eight characters; a dash in the middle and lower case are what people write.
fn custom_code(text: &str) -> Result<String, &'static str> {
    let code = match text.split_once('-') {
        Some((head, tail)) if head.len() == 4 => format!("{head}{tail}"),
        _ => text.to_owned(),
    }
    .to_ascii_uppercase();
    if code.len() == 8 && code.bytes().all(|b| CODE_CHARACTERS.contains(&b)) {
        Ok(code)
    } else {
        Err("must be 8 characters of 1-9 and A-Z without I, L, O, U")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_codes_are_as_whatsapp_takes_them() {
        assert_eq!(custom_code("EDGE-W1RE"), Ok("EDGEW1RE".into()));
        assert_eq!(custom_code("edgew1re"), Ok("EDGEW1RE".into()));
        for bad in ["", "EDGEW1R", "EDGEW1REX", "EDGEW0RE", "EDGEWIRE", "EDGEWÄR", "EDG-EW1RE"] {
            assert!(custom_code(bad).is_err(), "{bad}");
        }
    }
}
