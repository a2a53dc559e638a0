//! Whose logins are taken, as the environment says.

use std::time::Duration;

use edgewire_contract::login::MOST_KEPT_MS;
use edgewire_outbound::Guard;

use crate::claims::Expected;
use crate::keyring::Policy;

const URL: &str = "EDGEWIRE_JWKS_URL";
const ISSUER: &str = "EDGEWIRE_JWT_ISSUER";
const AUDIENCE: &str = "EDGEWIRE_JWT_AUDIENCE";
const ORGANIZATION: &str = "EDGEWIRE_JWT_ORGANIZATION_CLAIM";
const ROLE: &str = "EDGEWIRE_JWT_ROLE_CLAIM";
const LOOPBACK: &str = "EDGEWIRE_JWKS_ALLOW_LOOPBACK";
const REFETCH: &str = "EDGEWIRE_JWKS_REFETCH_MS";
const KEPT: &str = "EDGEWIRE_LOGIN_CACHE_MS";
/// Without all of these there are no logins.
const NEEDED: [&str; 3] = [URL, ISSUER, AUDIENCE];
/// What is of no use then.
const MORE: [&str; 5] = [ORGANIZATION, ROLE, LOOPBACK, REFETCH, KEPT];

/// Whose logins are taken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the provider's keys are.
    pub(crate) jwks_url: String,
    /// Whether that may be this machine, without TLS.
    pub(crate) allow_loopback: bool,
    /// What a login must say.
    pub(crate) expected: Expected,
    /// How long keys are kept.
    pub(crate) policy: Policy,
    /// For how long a good login is known without being verified again.
    pub(crate) kept: Duration,
}

/// A variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingsError {
    /// Which variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

fn bad(name: &'static str, problem: impl Into<String>) -> SettingsError {
    SettingsError { name, problem: problem.into() }
}

impl Settings {
    /// Reads the settings with `variable`; `None` when no logins are taken.
    ///
    /// # Errors
    /// Names the first variable that is missing, bad, or of no use.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(given) = NEEDED.into_iter().chain(MORE).find(|name| get(name).is_some()) {
            if let Some(missing) = NEEDED.into_iter().find(|name| get(name).is_none()) {
                let problem = format!("is required with {given}: logins need {}", NEEDED.join(", "));
                return Err(bad(missing, problem));
            }
        } else {
            return Ok(None);
        }
        let text = |name: &str, default: &str| get(name).unwrap_or_else(|| default.to_owned());
        let ms = |name: &'static str, most: u64| match get(name).map(|text| text.parse()) {
            None => Ok(Duration::from_millis(most)),
            Some(Ok(ms)) if (1..=most).contains(&ms) => Ok(Duration::from_millis(ms)),
            Some(_) => Err(bad(name, format!("must be a whole number from 1 to {most}"))),
        };
        let allow_loopback = match get(LOOPBACK).as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => return Err(bad(LOOPBACK, "must be true or false")),
        };
        let defaults = Policy::default();
        let refetch = u64::try_from(defaults.refetch.as_millis()).unwrap_or(u64::MAX);
        Ok(Some(Self {
            jwks_url: usable(text(URL, ""), allow_loopback)?,
            allow_loopback,
            expected: Expected {
                issuer: text(ISSUER, ""),
                audience: text(AUDIENCE, ""),
                organization_claim: text(ORGANIZATION, "organization"),
                role_claim: text(ROLE, "role"),
            },
            policy: Policy { refetch: ms(REFETCH, refetch)?, ..defaults },
            kept: ms(KEPT, MOST_KEPT_MS)?,
        }))
    }
}

/// The URL, if keys may come from there: whoever could change them on their way could log in as anybody.
fn usable(url: String, allow_loopback: bool) -> Result<String, SettingsError> {
    let read =
        Guard::webhooks(allow_loopback).inspect(&url).map_err(|refusal| bad(URL, refusal.to_string()))?;
    let is_here = matches!(read.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if read.scheme() == "https" || (allow_loopback && is_here) {
        return Ok(url);
    }
    Err(bad(URL, "must be an https URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] =
        [(URL, "https://id.example.com/jwks"), (ISSUER, "https://id.example.com"), (AUDIENCE, "edgewire")];

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        Settings::read(|name| pairs.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
            .map_err(|error| error.to_string())
    }

    fn with(name: &str, value: &str) -> Result<Option<Settings>, String> {
        read(&[&GOOD[..], &[(name, value)]].concat())
    }

    #[test]
    fn logins_are_set_up_whole_or_not_at_all() {
        assert_eq!(read(&[]), Ok(None));
        let settings = read(&GOOD).unwrap().unwrap();
        assert_eq!(settings.expected.organization_claim, "organization");
        assert_eq!((settings.kept, settings.policy), (Duration::from_secs(30), Policy::default()));
        for left_out in 0..GOOD.len() {
            let mut some = GOOD.to_vec();
            let (name, _) = some.remove(left_out);
            assert!(read(&some).unwrap_err().starts_with(&format!("{name}: is required with EDGEWIRE_J")));
        }
        for name in MORE {
            assert!(read(&[(name, "1")]).unwrap_err().starts_with("EDGEWIRE_JWKS_URL: is required with"));
        }
    }

    #[test]
    fn a_bad_value_is_named() {
        for (name, value) in [
            (URL, "id.example.com/jwks"),
            (URL, "ftp://id.example.com/jwks"),
            (URL, "http://id.example.com/jwks"),
            (URL, "http://127.0.0.1:8080/jwks"),
            (URL, "https://10.0.0.1/jwks"),
            (URL, "https://user:secret@id.example.com/jwks"),
            (LOOPBACK, "maybe"),
            (KEPT, "0"),
            (KEPT, "30001"),
            (REFETCH, "soon"),
        ] {
            assert!(with(name, value).unwrap_err().starts_with(name), "{name}={value}");
        }
        assert_eq!(with(KEPT, "500").unwrap().unwrap().kept, Duration::from_millis(500));
    }

    #[test]
    fn only_this_machine_may_do_without_tls() {
        let loopback = |url: &str| read(&[&GOOD[1..], &[(URL, url), (LOOPBACK, "true")]].concat());
        for url in ["http://127.0.0.1:8080/jwks", "http://localhost/jwks", "https://id.example.com/jwks"] {
            assert!(loopback(url).is_ok(), "{url}");
        }
        assert!(loopback("http://id.example.com/jwks").is_err());
        assert!(loopback("http://localhost.example.com/jwks").is_err());
    }
}
