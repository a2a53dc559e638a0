//! What is stored of a device, encrypted.

use edgewire_contract::ids::SessionId;
use edgewire_store::seal::SessionKey;

/// Nothing but what was sealed here, for this place, is opened.
pub fn run(data: &[u8]) {
    let key = SessionKey::new(SessionId::generate(1, 1), &[7; 32]);
    assert!(key.open("table", b"field", data).is_err());
    let Ok(mut sealed) = key.seal("table", b"field", data) else { return };
    let opened = key.open("table", b"field", &sealed).expect("what was sealed is opened");
    assert_eq!(&opened.plain[..], data);
    assert!(key.open("table", b"other", &sealed).is_err());
    let at = data.first().map_or(0, |at| usize::from(*at)) % sealed.len();
    sealed[at] ^= 1;
    assert!(key.open("table", b"field", &sealed).is_err(), "byte {at} of {} was changed", sealed.len());
}
