use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{Signer, claims, encoded, verifier, with};

async fn refused(verifier: &Verifier, jwt: &str) -> Refusal {
    match verifier.verify(jwt).await {
        Err(VerifyError::Refused(refusal)) => refusal,
        other => panic!("it is not refused: {other:?}"),
    }
}

/// A header with another member.
fn header(signer: &Signer, name: &str, value: Value) -> Value {
    let mut header = signer.header();
    header[name] = value;
    header
}

#[tokio::test]
async fn every_algorithm_is_verified() {
    let signers = [Signer::ed25519("ed"), Signer::p256("ec"), Signer::rsa("rsa")];
    let verifier = verifier(&signers.each_ref().map(Signer::jwk));
    for signer in &signers {
        let login = verifier.verify(&signer.token(&claims())).await.unwrap();
        assert_eq!(login.user.as_str(), "ada");
    }
    // And none of them by the key of another.
    for signer in &signers {
        for other in signers.iter().filter(|other| other.kid != signer.kid) {
            let jwt = signer.sign(&header(signer, "kid", json!(other.kid)), &claims());
            assert_eq!(refused(&verifier, &jwt).await, Refusal::OtherAlgorithm);
            let jwt = signer.sign(&other.header(), &claims());
            assert_eq!(refused(&verifier, &jwt).await, Refusal::Signature);
        }
    }
}

#[tokio::test]
async fn a_stranger_of_the_same_name_is_refused() {
    for (own, stranger) in
        [(Signer::ed25519("k"), Signer::ed25519("k")), (Signer::p256("k"), Signer::p256("k"))]
    {
        let verifier = verifier(&[own.jwk()]);
        assert_eq!(refused(&verifier, &stranger.token(&claims())).await, Refusal::Signature);
        // He may say what he likes about how to verify it.
        let brought = header(&stranger, "jwk", stranger.jwk());
        assert_eq!(refused(&verifier, &stranger.sign(&brought, &claims())).await, Refusal::Signature);
        let elsewhere = header(&stranger, "jku", json!("https://evil.example.com/jwks"));
        assert_eq!(refused(&verifier, &stranger.sign(&elsewhere, &claims())).await, Refusal::Signature);
    }
}

#[tokio::test]
async fn no_signature_is_none() {
    let signer = Signer::rsa("k");
    let verifier = verifier(&[signer.jwk()]);
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let message =
            format!("{}.{}", encoded(json!({"alg": alg}).to_string()), encoded(claims().to_string()));
        for jwt in
            [format!("{message}."), format!("{message}.{}", encoded(signer.signature(message.as_bytes())))]
        {
            assert_eq!(refused(&verifier, &jwt).await, Refusal::Malformed, "{alg}");
        }
    }
    let good = signer.token(&claims());
    let (message, _) = good.rsplit_once('.').unwrap();
    assert_eq!(refused(&verifier, &format!("{message}.")).await, Refusal::Signature);
    assert_eq!(refused(&verifier, &format!("{message}.AAAA")).await, Refusal::Signature);
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    // HS256 with what everybody knows of an RSA key, in each form in which somebody might take it for a secret.
    let signer = Signer::rsa("k");
    let verifier = verifier(&[signer.jwk()]);
    let n = signer.jwk()["n"].as_str().unwrap().to_owned();
    for secret in [n.clone().into_bytes(), signer.jwk().to_string().into_bytes()] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        for alg in ["HS256", "HS384", "HS512"] {
            let header = header(&signer, "alg", json!(alg));
            let message = format!("{}.{}", encoded(header.to_string()), encoded(claims().to_string()));
            let jwt = format!("{message}.{}", encoded(ring::hmac::sign(&key, message.as_bytes())));
            assert_eq!(refused(&verifier, &jwt).await, Refusal::Algorithm);
        }
    }
}

#[tokio::test]
async fn only_the_keys_own_algorithm_is_taken() {
    let signer = Signer::rsa("k");
    let verifier = verifier(&[signer.jwk()]);
    for alg in ["RS384", "RS512", "PS256", "ES384"] {
        let jwt = signer.sign(&header(&signer, "alg", json!(alg)), &claims());
        assert_eq!(refused(&verifier, &jwt).await, Refusal::Algorithm, "{alg}");
    }
    for alg in ["ES256", "EdDSA"] {
        let jwt = signer.sign(&header(&signer, "alg", json!(alg)), &claims());
        assert_eq!(refused(&verifier, &jwt).await, Refusal::OtherAlgorithm, "{alg}");
    }
}

#[tokio::test]
async fn what_is_critical_and_not_understood_is_refused() {
    let signer = Signer::ed25519("k");
    let verifier = verifier(&[signer.jwk()]);
    for crit in [json!(["exp"]), json!(["b64"]), json!([])] {
        let jwt = signer.sign(&header(&signer, "crit", crit), &claims());
        assert_eq!(refused(&verifier, &jwt).await, Refusal::Critical);
    }
    let jwt = signer.sign(&header(&signer, "crit", json!("exp")), &claims());
    assert_eq!(refused(&verifier, &jwt).await, Refusal::Malformed);
}

#[tokio::test]
async fn a_key_that_is_not_meant_verifies_nothing() {
    let (a, b) = (Signer::ed25519("a"), Signer::ed25519("b"));
    let both = verifier(&[a.jwk(), b.jwk()]);
    let mut nameless = a.header();
    nameless.as_object_mut().unwrap().remove("kid");
    let nameless = a.sign(&nameless, &claims());
    assert_eq!(refused(&both, &nameless).await, Refusal::UnknownKey);
    assert!(verifier(&[a.jwk()]).verify(&nameless).await.is_ok());
    assert_eq!(refused(&both, &Signer::ed25519("c").token(&claims())).await, Refusal::UnknownKey);
    let mut twice = a.jwk();
    twice["x"] = b.jwk()["x"].clone();
    assert_eq!(refused(&verifier(&[a.jwk(), twice]), &a.token(&claims())).await, Refusal::AmbiguousKey);
    let mut encrypts = a.jwk();
    encrypts["use"] = json!("enc");
    assert_eq!(refused(&verifier(&[encrypts]), &a.token(&claims())).await, Refusal::UnknownKey);
}

#[tokio::test]
async fn what_it_says_counts_once_its_signature_is_good() {
    let signer = Signer::p256("k");
    let verifier = verifier(&[signer.jwk()]);
    for (name, value, refusal) in [
        ("iss", json!("https://other.example.com"), Refusal::Issuer),
        ("aud", json!("other"), Refusal::Audience),
        ("exp", Value::Null, Refusal::Endless),
        ("exp", json!(1), Refusal::Expired),
        ("organization", Value::Null, Refusal::Organization),
        ("sub", json!("not an id"), Refusal::Subject),
    ] {
        assert_eq!(refused(&verifier, &signer.token(&with(name, value))).await, refusal);
    }
    // Claims that are no object.
    for claims in [json!([]), json!("x"), json!(7), Value::Null] {
        assert_eq!(refused(&verifier, &signer.token(&claims)).await, Refusal::Malformed);
    }
}

#[tokio::test]
async fn what_is_no_jwt_is_refused() {
    let signer = Signer::ed25519("k");
    let verifier = verifier(&[signer.jwk()]);
    let good = signer.token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    for bad in [
        String::new(),
        "...".into(),
        parts[0].into(),
        parts[..2].join("."),
        format!("{good}.{}", parts[2]),
        format!("{good}="),
        format!(" {good}"),
        format!("{}.{}.{}", parts[1], parts[0], parts[2]),
    ] {
        assert_eq!(refused(&verifier, &bad).await, Refusal::Malformed, "{bad}");
    }
    let twice = format!("{}.{}.{}", encoded(r#"{"alg":"EdDSA","alg":"EdDSA"}"#), parts[1], parts[2]);
    assert_eq!(refused(&verifier, &twice).await, Refusal::Malformed);
}

#[tokio::test]
async fn without_keys_nobody_is_refused() {
    let signer = Signer::ed25519("k");
    let fetch = crate::testing::FakeFetch::answering(&[]);
    fetch.answer(Err(crate::error::FetchError::Status(503)));
    let verifier = Verifier::new(&crate::testing::settings(), fetch, crate::testing::FakeClock::at_noon());
    assert_eq!(verifier.verify(&signer.token(&claims())).await, Err(VerifyError::NoKeys));
}

/// A verifier, and a login that it takes: made once, for thousands of tries.
static TRIED: LazyLock<(Verifier, String)> = LazyLock::new(|| {
    let signer = Signer::ed25519("k");
    (verifier(&[signer.jwk()]), signer.token(&claims()))
});

fn is_good(jwt: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(TRIED.0.verify(jwt)).is_ok()
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,120}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 3)) {
        prop_assert!(!is_good(&text));
        prop_assert!(!is_good(&parts.join(".")));
    }

    #[test]
    fn no_header_and_no_claims_panic(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>(), signature in any::<Vec<u8>>()) {
        let jwt = [header, claims, signature].map(encoded).join(".");
        prop_assert!(!is_good(&jwt));
    }

    #[test]
    fn a_login_of_which_anything_was_changed_is_none(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=-]") {
        let good = &TRIED.1;
        let at = at.index(good.len());
        let changed = format!("{}{to}{}", &good[..at], &good[at + 1..]);
        prop_assert_eq!(is_good(&changed), changed == *good);
    }
}
