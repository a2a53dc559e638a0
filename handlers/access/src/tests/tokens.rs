//! Making, listing and revoking tokens.

use super::*;

#[test]
fn a_token_is_made_and_its_secret_told_once() {
    let gateway = gateway();
    made_user(&gateway, "ada", "manager");
    let wish = json!({
        "organization": "acme", "user": "ada", "kind": "user_token", "capabilities": ["read", "send"],
        "sessions": ["main"], "expires_at": SECONDS + 60, "name": "Ada's phone",
    });
    let mut told = good(&ask(&gateway, &format!("POST {TOKENS}"), wish), 201);
    let secret = told["token"].as_str().unwrap().to_owned();
    let kept = record(&gateway, &secret).unwrap();
    let expected = json!({
        "id": kept.id, "kind": "user_token", "organization": "acme", "user": "ada", "capabilities": ["read", "send"],
        "sessions": ["main"], "expires_at": SECONDS + 60, "name": "Ada's phone", "created_at": SECONDS,
        "last_used_at": null, "deployment": false, "suspended": false, "token": secret,
    });
    assert_eq!(told, expected);
    // A UUID, version 4.
    assert_eq!((secret.len(), &secret[14..15]), (36, "4"));
    let listed = ask(&gateway, &format!("GET {TOKENS}"), "");
    assert!(!listed.text.contains(&secret) && !listed.text.contains(&token_hash(&secret)));
    told.as_object_mut().unwrap().remove("token");
    assert_eq!(listed.json(), json!({"tokens": [told], "total": 1, "next_cursor": null}));
}

#[test]
fn the_least_is_what_it_may_do() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    assert!(secret.starts_with("wa_"));
    let kept = record(&gateway, &secret).unwrap();
    assert_eq!((kept.kind, kept.organization, kept.user), (TokenKind::ApiKey, id("acme"), None));
    assert_eq!((kept.sessions, kept.expires_at, kept.name, kept.deployment), (None, None, None, false));
    assert_eq!(opens(&gateway, &secret), 200);
}

#[test]
fn the_first_token_is_made_with_the_bootstrap_token() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, BOOT, json!({"capabilities": ["admin"], "deployment": true}));
    let kept = record(&gateway, &secret).unwrap();
    assert_eq!((kept.organization.as_str(), kept.deployment), ("default", true));
    // Its organization has come to be.
    assert_eq!(ask_as(&gateway, &secret, &format!("GET {ORGANIZATIONS}/default"), "").status, 200);
}

#[test]
fn without_capabilities_it_has_its_users() {
    let gateway = gateway();
    for (role, may) in [
        ("admin", json!(["read", "send", "manage", "events", "admin"])),
        ("manager", json!(["read", "send", "manage", "events"])),
        ("user", json!(["read", "send", "events"])),
    ] {
        made_user(&gateway, role, role);
        let told = good(&ask(&gateway, &format!("POST {TOKENS}"), json!({"user": role})), 201);
        assert_eq!(told["capabilities"], may);
    }
}

#[test]
fn a_token_works_until_it_expires() {
    let gateway = gateway();
    let wish = json!({"capabilities": ["admin"], "expires_at": "2026-06-15T12:00:10Z"});
    let (secret, _) = made(&gateway, "wa_all", wish);
    gateway.env.pass(9_999);
    assert_eq!(opens(&gateway, &secret), 200);
    gateway.env.pass(1);
    assert_eq!(opens(&gateway, &secret), 401);
}

#[test]
fn a_revoked_token_is_refused_at_once() {
    let gateway = gateway();
    let (secret, id) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    assert_eq!(opens(&gateway, &secret), 200);
    let line = format!("DELETE {TOKENS}/{id}");
    assert_eq!(good(&ask(&gateway, &line, ""), 200), json!({"success": true}));
    assert_eq!((opens(&gateway, &secret), record(&gateway, &secret)), (401, None));
    let again = ask(&gateway, &line, "");
    assert_eq!((again.status, code(&again)), (404, "not_found".into()));
    assert_eq!(ask(&gateway, &format!("GET {TOKENS}"), "").json()["total"], 0);
}

#[test]
fn a_token_may_revoke_itself() {
    let gateway = gateway();
    let (secret, id) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    good(&ask_as(&gateway, &secret, &format!("DELETE {TOKENS}/{id}"), ""), 200);
    assert_eq!(opens(&gateway, &secret), 401);
}

#[test]
fn the_list_says_when_a_token_was_last_used() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let last = || ask(&gateway, &format!("GET {TOKENS}"), "").json()["tokens"][0]["last_used_at"].clone();
    assert_eq!(last(), Value::Null);
    gateway.env.pass(5_000);
    assert_eq!(opens(&gateway, &secret), 200);
    assert_eq!(last(), SECONDS + 5);
}

#[test]
fn a_list_comes_in_pages_the_oldest_first() {
    let gateway = gateway();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            gateway.env.pass(1);
            made(&gateway, "wa_all", json!({"capabilities": ["read"]})).1
        })
        .collect();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(&gateway, &format!("GET {TOKENS}?limit=2{cursor}"), "").json();
        assert_eq!(page["total"], 5);
        let tokens = page["tokens"].as_array().unwrap();
        seen.extend(tokens.iter().map(|token| token["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    good(&ask(&gateway, &format!("GET {TOKENS}?limit=100"), ""), 200);
    assert_eq!(ask(&gateway, &format!("GET {TOKENS}?limit=101"), "").bad_fields(), ["query.limit"]);
    let bad = ask(&gateway, &format!("GET {TOKENS}?limit=0&cursor=x&organization=a%20b"), "");
    assert_eq!(bad.bad_fields(), ["query.limit", "query.cursor", "query.organization"]);
}

#[test]
fn what_went_by_itself_is_forgotten_when_it_is_listed() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["read"]}));
    made(&gateway, "wa_all", json!({"capabilities": ["send"]}));
    gateway.bus.with(|state| state.tokens.remove(&token_hash(&secret)));
    let places = || gateway.bus.with(|state| state.access.tokens.len());
    // It may be one that is just being made.
    assert_eq!(
        (ask(&gateway, &format!("GET {TOKENS}"), "").json()["total"].clone(), places()),
        (json!(1), 2)
    );
    gateway.env.pass(60_001);
    assert_eq!(
        (ask(&gateway, &format!("GET {TOKENS}"), "").json()["total"].clone(), places()),
        (json!(1), 1)
    );
}

#[test]
fn there_is_a_limit_which_those_that_expired_do_not_count_for() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["read"]}));
    let token = record(&gateway, &secret).unwrap();
    gateway.bus.with(|state| {
        for n in 1..MOST_TOKENS {
            let (id, hash) = (TokenId::generate(NOON - 1, n as u128), format!("hash-{n}"));
            state.access.tokens.insert((token.organization.clone(), id.clone()), hash.clone());
            state.tokens.insert(hash, TokenRecord { id, ..token.clone() });
        }
    });
    let wish = json!({"capabilities": ["read"]});
    let full = ask(&gateway, &format!("POST {TOKENS}"), wish.clone());
    assert_eq!((full.status, code(&full)), (409, "conflict".into()));
    assert_eq!(full.json()["error"]["details"]["limit"], MOST_TOKENS);
    gateway.bus.with(|state| state.tokens.remove("hash-7"));
    gateway.env.pass(70_000);
    made(&gateway, "wa_all", wish);
}

#[test]
fn one_that_cannot_be_read_holds_up_no_list_and_can_be_revoked() {
    let gateway = gateway();
    let (secret, unreadable) = made(&gateway, "wa_all", json!({"capabilities": ["read"]}));
    let (_, other) = made(&gateway, "wa_all", json!({"capabilities": ["send"]}));
    gateway.bus.with(|state| state.unreadable.insert(token_hash(&secret)));
    let listed = good(&ask(&gateway, &format!("GET {TOKENS}"), ""), 200);
    let ids: Vec<_> = listed["tokens"].as_array().unwrap().iter().map(|token| &token["id"]).collect();
    assert_eq!((ids, &listed["total"]), (vec![&json!(other)], &json!(2)));
    good(&ask(&gateway, &format!("DELETE {TOKENS}/{unreadable}"), ""), 200);
    assert_eq!(record(&gateway, &secret), None);
    // Only what cannot be asked at all fails.
    gateway.bus.with(|state| state.down = true);
    assert_eq!(ask(&gateway, &format!("DELETE {TOKENS}/{other}"), "").status, 503);
}
