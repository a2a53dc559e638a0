//! Reading a JSON Web Key Set (RFC 7517): of all that a provider publishes, the keys that can verify a login. What is no such
//! key is left out, and spoils no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{FetchError, Refusal};

/// The shortest RSA key that is used, bits.
const SHORTEST_RSA: usize = 2048;
/// The longest: verifying by a longer one takes its time.
const LONGEST_RSA: usize = 8192;

/// A key that verifies.
pub struct Key {
    kid: Option<String>,
    /// The only one that it is for.
    pub algorithm: Algorithm,
    /// The key itself.
    pub public: DecodingKey,
}

/// The keys of a set.
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(json: &[u8]) -> Result<Self, FetchError> {
        let Set { keys } = serde_json::from_slice(json).map_err(|_| FetchError::NotAJwks)?;
        let jwks = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self(jwks.filter_map(|jwk: Jwk| jwk.key()).collect()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The key that a token means: the one with its `kid`; without one, the only one that there is.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, kid: Option<&str>) -> Result<&Key, Refusal> {
        let mut meant = self.0.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        match (meant.next(), meant.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(Refusal::UnknownKey),
            (Some(_), Some(_)) if kid.is_none() => Err(Refusal::UnknownKey),
            (Some(_), Some(_)) => Err(Refusal::AmbiguousKey),
        }
    }
}

impl Jwk {
    /// The key, if it verifies by one of our algorithms. That is what `alg` says, which must be one for its type; without
    /// `alg`, the one that there is for its type.
    fn key(self) -> Option<Key> {
        let verifies = self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !verifies || self.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let (names, algorithm, public) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => (&["EdDSA", "Ed25519"][..], Algorithm::EdDSA, self.ed25519()?),
            ("EC", Some("P-256")) => (&["ES256"][..], Algorithm::ES256, self.p256()?),
            ("RSA", _) => (&["RS256"][..], Algorithm::RS256, self.rsa()?),
            _ => return None,
        };
        let fits = self.alg.as_deref().is_none_or(|alg| names.contains(&alg));
        fits.then_some(Key { kid: self.kid, algorithm, public })
    }

    fn ed25519(&self) -> Option<DecodingKey> {
        let x = bytes(self.x.as_ref())?;
        (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
    }

    fn p256(&self) -> Option<DecodingKey> {
        let (x, y) = (bytes(self.x.as_ref())?, bytes(self.y.as_ref())?);
        let point = [&[4][..], &x, &y].concat();
        (x.len() == 32 && y.len() == 32).then(|| DecodingKey::from_ec_der(&point))
    }

    fn rsa(&self) -> Option<DecodingKey> {
        let (n, e) = (bytes(self.n.as_ref())?, bytes(self.e.as_ref())?);
        let (n, e) = (without_zeros(&n), without_zeros(&e));
        let bits = (n.len() * 8).saturating_sub(n.first().map_or(0, |byte| byte.leading_zeros() as usize));
        let usable = (SHORTEST_RSA..=LONGEST_RSA).contains(&bits) && !e.is_empty();
        usable.then(|| DecodingKey::from_rsa_raw_components(n, e))
    }
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// Some providers write a number with a zero before it, as DER does.
fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

#[cfg(test)]
mod tests;
