//! Logins, and a host that answers as the test says.

use edgewire_contract::ids::RequestId;
use edgewire_contract::login::{Answer, Ask};

use super::FakeBus;
use crate::bus::BusError;
use crate::bus::logins::Asked;

/// What is asked about logins.
#[derive(Debug, Default)]
pub struct Logins {
    /// What becomes of an ask; without it nobody verifies logins.
    pub asked: Option<Asked>,
    /// What the host answers; without it nothing.
    pub answer: Option<Answer>,
    /// How often its answer is looked for before it is there.
    pub looks: u32,
    /// What was asked.
    pub asks: Vec<Ask>,
}

impl crate::bus::Logins for FakeBus {
    async fn ask_login(&self, ask: &Ask) -> Result<Asked, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let asked = state.logins.asked.unwrap_or(Asked::Off);
            if asked == Asked::Asked {
                state.logins.asks.push(ask.clone());
            }
            asked
        }))
    }

    async fn login_answer(&self, ask: &RequestId) -> Result<Option<Answer>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let logins = &mut state.logins;
            if !logins.asks.iter().any(|asked| asked.id == *ask) || logins.looks > 0 {
                logins.looks = logins.looks.saturating_sub(1);
                return None;
            }
            logins.answer.clone()
        }))
    }
}
