//! Organizations.

use super::*;

fn organization(gateway: &FakeGateway, id: &str) -> Value {
    let line = format!("POST {ORGANIZATIONS}");
    good(&ask_as(gateway, BOOT, &line, json!({"id": id, "name": format!("{id} Ltd")})), 201)
}

#[test]
fn one_is_made_looked_at_and_renamed() {
    let gateway = gateway();
    let told = json!({"id": "new", "name": "new Ltd", "created_at": SECONDS, "disabled": false});
    assert_eq!(organization(&gateway, "new"), told);
    let path = format!("{ORGANIZATIONS}/new");
    assert_eq!(good(&ask_as(&gateway, BOOT, &format!("GET {path}"), ""), 200), told);
    let told = good(&ask_as(&gateway, BOOT, &format!("PATCH {path}"), json!({"name": "New Inc"})), 200);
    let renamed = json!({"id": "new", "name": "New Inc", "created_at": SECONDS, "disabled": false});
    assert_eq!(told, renamed);
    assert_eq!(good(&ask_as(&gateway, BOOT, &format!("PATCH {path}"), "{}"), 200), renamed);
    let ours = good(&ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"name": "X"})), 201);
    assert_eq!(ours["id"].as_str().unwrap().len(), 26);
}

#[test]
fn an_id_is_taken_once() {
    let gateway = gateway();
    organization(&gateway, "new");
    for id in ["new", "acme"] {
        let line = format!("POST {ORGANIZATIONS}");
        let answer = ask_as(&gateway, BOOT, &line, json!({"id": id, "name": "X"}));
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()), "{id}");
    }
}

#[test]
fn there_is_a_limit() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        state.access.all.extend((state.access.all.len()..MOST_ORGANIZATIONS).map(|n| id(&format!("o{n}"))));
    });
    let answer = ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"name": "One more"}));
    assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    assert_eq!(answer.json()["error"]["details"]["limit"], MOST_ORGANIZATIONS);
}

#[test]
fn one_that_came_to_be_by_itself_goes_by_its_id() {
    let gateway = gateway();
    organization(&gateway, "bravo");
    let page = good(&ask_as(&gateway, BOOT, &format!("GET {ORGANIZATIONS}?limit=2"), ""), 200);
    let implied = json!({"id": "acme", "name": "acme", "created_at": null, "disabled": false});
    let bravo = json!({"id": "bravo", "name": "bravo Ltd", "created_at": SECONDS, "disabled": false});
    assert_eq!(page, json!({"organizations": [implied, bravo], "total": 3, "next_cursor": "bravo"}));
    let rest = good(&ask_as(&gateway, BOOT, &format!("GET {ORGANIZATIONS}?cursor=bravo"), ""), 200);
    assert_eq!(
        (&rest["organizations"][0]["id"], &rest["next_cursor"]),
        (&json!("someone-else"), &Value::Null)
    );
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    let told = good(&ask_as(&gateway, BOOT, &line, json!({"name": "Acme Ltd"})), 200);
    assert_eq!((&told["name"], &told["created_at"]), (&json!("Acme Ltd"), &Value::Null));
}

#[test]
fn while_one_is_disabled_none_of_its_tokens_works() {
    let gateway = gateway();
    let (first, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let (second, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let elsewhere = json!({"capabilities": ["admin"], "organization": "someone-else"});
    let (other, _) = made(&gateway, BOOT, elsewhere);
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    let told = good(&ask_as(&gateway, BOOT, &line, json!({"disabled": true})), 200);
    assert_eq!(told["disabled"], true);
    assert_eq!([&first, &second, &other].map(|secret| opens(&gateway, secret)), [401, 401, 200]);
    // Made while it is disabled.
    let wish = json!({"capabilities": ["admin"], "organization": "acme"});
    let made = good(&ask_as(&gateway, BOOT, &format!("POST {TOKENS}"), wish), 201);
    assert_eq!(made["suspended"], true);
    let third = made["token"].as_str().unwrap().to_owned();
    assert_eq!(opens(&gateway, &third), 401);
    // What was said already may be said again.
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": true})), 200);
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": false})), 200);
    assert_eq!([&first, &second, &third].map(|secret| opens(&gateway, secret)), [200; 3]);
}

#[test]
fn a_revoked_token_is_not_brought_back_by_enabling() {
    let gateway = gateway();
    let (secret, id) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": true})), 200);
    good(&ask_as(&gateway, BOOT, &format!("DELETE {TOKENS}/{id}?organization=acme"), ""), 200);
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": false})), 200);
    assert_eq!(record(&gateway, &secret), None);
}

#[test]
fn one_with_sessions_stays() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let line = format!("DELETE {ORGANIZATIONS}/acme");
    let answer = ask_as(&gateway, BOOT, &line, "");
    assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    assert_eq!(opens(&gateway, &secret), 200);
    // An entry of the index whose session is gone is none; one that is just being made is.
    let main = SessionId::parse("main").unwrap();
    gateway.bus.with(|state| state.sessions.remove(&main));
    assert_eq!(ask_as(&gateway, BOOT, &line, "").status, 409);
    gateway.env.pass(60_001);
    assert_eq!(good(&ask_as(&gateway, BOOT, &line, ""), 200), json!({"success": true}));
}

#[test]
fn a_deleted_one_takes_along_what_is_its() {
    let gateway = gateway();
    organization(&gateway, "new");
    let in_new = |wish: Value| {
        let mut wish = wish;
        wish["organization"] = "new".into();
        made(&gateway, BOOT, wish).0
    };
    let line = format!("POST {ORGANIZATIONS}/new/users");
    good(&ask_as(&gateway, BOOT, &line, json!({"id": "ada", "name": "Ada", "role": "admin"})), 201);
    let (first, second) = (in_new(json!({"capabilities": ["admin"]})), in_new(json!({"user": "ada"})));
    good(&ask_as(&gateway, BOOT, &format!("DELETE {ORGANIZATIONS}/new"), ""), 200);
    assert_eq!([&first, &second].map(|secret| record(&gateway, secret)), [None, None]);
    gateway.bus.with(|state| {
        let access = &state.access;
        assert!(!access.all.contains(&id("new")) && access.organizations.is_empty());
        assert!(access.users.is_empty() && access.tokens.is_empty());
    });
    for line in ["GET {}", "DELETE {}", "GET {}/users", "PATCH {}"] {
        let line = line.replace("{}", &format!("{ORGANIZATIONS}/new"));
        assert_eq!(ask_as(&gateway, BOOT, &line, "{}").status, 404, "{line}");
    }
    // What was done to it can be read still.
    let audit = good(&ask_as(&gateway, BOOT, "GET /api/v1/audit?organization=new", ""), 200);
    assert_eq!(audit["audit"][0]["action"], "organization.delete");
}
