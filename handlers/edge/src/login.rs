//! Logins: a JWT that is nobody's token yet is shown to the hosts that verify logins. Nothing of it is read here.
//!
//! The answer is looked for, since who asks is rarely more than a few milliseconds ahead of it; and a request that waits for
//! its command shares one blocking connection with all others, in which an answer would be in the way.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::RequestId;
use edgewire_contract::login::{Ask, PATIENCE_MS};
use edgewire_contract::token::TokenRecord;

use crate::bus::Bus;
use crate::bus::logins::Asked;
use crate::env::Env;
use crate::gateway::Gateway;
use crate::problem::Problem;

/// Pause before a look for the answer, ms: at first, and at most.
const FIRST_LOOK_MS: u64 = 4;
const SLOWEST_LOOK_MS: u64 = 128;

impl<B: Bus, E: Env> Gateway<B, E> {
    /// What the login may do; `None` when it is not good, or nobody takes logins.
    ///
    /// # Errors
    /// 503 when nobody says so in time.
    pub(crate) async fn login(&self, jwt: &str) -> Result<Option<TokenRecord>, Problem> {
        let now = self.env.now_ms();
        let deadline = now.saturating_add(PATIENCE_MS);
        let id = RequestId::generate(now, self.env.random_u128());
        let ask = Ask { v: CONTRACT_VERSION, id, token: jwt.to_owned(), deadline };
        match self.bus.ask_login(&ask).await? {
            Asked::Asked => {}
            Asked::Off => return Ok(None),
            Asked::Busy => return Err(unverified("no host takes a login now")),
        }
        let mut pause = FIRST_LOOK_MS;
        while self.env.now_ms() < deadline {
            self.env.sleep(pause).await;
            if let Some(answer) = self.bus.login_answer(&ask.id).await? {
                return Ok(answer.filter(|token| token.works(self.env.now_ms())));
            }
            pause = (pause * 2).min(SLOWEST_LOOK_MS);
        }
        Err(unverified("no host answered a login in time"))
    }
}

fn unverified(cause: &str) -> Problem {
    let fault = Fault::new(FaultCode::GatewayUnavailable, "the login cannot be verified now; try again");
    Problem { fault: fault.with("retryAfterSeconds", 1), cause: Some(cause.to_owned()) }
}

#[cfg(test)]
mod tests;
