use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{NOON, claims, expected, with};

fn judged(claims: &Value) -> Result<Login, Refusal> {
    read(claims.as_object().unwrap(), &expected(), NOON * 1000)
}

fn refused(name: &str, value: Value) -> Option<Refusal> {
    judged(&with(name, value)).err()
}

#[test]
fn a_good_login_is_read() {
    let login = judged(&claims()).unwrap();
    assert_eq!((login.organization.as_str(), login.user.as_str()), ("acme", "ada"));
    assert_eq!((login.role, login.issued_at), (Some(Role::Manager), Some((NOON - 5) * 1000)));
    assert_eq!(login.ends_at, (NOON + 3600 + 60) * 1000);
}

#[test]
fn it_is_from_the_issuer_and_for_us() {
    for other in [
        Value::Null,
        json!("https://id.example.com/"),
        json!("https://ID.example.com"),
        json!(["https://id.example.com"]),
    ] {
        assert_eq!(refused("iss", other), Some(Refusal::Issuer));
    }
    for other in
        [Value::Null, json!("edge"), json!("EDGEWIRE"), json!([]), json!(["a", 7]), json!({}), json!(7)]
    {
        assert_eq!(refused("aud", other), Some(Refusal::Audience));
    }
    assert_eq!(refused("aud", json!(["other", "edgewire"])), None);
}

#[test]
fn its_time_is_now() {
    assert_eq!(refused("exp", Value::Null), Some(Refusal::Endless));
    assert_eq!(refused("exp", json!(NOON - 60)), Some(Refusal::Expired));
    assert_eq!(refused("exp", json!(0)), Some(Refusal::Expired));
    assert_eq!(refused("exp", json!(NOON - 59)), None);
    assert_eq!(refused("exp", json!(NOON as f64 - 58.5)), None);
    // Its life may be as long as the provider likes: it is not kept that long.
    assert_eq!(refused("exp", json!(NOON + 365 * 86_400)), None);
    assert_eq!(refused("nbf", json!(NOON + 60)), None);
    assert_eq!(refused("nbf", json!(NOON + 61)), Some(Refusal::Early));
    assert_eq!(refused("iat", json!(NOON + 60)), None);
    assert_eq!(refused("iat", json!(NOON + 61)), Some(Refusal::FromTheFuture));
    assert_eq!(refused("iat", Value::Null), None);
    for name in ["exp", "nbf", "iat"] {
        for no_time in
            [json!("1781524800"), json!(-1), json!(1e300), json!(u64::MAX), json!(true), json!([NOON])]
        {
            assert_eq!(refused(name, no_time.clone()), Some(Refusal::Malformed), "{name}: {no_time}");
        }
    }
}

#[test]
fn it_says_who_it_is() {
    for bad in [Value::Null, json!(""), json!("a b"), json!("auth0|5f7"), json!(7), json!("a".repeat(65))] {
        assert_eq!(refused("sub", bad.clone()), Some(Refusal::Subject), "{bad}");
        assert_eq!(refused("organization", bad.clone()), Some(Refusal::Organization), "{bad}");
    }
    for none in [Value::Null, json!("root"), json!("Admin"), json!(["admin"]), json!(true)] {
        assert_eq!(judged(&with("role", none)).unwrap().role, None);
    }
    let expected =
        Expected { organization_claim: "org_id".into(), role_claim: "edgewire_role".into(), ..expected() };
    let named = json!({"org_id": "beta", "edgewire_role": "admin"});
    let mut all = claims();
    all.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
    let login = read(all.as_object().unwrap(), &expected, NOON * 1000).unwrap();
    assert_eq!((login.organization.as_str(), login.role), ("beta", Some(Role::Admin)));
}

proptest! {
    #[test]
    fn no_time_panics(exp in any::<f64>(), nbf in any::<i64>(), iat in any::<u64>()) {
        let mut all = claims();
        (all["exp"], all["nbf"], all["iat"]) = (json!(exp), json!(nbf), json!(iat));
        let _ = judged(&all);
        let _ = refused("exp", json!(nbf));
    }
}
