//! What handlers ask of the hosts that verify logins.

use edgewire_contract::ids::RequestId;
use edgewire_contract::login::{Answer, Ask};

use super::BusError;
use super::flat::Flat;

/// Redis, as far as logins go.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Logins {
    /// Asks the hosts that verify logins.
    async fn ask_login(&self, ask: &Ask) -> Result<Asked, BusError>;

    /// What they answered, if they have.
    async fn login_answer(&self, ask: &RequestId) -> Result<Option<Answer>, BusError>;
}

/// What became of an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It waits to be answered.
    Asked,
    /// Nobody verifies logins.
    Off,
    /// Who does is away, or has too much to do.
    Busy,
}

impl Asked {
    /// The answer of the script `ask_login`.
    ///
    /// # Errors
    /// When it is none of its answers.
    pub fn read(answer: &[Flat]) -> Result<Self, BusError> {
        match answer.first().and_then(Flat::text) {
            Some("asked") => Ok(Self::Asked),
            Some("off") => Ok(Self::Off),
            Some("away" | "full") => Ok(Self::Busy),
            _ => Err(BusError::Broken("ask_login answered none of its answers".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_read() {
        let read = |text: &str| Asked::read(&[Flat::Text(text.into())]);
        assert_eq!(read("asked"), Ok(Asked::Asked));
        assert_eq!(read("off"), Ok(Asked::Off));
        assert_eq!((read("away"), read("full")), (Ok(Asked::Busy), Ok(Asked::Busy)));
        assert!(read("maybe").is_err() && Asked::read(&[]).is_err());
    }
}
