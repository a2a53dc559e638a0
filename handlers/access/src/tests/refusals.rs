//! What is refused, and how.

use super::*;

/// Every route with a path that leads to something of `organization`, and a body that is good.
fn lines(organization: &str, token: &str) -> Vec<(String, Value)> {
    let line = |route: &Route<Op>| {
        let path = route.path.replace("tokens/{id}", &format!("tokens/{token}"));
        let path = path.replace("{id}", organization).replace("{user}", "ada");
        let body = match route.op {
            Op::TokenCreate => json!({"capabilities": ["read"], "organization": organization}),
            Op::OrganizationCreate => json!({"name": "New"}),
            Op::UserCreate => json!({"name": "Bob", "role": "user"}),
            _ => json!({}),
        };
        let query = match route.op {
            Op::TokenList | Op::TokenDelete | Op::Audit => format!("?organization={organization}"),
            _ => String::new(),
        };
        (format!("{} {path}{query}", route.method), body)
    };
    ROUTES.iter().map(line).collect()
}

/// A gateway whose `acme` has a user `ada` and a token.
fn furnished() -> (FakeGateway, String) {
    let gateway = gateway();
    made_user(&gateway, "ada", "user");
    let (_, token) = made(&gateway, "wa_all", json!({"user": "ada"}));
    (gateway, token)
}

#[test]
fn strangers_are_refused_on_every_route() {
    let (gateway, token) = furnished();
    let most = [Capability::Read, Capability::Send, Capability::Manage, Capability::Events];
    gateway.bus.add_token("wa_most", "acme", &most);
    for (line, body) in lines("acme", &token) {
        for (by, status) in [("wrong", 401), ("wa_none", 403), ("wa_most", 403)] {
            assert_eq!(ask_as(&gateway, by, &line, body.clone()).status, status, "{by} {line}");
        }
    }
    gateway.bus.with(|state| state.down = true);
    for (line, body) in lines("acme", &token) {
        assert_eq!(ask(&gateway, &line, body).status, 503, "{line}");
    }
}

#[test]
fn what_is_anothers_does_not_exist() {
    let (gateway, token) = furnished();
    gateway.bus.add_token("wa_other", "someone-else", &Capability::ALL);
    let before = gateway.bus.with(|state| (state.tokens.len(), state.access.acts.len()));
    for (line, body) in lines("acme", &token).into_iter().filter(|(line, _)| line.contains("acme")) {
        let answer = ask_as(&gateway, "wa_other", &line, body);
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{line}");
    }
    let theirs = ask_as(&gateway, "wa_other", &format!("DELETE {TOKENS}/{token}"), "");
    assert_eq!(theirs.status, 404);
    let in_body = json!({"capabilities": ["read"], "organization": "acme"});
    assert_eq!(ask_as(&gateway, "wa_other", &format!("POST {TOKENS}"), in_body).status, 404);
    assert_eq!(gateway.bus.with(|state| (state.tokens.len(), state.access.acts.len())), before);
    // Nor does what is nobody's.
    for (line, body) in lines("nobody", &token).into_iter().filter(|(line, _)| line.contains("nobody")) {
        for by in ["wa_all", BOOT] {
            assert_eq!(ask_as(&gateway, by, &line, body.clone()).status, 404, "{by} {line}");
        }
    }
}

#[test]
fn organizations_need_a_token_of_the_deployment() {
    let gateway = gateway();
    for (line, status) in [
        (format!("POST {ORGANIZATIONS}"), 403),
        (format!("GET {ORGANIZATIONS}"), 403),
        (format!("GET {ORGANIZATIONS}/acme"), 403),
        (format!("PATCH {ORGANIZATIONS}/acme"), 403),
        (format!("DELETE {ORGANIZATIONS}/acme"), 403),
        (format!("GET {ORGANIZATIONS}/someone-else"), 404),
        (format!("PATCH {ORGANIZATIONS}/someone-else"), 404),
        (format!("DELETE {ORGANIZATIONS}/someone-else"), 404),
    ] {
        let answer = ask(&gateway, &line, json!({"name": "X", "disabled": true}));
        assert_eq!(answer.status, status, "{line}");
    }
    gateway.bus.with(|state| assert!(state.access.organizations.is_empty()));
}

#[test]
fn a_token_of_the_deployment_still_needs_to_be_an_admins() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, BOOT, json!({"capabilities": ["read"], "deployment": true}));
    assert_eq!(ask_as(&gateway, &secret, &format!("GET {ORGANIZATIONS}"), "").status, 403);
}

#[test]
fn what_is_no_id_is_nothing() {
    let gateway = gateway();
    for bad in ["nothing", "tok_x", "TOK_01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1", "%2F"] {
        assert_eq!(ask(&gateway, &format!("DELETE {TOKENS}/{bad}"), "").status, 404, "{bad}");
    }
    for bad in ["a%20b", "%2F"] {
        assert_eq!(ask_as(&gateway, BOOT, &format!("GET {ORGANIZATIONS}/{bad}"), "").status, 404, "{bad}");
        assert_eq!(ask(&gateway, &format!("GET {USERS}/{bad}"), "").status, 404, "{bad}");
    }
}

fn sessions(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("s{n}")).collect()
}

#[test]
fn every_bad_field_is_named() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    let token = json!({"capabilities": ["read", "send"], "sessions": ["main", "second"], "name": "ci"});
    let named = json!({"name": "Ada", "role": "user"});
    for (line, schema, good) in [
        (format!("POST {TOKENS}"), token::wish::NewToken::schema(), &token),
        (format!("POST {ORGANIZATIONS}"), organization::wish::NewOrganization::schema(), &named),
        (format!("PATCH {ORGANIZATIONS}/acme"), organization::wish::OrganizationChange::schema(), &named),
        (format!("POST {USERS}"), user::wish::NewUser::schema(), &named),
        (format!("PATCH {USERS}/ada"), user::wish::UserChange::schema(), &named),
    ] {
        for bad in breaks(&schemas, &schema, good) {
            let answer = ask_as(&gateway, BOOT, &line, bad.body.clone());
            assert_eq!(
                (answer.status, answer.bad_fields()),
                (400, vec![bad.field.clone()]),
                "{line}: {} {} {}",
                bad.field,
                bad.how,
                bad.body
            );
        }
        for body in ["", "{", "[]"] {
            assert_eq!(ask_as(&gateway, BOOT, &line, body).bad_fields(), ["body"], "{line}");
        }
        let large = " ".repeat((1 << 20) + 1);
        assert_eq!(ask_as(&gateway, BOOT, &line, large.as_str()).status, 413, "{line}");
    }
    let all = json!({
        "organization": "a b", "user": "", "kind": "key", "capabilities": ["read", "fly", 3], "sessions": [],
        "expires_at": "tomorrow", "name": "x".repeat(101), "deployment": "yes",
    });
    let fields = [
        "organization",
        "user",
        "kind",
        "capabilities[1]",
        "capabilities[2]",
        "sessions",
        "expires_at",
        "name",
        "deployment",
    ];
    assert_eq!(ask(&gateway, &format!("POST {TOKENS}"), all).bad_fields(), fields);
    for (wish, fields) in [
        (json!({}), ["capabilities"]),
        (json!({"capabilities": ["read"], "expires_at": SECONDS}), ["expires_at"]),
        (json!({"capabilities": ["read"], "expires_at": NOON + 1000}), ["expires_at"]),
        (json!({"capabilities": ["read"], "sessions": sessions(51)}), ["sessions"]),
    ] {
        assert_eq!(ask(&gateway, &format!("POST {TOKENS}"), wish).bad_fields(), fields);
    }
}

#[test]
fn what_is_told_is_as_it_is_described() {
    let (gateway, token) = furnished();
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    // All but deletions, whose answers say nothing of what there is.
    for (line, body) in lines("acme", &token).into_iter().filter(|(line, _)| !line.starts_with("DELETE")) {
        let answer = ask_as(&gateway, BOOT, &line, body);
        let (method, path) = line.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap();
        let same = |operation: &&edgewire_edge::describe::Operation| {
            let told = operation.path.replace("{id}", "acme").replace("{user}", "ada");
            operation.method == method && told == path
        };
        let operation = description.operations.iter().find(same).unwrap();
        let told = operation.answers.iter().find(|told| told.status == answer.status);
        let content = told.unwrap_or_else(|| panic!("{line}: {}", answer.text)).content.as_ref().unwrap();
        assert_eq!(schemas.faults(&content.schema, &answer.json()), Vec::<String>::new(), "{line}");
    }
}
