use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{Signer, encoded};

fn read(keys: &[Value]) -> Keys {
    Keys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn counted(jwk: &Value) -> usize {
    read(std::slice::from_ref(jwk)).len()
}

/// A key with another member, or without it.
fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(jwk.as_object_mut().unwrap().remove(name)),
        value => jwk[name] = value,
    }
    jwk
}

fn rsa_of(bits: usize) -> Value {
    let mut n = vec![0xff; bits.div_ceil(8)];
    n[0] >>= n.len() * 8 - bits;
    json!({ "kty": "RSA", "n": encoded(n), "e": "AQAB" })
}

#[test]
fn each_type_has_its_algorithm() {
    for (signer, algorithm, other) in [
        (Signer::ed25519("a"), Algorithm::EdDSA, "ES256"),
        (Signer::p256("b"), Algorithm::ES256, "ES384"),
        (Signer::rsa("c"), Algorithm::RS256, "RS512"),
    ] {
        let keys = read(&[signer.jwk()]);
        assert_eq!(keys.find(Some(signer.kid)).unwrap_or_else(|e| panic!("{e}")).algorithm, algorithm);
        assert_eq!(counted(&with(signer.jwk(), "alg", json!(signer.algorithm()))), 1);
        // One that says that it is for something else is for that.
        for alg in [other, "HS256", "none", "PS256", ""] {
            assert_eq!(counted(&with(signer.jwk(), "alg", json!(alg))), 0, "{alg}");
        }
    }
}

#[test]
fn a_key_for_something_else_verifies_nothing() {
    let jwk = || Signer::ed25519("a").jwk();
    assert_eq!(counted(&with(jwk(), "use", json!("enc"))), 0);
    assert_eq!(counted(&with(jwk(), "use", Value::Null)), 1);
    assert_eq!(counted(&with(jwk(), "key_ops", json!(["sign"]))), 0);
    assert_eq!(counted(&with(jwk(), "key_ops", json!(["verify"]))), 1);
    assert_eq!(counted(&with(jwk(), "crv", json!("Ed448"))), 0);
    assert_eq!(counted(&with(Signer::p256("a").jwk(), "crv", json!("P-384"))), 0);
    assert_eq!(counted(&json!({ "kty": "oct", "k": "c2VjcmV0" })), 0);
}

#[test]
fn what_is_damaged_spoils_no_other() {
    let good = Signer::p256("good");
    let short = encoded([7; 31]);
    let damaged = [
        json!(7),
        json!({}),
        json!({ "kty": "RSA", "kid": 7 }),
        json!({ "kty": "RSA", "n": "!", "e": "AQAB" }),
        json!({ "kty": "RSA", "e": "AQAB" }),
        with(Signer::ed25519("x").jwk(), "x", json!(short)),
        with(Signer::p256("x").jwk(), "y", json!(short)),
        good.jwk(),
    ];
    let keys = read(&damaged);
    assert_eq!(keys.len(), 1);
    assert!(keys.find(Some("good")).is_ok());
    for other in ["", "[]", "{}", r#"{"keys":7}"#, "<html>"] {
        assert!(Keys::read(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn a_short_rsa_key_is_none() {
    for (bits, usable) in [(512, 0), (1024, 0), (2047, 0), (2048, 1), (4096, 1), (8192, 1), (8193, 0)] {
        assert_eq!(counted(&rsa_of(bits)), usable, "{bits} bits");
    }
    // A zero before it makes it no longer.
    let padded = |zeros: usize, bits: usize| {
        let n = [vec![0; zeros], vec![0xff; bits / 8]].concat();
        json!({ "kty": "RSA", "n": encoded(n), "e": "AQAB" })
    };
    assert_eq!((counted(&padded(1, 2048)), counted(&padded(128, 1024))), (1, 0));
    assert_eq!(counted(&with(rsa_of(2048), "e", json!(""))), 0);
    assert_eq!(counted(&with(rsa_of(2048), "n", json!(""))), 0);
}

#[test]
fn a_kid_leads_to_one_key() {
    let (a, b) = (Signer::ed25519("a"), Signer::p256("b"));
    let keys = read(&[a.jwk(), b.jwk()]);
    assert!(keys.find(Some("a")).is_ok());
    let refused = |keys: &Keys, kid| keys.find(kid).err();
    assert_eq!(refused(&keys, Some("c")), Some(Refusal::UnknownKey));
    assert_eq!(refused(&keys, Some("")), Some(Refusal::UnknownKey));
    assert_eq!(refused(&keys, None), Some(Refusal::UnknownKey));
    // The only key needs no name, but a name that is said must be its.
    assert!(read(&[a.jwk()]).find(None).is_ok());
    assert_eq!(refused(&read(&[a.jwk()]), Some("b")), Some(Refusal::UnknownKey));
    let nameless = with(a.jwk(), "kid", Value::Null);
    assert_eq!(refused(&read(&[nameless]), Some("a")), Some(Refusal::UnknownKey));
    let twice = [a.jwk(), Signer::rsa("a").jwk()];
    assert_eq!(refused(&read(&twice), Some("a")), Some(Refusal::AmbiguousKey));
    assert_eq!(refused(&read(&[]), None), Some(Refusal::UnknownKey));
}

proptest! {
    #[test]
    fn nothing_that_is_fetched_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), n in ".{0,40}") {
        let _ = Keys::read(&bytes);
        let _ = read(&[json!({ "kty": "RSA", "n": n, "e": n }), json!({ "kty": "EC", "crv": "P-256", "x": n, "y": n })]);
    }
}
