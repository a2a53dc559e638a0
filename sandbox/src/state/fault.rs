//! Scripted refusals and delays, set over the control surface.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::conduct::Conduct;

/// What is to go wrong, for one account or for all.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fault {
    /// Refuse the next messages with this error code, this many times.
    pub nack: Option<(u16, u32)>,
    /// Hold every message ack back this long, in milliseconds.
    pub ack_delay_ms: u64,
    /// Send no ack for the next messages (they are relayed).
    pub drop_acks: u32,
    /// Do not read the account's sockets.
    pub freeze: bool,
    /// Refuse the next logins, this many times.
    pub login: Option<(LoginRefusal, u32)>,
    /// Hold every upload and download back this long, in milliseconds.
    pub media_delay_ms: u64,
    /// Answer the next uploads with this HTTP status, this many times.
    pub media_fail: Option<(u16, u32)>,
    /// Refuse the next requests for a pair code, this many times.
    pub pair_code: Option<(CodeRefusal, u32)>,
    /// Refuse the next IQs of a kind, or do not answer them, this many times.
    pub iq: Option<(IqRefusal, u32)>,
    /// How the account's phone answers requests.
    #[serde(flatten)]
    pub conduct: Conduct,
}

/// What a refused login is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRefusal {
    /// 401 logged out, 402 banned for a time, 403 locked, 405 outdated, 500 and 503 try again.
    pub reason: u16,
    /// Why it was banned.
    pub code: Option<u16>,
    /// For how many seconds it is banned.
    pub expire: Option<u64>,
}

/// What a client is told that asks for a pair code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRefusal {
    /// 429 too often, 400 a number that is none, ...
    pub error: u16,
    /// After how many seconds it may ask again.
    pub backoff: Option<u32>,
}

/// Which IQs are refused, and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IqRefusal {
    /// The namespace: `w:g2`, `usync`, ...
    pub xmlns: String,
    /// The tag of the first child, any when there is none.
    pub tag: Option<String>,
    /// The error code; no answer at all when there is none.
    pub error: Option<u16>,
    /// After how many seconds the client may try again.
    pub backoff: Option<u32>,
}

/// What to do about the ack of one message.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Acknowledge, after this long.
    Ack(Duration),
    /// Refuse with this code and do not relay.
    Nack(u16),
    /// Relay without acknowledging.
    Silence,
}

/// Faults by phone number; the empty key holds those for everybody.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Faults(pub BTreeMap<String, Fault>);

impl Faults {
    /// The fault record of an account, or of everybody for `None`.
    pub fn of(&mut self, phone: Option<&str>) -> &mut Fault {
        self.0.entry(phone.unwrap_or_default().to_owned()).or_default()
    }

    /// Decides about the next message of this account and uses the script up by one.
    pub fn next_ack(&mut self, phone: &str) -> Verdict {
        let mut delay = 0;
        for key in [phone, ""] {
            let Some(fault) = self.0.get_mut(key) else { continue };
            if let Some((code, left)) = fault.nack {
                fault.nack = (left > 1).then_some((code, left - 1));
                return Verdict::Nack(code);
            }
            if fault.drop_acks > 0 {
                fault.drop_acks -= 1;
                return Verdict::Silence;
            }
            delay = delay.max(fault.ack_delay_ms);
        }
        Verdict::Ack(Duration::from_millis(delay))
    }

    /// What to tell this account's next login instead of letting it in; uses the script up by one.
    pub fn next_login(&mut self, phone: &str) -> Option<LoginRefusal> {
        for key in [phone, ""] {
            let Some(fault) = self.0.get_mut(key) else { continue };
            if let Some((refusal, left)) = fault.login.take() {
                fault.login = (left > 1).then_some((refusal.clone(), left.saturating_sub(1)));
                return Some(refusal);
            }
        }
        None
    }

    /// What to tell the next request for a pair code of this number; uses the script up by one.
    pub fn next_code(&mut self, phone: &str) -> Option<CodeRefusal> {
        for key in [phone, ""] {
            let Some(fault) = self.0.get_mut(key) else { continue };
            if let Some((refusal, left)) = fault.pair_code.take() {
                fault.pair_code = (left > 1).then_some((refusal.clone(), left.saturating_sub(1)));
                return Some(refusal);
            }
        }
        None
    }

    /// What to tell this IQ of an account instead of answering it; uses the script up by one.
    pub fn next_iq(&mut self, phone: &str, xmlns: &str, tag: &str) -> Option<IqRefusal> {
        for key in [phone, ""] {
            let Some(fault) = self.0.get_mut(key) else { continue };
            let meant = |refusal: &IqRefusal| {
                refusal.xmlns == xmlns && refusal.tag.as_ref().is_none_or(|wanted| wanted == tag)
            };
            if let Some((refusal, left)) = fault.iq.take_if(|(refusal, _)| meant(refusal)) {
                fault.iq = (left > 1).then_some((refusal.clone(), left.saturating_sub(1)));
                return Some(refusal);
            }
        }
        None
    }

    /// How long to hold a media request of this account back.
    pub fn media_delay(&self, phone: &str) -> Duration {
        let faults = [phone, ""].into_iter().filter_map(|key| self.0.get(key));
        Duration::from_millis(faults.map(|fault| fault.media_delay_ms).max().unwrap_or_default())
    }

    /// The HTTP status to refuse this account's next upload with; uses the script up by one.
    pub fn next_upload(&mut self, phone: &str) -> Option<u16> {
        for key in [phone, ""] {
            let Some(fault) = self.0.get_mut(key) else { continue };
            if let Some((status, left)) = fault.media_fail {
                fault.media_fail = (left > 1).then_some((status, left - 1));
                return Some(status);
            }
        }
        None
    }

    /// How this account's phone answers requests.
    pub fn conduct(&self, phone: &str) -> Conduct {
        let of = |key: &str| self.0.get(key).map(|fault| fault.conduct).unwrap_or_default();
        of(phone).or(of(""))
    }

    /// Whether this account's sockets are not to be read.
    pub fn frozen(&self, phone: &str) -> bool {
        [phone, ""].iter().any(|key| self.0.get(*key).is_some_and(|fault| fault.freeze))
    }
}
