//! ring as the cryptography of the crate jsonwebtoken, which brings none here. ring is what TLS uses already, and refuses RSA
//! keys under 2048 bits by itself.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    // Only for what is not used here: the crate's own JWKs.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has the crate use ring from now on, in the whole process: no other part of it uses the crate (`deny.toml`).
pub fn install() {
    let _is_already = RING.install_default();
}

/// A public key, and how it verifies.
struct Ring {
    algorithm: Algorithm,
    key: PublicKey,
}

enum PublicKey {
    Bytes(&'static dyn VerificationAlgorithm, Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        let verified = match &self.key {
            PublicKey::Bytes(way, key) => UnparsedPublicKey::new(*way, key).verify(message, signature),
            PublicKey::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Of a key that is for this algorithm, and for no other.
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let key = match (algorithm, key.family(), key.kind()) {
        (Algorithm::EdDSA, AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(key)) => {
            PublicKey::Bytes(&ED25519, key.clone())
        }
        (Algorithm::ES256, AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(key)) => {
            PublicKey::Bytes(&ECDSA_P256_SHA256_FIXED, key.clone())
        }
        (Algorithm::RS256, AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            PublicKey::Rsa { n: n.clone(), e: e.clone() }
        }
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(Ring { algorithm: *algorithm, key }))
}
