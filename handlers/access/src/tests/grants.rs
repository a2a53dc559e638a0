//! Nobody grants what he has not.

use super::*;

/// A token of `acme` with these capabilities.
fn of(gateway: &FakeGateway, secret: &'static str, capabilities: &[Capability]) -> &'static str {
    gateway.bus.add_token(secret, "acme", capabilities);
    secret
}

fn refused(gateway: &FakeGateway, by: &str, wish: Value) -> Vec<String> {
    let answer = ask_as(gateway, by, &format!("POST {TOKENS}"), wish);
    assert_eq!((answer.status, code(&answer)), (400, "validation_error".into()), "{}", answer.text);
    assert!(gateway.bus.with(|state| state.access.tokens.is_empty()), "nothing was made");
    answer.bad_fields()
}

#[test]
fn no_capability_that_his_token_lacks() {
    let gateway = gateway();
    let own = of(&gateway, "wa_some", &[Capability::Admin, Capability::Read]);
    let wish = json!({"capabilities": ["read", "send", "admin", "manage"]});
    assert_eq!(refused(&gateway, own, wish), ["capabilities[1]", "capabilities[3]"]);
    made(&gateway, own, json!({"capabilities": ["read", "admin"]}));
}

#[test]
fn no_capability_by_way_of_a_user() {
    let gateway = gateway();
    let own = of(&gateway, "wa_some", &[Capability::Admin, Capability::Read]);
    let line = format!("POST {USERS}");
    good(&ask_as(&gateway, own, &line, json!({"id": "me", "name": "Me", "role": "admin"})), 201);
    assert_eq!(refused(&gateway, own, json!({"user": "me"})), ["capabilities"]);
    assert_eq!(refused(&gateway, own, json!({"user": "me", "capabilities": ["send"]})), ["capabilities[0]"]);
    made(&gateway, own, json!({"user": "me", "capabilities": ["read"]}));
}

#[test]
fn no_session_that_his_token_does_not_cover() {
    let gateway = gateway();
    let own = of(&gateway, "wa_main", &Capability::ALL);
    let list = ["main", "second"].map(|id| SessionId::parse(id).unwrap());
    gateway.bus.change_token(own, |token| token.sessions = Some(list.to_vec()));
    let all = json!({"capabilities": ["read"]});
    assert_eq!(refused(&gateway, own, all.clone()), ["sessions"]);
    let more = json!({"capabilities": ["read"], "sessions": ["main", "third"]});
    assert_eq!(refused(&gateway, own, more), ["sessions[1]"]);
    made(&gateway, own, json!({"capabilities": ["read"], "sessions": ["second"]}));
    // Whose token covers all may grant any.
    made(&gateway, "wa_all", json!({"capabilities": ["read"], "sessions": ["third"]}));
}

#[test]
fn no_time_that_his_token_has_not() {
    let gateway = gateway();
    let own = of(&gateway, "wa_guest", &[Capability::Admin, Capability::Read]);
    let end = (SECONDS + 3_600) * 1000;
    gateway.bus.change_token(own, |token| token.expires_at = Some(end));
    let until = |seconds: i64| json!({"capabilities": ["read"], "expires_at": SECONDS + seconds});
    assert_eq!(refused(&gateway, own, json!({"capabilities": ["read"]})), ["expires_at"]);
    assert_eq!(refused(&gateway, own, until(3_601)), ["expires_at"]);
    made(&gateway, own, until(3_600));
}

#[test]
fn no_deployment_without_one() {
    let gateway = gateway();
    let wish = json!({"capabilities": ["admin"], "deployment": true});
    assert_eq!(refused(&gateway, "wa_all", wish.clone()), ["deployment"]);
    let (secret, _) = made(&gateway, BOOT, wish);
    assert_eq!(ask_as(&gateway, &secret, &format!("GET {ORGANIZATIONS}"), "").status, 200);
}

#[test]
fn all_that_he_may_not_is_named_at_once() {
    let gateway = gateway();
    let own = of(&gateway, "wa_some", &[Capability::Admin]);
    gateway.bus.change_token(own, |token| token.sessions = Some(vec![SessionId::parse("main").unwrap()]));
    let wish = json!({"capabilities": ["send"], "expires_at": SECONDS, "deployment": true});
    let named = refused(&gateway, own, wish);
    assert_eq!(named, ["expires_at", "capabilities[0]", "sessions", "deployment"]);
}

#[test]
fn no_more_than_the_users_role() {
    let gateway = gateway();
    made_user(&gateway, "ada", "user");
    let wish = json!({"user": "ada", "capabilities": ["read", "manage", "admin"]});
    assert_eq!(refused(&gateway, "wa_all", wish), ["capabilities[1]", "capabilities[2]"]);
}

#[test]
fn nothing_for_a_user_who_is_not_there() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        let bob = User {
            v: 1,
            id: user("bob"),
            name: "Bob".into(),
            role: Role::Admin,
            created_at: NOON,
            disabled: false,
        };
        state.access.users.insert((id("someone-else"), user("bob")), bob);
    });
    for nobody in ["ada", "bob"] {
        let answer = ask(&gateway, &format!("POST {TOKENS}"), json!({"user": nobody}));
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{nobody}");
    }
}

#[test]
fn nothing_in_another_organization() {
    let gateway = gateway();
    let wish = json!({"capabilities": ["read"], "organization": "someone-else"});
    for by in ["wa_all", BOOT] {
        let answer = ask_as(&gateway, by, &format!("POST {TOKENS}"), wish.clone());
        assert_eq!(answer.status, if by == BOOT { 201 } else { 404 }, "{by}");
    }
    let nowhere = json!({"capabilities": ["read"], "organization": "nowhere"});
    assert_eq!(ask_as(&gateway, BOOT, &format!("POST {TOKENS}"), nowhere).status, 404);
}

/// Of a user `ada` of `acme`, an admin.
fn adas(gateway: &FakeGateway) -> String {
    made_user(gateway, "ada", "admin");
    made(gateway, "wa_all", json!({"user": "ada"})).0
}

#[test]
fn no_token_by_which_a_user_outlives_himself() {
    let gateway = gateway();
    let own = adas(&gateway);
    made_user(&gateway, "bob", "admin");
    let line = format!("POST {TOKENS}");
    let refused = ask_as(&gateway, &own, &line, json!({"user": "bob"}));
    assert_eq!((refused.status, refused.bad_fields()), (400, vec!["user".to_owned()]));
    let wishes = [json!({}), json!({"user": "ada"}), json!({"capabilities": ["admin"]})];
    let secrets = wishes.map(|wish| made(&gateway, &own, wish).0);
    for secret in &secrets {
        assert_eq!(record(&gateway, secret).unwrap().user, Some(user("ada")));
    }
    good(&ask(&gateway, &format!("PATCH {USERS}/ada"), json!({"disabled": true})), 200);
    assert_eq!(secrets.each_ref().map(|secret| opens(&gateway, secret)), [401; 3]);
}

#[test]
fn whose_token_is_the_deployments_makes_any() {
    let gateway = gateway();
    let own = adas(&gateway);
    made_user(&gateway, "bob", "admin");
    gateway.bus.change_token(&own, |token| token.deployment = true);
    let of = |wish| record(&gateway, &made(&gateway, &own, wish).0).unwrap().user;
    assert_eq!(of(json!({"user": "bob"})), Some(user("bob")));
    assert_eq!(of(json!({"capabilities": ["read"]})), None);
}

#[test]
fn of_a_user_who_is_not_kept_it_is_said_what_a_token_may() {
    let gateway = gateway();
    gateway.bus.change_token("wa_all", |token| token.user = Some(user("admin")));
    assert_eq!(refused(&gateway, "wa_all", json!({})), ["capabilities"]);
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    assert_eq!(record(&gateway, &secret).unwrap().user, Some(user("admin")));
}
