//! What webhooks are signed with: the first line is the secret, the second the time, the rest the body.

use edgewire_delivery::sign;

use crate::text;

/// A signature has its form, and is another one when anything is changed.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (secret, time, body) = (text(part()), text(part()), part());
    let time: i64 = time.trim().parse().unwrap_or(0);
    let (whole, stamped) = (sign::hmac_sha512(&secret, body), sign::signature(&secret, time, body));
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    assert!(whole.len() == 128 && is_hex(&whole), "{whole}");
    assert!(stamped.strip_prefix("sha256=").is_some_and(|hex| hex.len() == 64 && is_hex(hex)), "{stamped}");

    assert_eq!(
        (&sign::hmac_sha512(&secret, body), &sign::signature(&secret, time, body)),
        (&whole, &stamped)
    );
    let more = [body, b"x"].concat();
    assert_ne!(sign::hmac_sha512(&secret, &more), whole);
    assert_ne!(sign::signature(&secret, time, &more), stamped);
    assert_ne!(sign::signature(&secret, time.wrapping_add(1), body), stamped);
    // A key is padded with zeroes, so that one more is the same; anything else is another key.
    assert_ne!(sign::signature(&format!("{secret}x"), time, body), stamped);
}
