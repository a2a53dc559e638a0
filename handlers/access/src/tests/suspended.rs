//! Who is shut out does not let himself in again.

use super::*;

/// The token of `ada`, an admin of `acme`.
fn of_ada(gateway: &FakeGateway) -> String {
    made_user(gateway, "ada", "admin");
    made(gateway, "wa_all", json!({"user": "ada"})).0
}

#[test]
fn an_admin_who_is_disabled_while_he_asks_stays_so() {
    for body in [json!({"disabled": false, "name": "Eve"}), json!({"name": "Eve"})] {
        let gateway = gateway();
        let secret = of_ada(&gateway);
        gateway.bus.with(|state| {
            // By a `PATCH` that has been answered before his is written.
            state.access.before_keep_user = Some(|state| {
                state.access.users.get_mut(&(id("acme"), user("ada"))).unwrap().disabled = true;
                let his = state.tokens.values_mut().filter(|token| token.user.is_some());
                his.for_each(|token| *token = token.clone().suspend());
            });
        });
        let answer = ask_as(&gateway, &secret, &format!("PATCH {USERS}/ada"), body);
        assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()));
        let kept = good(&ask(&gateway, &format!("GET {USERS}/ada"), ""), 200);
        assert_eq!((&kept["disabled"], &kept["name"]), (&json!(true), &json!("ada")));
        assert_eq!(opens(&gateway, &secret), 401);
    }
}

#[test]
fn an_admin_who_is_one_no_more_while_he_asks_stays_so() {
    for (body, status) in [
        (json!({"role": "admin", "name": "Eve"}), 401),
        (json!({"disabled": false, "name": "Eve"}), 401),
        // That is nothing of his tokens'.
        (json!({"name": "Eve"}), 200),
    ] {
        let gateway = gateway();
        let secret = of_ada(&gateway);
        gateway.bus.with(|state| {
            state.access.before_keep_user = Some(|state| {
                state.access.users.get_mut(&(id("acme"), user("ada"))).unwrap().role = Role::User;
            });
        });
        assert_eq!(ask_as(&gateway, &secret, &format!("PATCH {USERS}/ada"), body).status, status);
        let kept = good(&ask(&gateway, &format!("GET {USERS}/ada"), ""), 200);
        assert_eq!(kept["role"], "user");
    }
}

#[test]
fn another_admin_may_let_him_in_meanwhile() {
    let gateway = gateway();
    of_ada(&gateway);
    gateway.bus.with(|state| {
        state.access.before_keep_user = Some(|state| {
            state.access.users.get_mut(&(id("acme"), user("ada"))).unwrap().disabled = true;
        });
    });
    let change = json!({"disabled": false, "name": "Ada L."});
    good(&ask(&gateway, &format!("PATCH {USERS}/ada"), change), 200);
}

#[test]
fn whose_organization_is_disabled_while_he_asks_does_not_enable_it() {
    let gateway = gateway();
    gateway.bus.change_token("wa_all", |token| token.deployment = true);
    gateway.bus.with(|state| {
        state.access.before_keep_organization = Some(|state| {
            let acme = Organization { disabled: true, ..Organization::implied(id("acme")) };
            state.access.organizations.insert(id("acme"), acme);
        });
    });
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    let answer = ask(&gateway, &line, json!({"disabled": false, "name": "Acme"}));
    assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()));
    gateway.bus.with(|state| assert!(state.access.organizations[&id("acme")].disabled));
    // Another's he may.
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": false})), 200);
}

#[test]
fn the_bootstrap_token_enables_its_own_organization() {
    let gateway = gateway();
    gateway.bus.with(|state| state.access.all.insert(id("default")));
    let line = format!("PATCH {ORGANIZATIONS}/default");
    for disabled in [true, false] {
        good(&ask_as(&gateway, BOOT, &line, json!({ "disabled": disabled })), 200);
    }
}

/// A user `ops` of `acme` and a token of the deployment that stands for him: its id and its secret.
fn with_ops(gateway: &FakeGateway) -> (String, String) {
    made_user(gateway, "ops", "admin");
    let (secret, token) =
        made(gateway, BOOT, json!({"user": "ops", "organization": "acme", "deployment": true}));
    (token, secret)
}

#[test]
fn the_deployments_tokens_are_ended_and_shut_out_by_the_deployment_only() {
    for (line, body) in [
        ("DELETE /api/v1/tokens/{}?organization=acme", json!({})),
        ("DELETE /api/v1/organizations/acme/users/ops", json!({})),
        ("PATCH /api/v1/organizations/acme/users/ops", json!({"disabled": true})),
        ("PATCH /api/v1/organizations/acme/users/ops", json!({"role": "user"})),
    ] {
        let gateway = gateway();
        let (token, secret) = with_ops(&gateway);
        let line = line.replace("{}", &token);
        let before = (record(&gateway, &secret), acts(&gateway, "acme"));
        let answer = ask(&gateway, &line, body.clone());
        assert_eq!((answer.status, code(&answer)), (403, "forbidden".into()), "{line}");
        assert_eq!((record(&gateway, &secret), acts(&gateway, "acme")), before, "{line}");
        good(&ask_as(&gateway, BOOT, &line, body), 200);
        assert_ne!(record(&gateway, &secret), before.0, "{line}");
    }
    // What takes nothing from him anybody may.
    let gateway = gateway();
    with_ops(&gateway);
    let change = json!({"name": "Ops", "role": "admin", "disabled": false});
    good(&ask(&gateway, &format!("PATCH {USERS}/ops"), change), 200);
}
