//! Logins.

use edgewire_contract::ids::RequestId;
use edgewire_contract::login::{
    ASK_TTL_SECONDS, Answer, Ask, HOST_ALIVE_MS, HOST_FORGOTTEN_MS, MOST_ASKS, REFUSED,
};
use edgewire_contract::{keys, script};

use super::link::args;
use super::{SpinBus, to_json};
use crate::bus::BusError;
use crate::bus::flat::{self, Flat};
use crate::bus::logins::{Asked, Logins};

impl Logins for SpinBus {
    async fn ask_login(&self, ask: &Ask) -> Result<Asked, BusError> {
        let keys = [keys::login_hosts(), keys::login_asks()];
        // The JWT goes to Redis as it is: the ask will be sealed.
        let args = args![HOST_ALIVE_MS, HOST_FORGOTTEN_MS, MOST_ASKS, to_json(ask), ASK_TTL_SECONDS];
        Asked::read(&self.link().script(&script::ASK_LOGIN, &keys, args).await?)
    }

    async fn login_answer(&self, ask: &RequestId) -> Result<Option<Answer>, BusError> {
        let answer = self.link().call("GET", args![keys::login_answer(ask)]).await?;
        if answer.first().and_then(Flat::text) == Some(REFUSED) {
            return Ok(Some(None));
        }
        // Read as any other token's record, whose reader a component has anyway.
        Ok(flat::stored("a token", &answer)?.map(|stored| Some(stored.record)))
    }
}
