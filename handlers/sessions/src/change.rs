//! `PATCH /api/v1/sessions/{session}`: changes what its owner said of a session.

use edgewire_contract::command::SessionAction;
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::session::field;
use edgewire_contract::shape::{Record as _, nested, optional, text};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::create::LONGEST_NAME;
use crate::rate::RateWish;
use crate::shape::Session;

edgewire_contract::record! {
    /// What is to be different. What is left out stays as it is.
    pub struct SessionWish {
        /// A name for people.
        pub name: Option<String> = optional(text(1, LONGEST_NAME));
        /// How fast it may send: all of it, in the place of what was said before. `{}` is without limits. It holds for what is accepted from now on, and for what waits for its share already.
        pub rate: Option<RateWish> = optional(nested::<RateWish>());
    }
}

/// Changes it, and tells the session as it is then.
///
/// # Errors
/// 401, 403, 404, 413, 400.
pub async fn change<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let (caller, call) = call.whole_of(gateway, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    gateway.session(&caller, &session).await?;
    let Call { request_id, body, .. } = call;
    let wish = Fields::read(&body, |fields| SessionWish::read(fields).ok_or(Noted))?;
    let mut fields = vec![(field::UPDATED_AT, gateway.env.now_ms().to_string())];
    fields.extend(wish.name.map(|name| (field::NAME, name)));
    fields.extend(wish.rate.map(|rate| (field::RATE, rate.stored())));
    let another_rate = fields.iter().any(|(field, _)| *field == field::RATE);
    gateway.bus.change_session(caller.organization(), &session, &fields).await?;
    if another_rate {
        let (organization, action) = (caller.organization(), SessionAction::RateChanged);
        let told =
            Steering { organization, session: &session, action, wanted: None, request_id: &request_id };
        told.now(gateway).await?;
    }
    // Whoever deleted it meanwhile has the last word.
    let view = gateway.session(&caller, &session).await?;
    Ok(Reply::json(200, &Session::of(&view)))
}
