//! Users of an organization.

use super::*;

fn ada() -> String {
    format!("{USERS}/ada")
}

#[test]
fn one_is_made_looked_at_changed_and_deleted() {
    let gateway = gateway();
    let wish = json!({"id": "ada", "name": "Ada", "role": "manager"});
    let told = json!({
        "id": "ada", "organization": "acme", "name": "Ada", "role": "manager", "created_at": SECONDS, "disabled": false,
    });
    assert_eq!(good(&ask(&gateway, &format!("POST {USERS}"), wish.clone()), 201), told);
    assert_eq!(good(&ask(&gateway, &format!("GET {}", ada()), ""), 200), told);
    let listed = good(&ask(&gateway, &format!("GET {USERS}"), ""), 200);
    assert_eq!(listed, json!({"users": [told], "total": 1, "next_cursor": null}));
    gateway.env.pass(1000);
    let taken = ask(&gateway, &format!("POST {USERS}"), wish);
    assert_eq!((taken.status, code(&taken)), (409, "conflict".into()));
    let change = json!({"name": "Ada L.", "role": "user", "disabled": true});
    let told = good(&ask(&gateway, &format!("PATCH {}", ada()), change), 200);
    assert_eq!(
        (&told["name"], &told["role"], &told["disabled"], &told["created_at"]),
        (&json!("Ada L."), &json!("user"), &json!(true), &json!(SECONDS))
    );
    assert_eq!(good(&ask(&gateway, &format!("PATCH {}", ada()), "{}"), 200), told);
    assert_eq!(good(&ask(&gateway, &format!("DELETE {}", ada()), ""), 200), json!({"success": true}));
    for line in ["GET", "PATCH", "DELETE"].map(|method| format!("{method} {}", ada())) {
        assert_eq!(ask(&gateway, &line, "{}").status, 404, "{line}");
    }
    let ours = good(&ask(&gateway, &format!("POST {USERS}"), json!({"name": "Eve", "role": "user"})), 201);
    assert_eq!(ours["id"].as_str().unwrap().len(), 26);
}

#[test]
fn while_one_is_disabled_none_of_his_tokens_works() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    made_user(&gateway, "bob", "admin");
    let [ada, bob] = ["ada", "bob"].map(|user| made(&gateway, "wa_all", json!({"user": user})).0);
    let (nobodys, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let line = format!("PATCH {USERS}/ada");
    good(&ask(&gateway, &line, json!({"disabled": true})), 200);
    assert_eq!([&ada, &bob, &nobodys].map(|secret| opens(&gateway, secret)), [401, 200, 200]);
    assert!(record(&gateway, &ada).unwrap().suspended);
    let late = good(&ask(&gateway, &format!("POST {TOKENS}"), json!({"user": "ada"})), 201);
    assert_eq!(late["suspended"], true);
    good(&ask(&gateway, &line, json!({"disabled": false})), 200);
    assert_eq!([&ada, &bob, &nobodys].map(|secret| opens(&gateway, secret)), [200; 3]);
    assert_eq!(opens(&gateway, late["token"].as_str().unwrap()), 200);
}

#[test]
fn a_disabled_one_of_a_disabled_organization_stays_so() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let (secret, _) = made(&gateway, "wa_all", json!({"user": "ada"}));
    let of_acme = |disabled: bool| {
        let line = format!("PATCH {ORGANIZATIONS}/acme");
        good(&ask_as(&gateway, BOOT, &line, json!({ "disabled": disabled })), 200);
        opens(&gateway, &secret)
    };
    good(&ask(&gateway, &format!("PATCH {USERS}/ada"), json!({"disabled": true})), 200);
    assert_eq!((of_acme(true), of_acme(false)), (401, 401));
    good(&ask(&gateway, &format!("PATCH {USERS}/ada"), json!({"disabled": false})), 200);
    assert_eq!(opens(&gateway, &secret), 200);
    // And the other way round.
    assert_eq!(of_acme(true), 401);
    let line = format!("PATCH {USERS}/ada");
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": false})), 200);
    assert_eq!(opens(&gateway, &secret), 401);
}

#[test]
fn of_a_lower_role_his_tokens_may_less() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let (secret, _) = made(&gateway, "wa_all", json!({"user": "ada"}));
    good(&ask(&gateway, &format!("PATCH {}", ada()), json!({"role": "user"})), 200);
    let kept = record(&gateway, &secret).unwrap();
    assert_eq!(kept.capabilities, Role::User.capabilities());
    assert_eq!(opens(&gateway, &secret), 403);
    good(&ask(&gateway, &format!("PATCH {}", ada()), json!({"role": "admin"})), 200);
    assert_eq!(opens(&gateway, &secret), 403);
}

#[test]
fn with_him_go_his_tokens() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let (his, _) = made(&gateway, "wa_all", json!({"user": "ada"}));
    let (other, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    good(&ask(&gateway, &format!("DELETE {}", ada()), ""), 200);
    assert_eq!((opens(&gateway, &his), opens(&gateway, &other)), (401, 200));
    assert_eq!(gateway.bus.with(|state| state.access.tokens.len()), 1);
}

#[test]
fn there_is_a_limit() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        for n in 0..MOST_USERS {
            let id_of = user(&format!("u{n}"));
            let record = User {
                v: 1,
                id: id_of.clone(),
                name: "U".into(),
                role: Role::User,
                created_at: NOON,
                disabled: false,
            };
            state.access.users.insert((id("acme"), id_of), record);
        }
    });
    let answer = ask(&gateway, &format!("POST {USERS}"), json!({"name": "One", "role": "user"}));
    assert_eq!((answer.status, &answer.json()["error"]["details"]["limit"]), (409, &json!(MOST_USERS)));
    let page = good(&ask(&gateway, &format!("GET {USERS}?limit=3&cursor=u997"), ""), 200);
    assert_eq!((page["users"].as_array().unwrap().len(), &page["total"]), (2, &json!(MOST_USERS)));
}

/// A token of `acme` that was made elsewhere, for one who is kept nowhere.
fn made_elsewhere(gateway: &FakeGateway, secret: &str, user_id: &str) {
    gateway.bus.add_token(secret, "acme", &Capability::ALL);
    gateway.bus.change_token(secret, |token| {
        (token.user, token.id) = (Some(user(user_id)), TokenId::generate(NOON, 5));
    });
    gateway.bus.with(|state| {
        let place = (id("acme"), TokenId::generate(NOON, 5));
        state.access.tokens.insert(place, token_hash(secret));
    });
}

#[test]
fn no_token_that_was_there_before_him_may_more_than_his_role() {
    let gateway = gateway();
    made_elsewhere(&gateway, "wa_elsewhere", "ada");
    let before = record(&gateway, "wa_elsewhere");
    let line = format!("POST {USERS}");
    let of = |role: &str| ask(&gateway, &line, json!({"id": "ada", "name": "Ada", "role": role}));
    for role in ["user", "manager"] {
        let answer = of(role);
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()), "{role}");
        assert!(answer.json()["error"]["details"]["token"].is_string(), "{}", answer.text);
    }
    assert!(acts(&gateway, "acme").is_empty());
    good(&of("admin"), 201);
    assert_eq!(record(&gateway, "wa_elsewhere"), before);
}

#[test]
fn a_token_that_cannot_be_read_keeps_nobody_from_going() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let (secret, _) = made(&gateway, "wa_all", json!({"user": "ada"}));
    gateway.bus.with(|state| state.unreadable.insert(token_hash(&secret)));
    good(&ask(&gateway, &format!("DELETE {USERS}/ada"), ""), 200);
    assert_eq!(record(&gateway, &secret), None);
}
