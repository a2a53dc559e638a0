//! `POST /api/v1/sessions/{session}/pair`: links the session by a code that is typed into the phone.

use edgewire_contract::command::{PairCode, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::Fields;
use edgewire_contract::session::Wanted;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::steer::Steering;

/// The characters of a pair code, as WhatsApp has them: Crockford's, without the 0.
const CODE_CHARACTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTVWXYZ";

#[derive(Serialize)]
struct Answer<'a> {
    code: &'a str,
    timeout_seconds: u64,
}

/// Asks WhatsApp for a pair code, and waits for it.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the session is paired already; 504 when there is no code in time.
pub async fn pair<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    let request_id = call.request_id.clone();
    let ask = read(&call.json().await?)?;
    if gateway.session(&caller, &session).await?.record.paired {
        return Err(Fault::new(FaultCode::Conflict, "the session is already paired").into());
    }
    let steering = Steering {
        organization: caller.organization(),
        session: &session,
        action: SessionAction::PairCode(ask),
        wanted: Some(Wanted::Run),
        request_id: &request_id,
    };
    let data = steering.done(gateway).await?.data.unwrap_or_default();
    let (code, timeout) = (data.get("code"), data.get("timeout_seconds"));
    let Some((code, timeout_seconds)) = code.and_then(|c| c.as_str()).zip(timeout.and_then(|t| t.as_u64()))
    else {
        return Err(Problem::internal("a pair code's outcome has no code"));
    };
    let answer = Answer { code, timeout_seconds };
    Ok(Reply::json(200, &answer).with("cache-control", "no-store"))
}

fn read(body: &[u8]) -> Result<PairCode, Fault> {
    let ask = Fields::read(body, |fields| {
        let phone_number = fields.phone("phone_number");
        let show_push_notification = fields.flag("show_push_notification", true);
        let custom_code = fields.optional_parsed("custom_code", custom_code);
        Ok(phone_number.map(|phone_number| PairCode { phone_number, show_push_notification, custom_code }))
    })?;
    // Without a bad field, there is a number.
    ask.ok_or_else(Fault::internal)
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
