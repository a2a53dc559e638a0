//! The two signatures of a delivery, as WAHA's and Waxum's users verify them.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};

/// WAHA's: hex of HMAC-SHA512 over the raw body, for `X-Webhook-Hmac`.
pub fn hmac_sha512(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

/// Waxum's: `sha256=` and hex of HMAC-SHA256 over `<timestamp>.<body>`, for `X-Webhook-Signature`. The timestamp is
/// signed too, so that a receiver can refuse old deliveries that somebody repeats.
pub fn signature(secret: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha512_is_rfc_4231s() {
        assert_eq!(
            hmac_sha512("Jefe", b"what do ya want for nothing?"),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
    }

    #[test]
    fn the_timestamp_is_signed_with_the_body() {
        // printf '1700000000000.{}' | openssl dgst -sha256 -hmac secret
        assert_eq!(signature("secret", 1_700_000_000_000, b"{}"), OPENSSL);
    }

    const OPENSSL: &str = "sha256=8399216d111287e3bb28e25c0f4f31dffdf831c68c9ee2b96c2f67c9b81d341b";
}
