//! One JWT: from its header to the login that it is.

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::claims::{self, Expected, Login};
use crate::crypto;
use crate::error::{Refusal, VerifyError};
use crate::keyring::Keyring;
use crate::outside::{Clock, Fetch};
use crate::settings::Settings;

/// What is taken.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

/// Verifies logins of one provider.
pub struct Verifier {
    keys: Keyring,
    expected: Expected,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// For the logins that `settings` name.
    pub fn new(settings: &Settings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        crypto::install();
        let keys = Keyring::new(fetch, Arc::clone(&clock), settings.policy);
        Self { keys, expected: settings.expected.clone(), clock }
    }

    /// Who has logged in with this JWT.
    ///
    /// # Errors
    /// When it is not good; when there is nothing to verify it by.
    pub async fn verify(&self, jwt: &str) -> Result<Login, VerifyError> {
        // An algorithm that the crate does not know, `none` among them, cannot be read; nor can anything else then.
        let header = decode_header(jwt).map_err(|_| Refusal::Malformed)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refusal::Algorithm.into());
        }
        if header.crit.is_some() {
            return Err(Refusal::Critical.into());
        }
        // What else the header offers to verify it by (`jwk`, `jku`, `x5u`, `x5c`) is not looked at.
        let (algorithm, key) = self.keys.find(header.kid.as_deref()).await?;
        if algorithm != header.alg {
            return Err(Refusal::OtherAlgorithm.into());
        }
        let token = decode::<Map<String, Value>>(jwt, &key, &signature_only(algorithm));
        let claims = token.map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refusal::Signature,
            _ => Refusal::Malformed,
        })?;
        Ok(claims::read(&claims.claims, &self.expected, self.clock.now_ms())?)
    }
}

/// The claims are looked at by us: by our clock, and exactly.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    validation
}

#[cfg(test)]
mod tests;
