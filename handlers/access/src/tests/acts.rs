//! The audit.

use super::*;

#[test]
fn every_act_is_told_the_newest_first() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    gateway.env.pass(1000);
    let (secret, token) = made(&gateway, "wa_all", json!({"user": "ada"}));
    let line = format!("DELETE {TOKENS}/{token}");
    let answer = Answer::read(run(handle(
        gateway.clone(),
        request(&line, &[&format!("x-api-key: {secret}"), "x-request-id: req-7"], ""),
    )));
    good(&answer, 200);
    let page = good(&ask(&gateway, "GET /api/v1/audit?limit=2", ""), 200);
    let newest = json!({
        "id": page["audit"][0]["id"], "at": SECONDS + 1,
        "actor": {"token": token, "user": "ada", "organization": "acme", "deployment": false},
        "action": "token.delete", "organization": "acme", "target": token, "request_id": "req-7",
    });
    assert_eq!(page["audit"][0], newest);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = good(&ask(&gateway, &format!("GET /api/v1/audit?limit=2&cursor={cursor}"), ""), 200);
    assert_eq!((&rest["audit"][0]["action"], &rest["next_cursor"]), (&json!("user.create"), &Value::Null));
    assert_eq!(
        (&rest["audit"][0]["actor"]["user"], &rest["audit"][0]["target"]),
        (&Value::Null, &json!("ada"))
    );
    let bad = ask(&gateway, "GET /api/v1/audit?limit=0&cursor=x&organization=a%20b", "");
    let mut named = bad.bad_fields();
    named.sort();
    assert_eq!(named, ["query.cursor", "query.limit", "query.organization"]);
}

#[test]
fn what_changes_nothing_is_none() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    let line = format!("PATCH {USERS}/ada");
    for change in [json!({}), json!({"name": "ada"}), json!({"disabled": false}), json!({"role": "admin"})] {
        good(&ask(&gateway, &line, change), 200);
    }
    good(&ask_as(&gateway, BOOT, &format!("PATCH {ORGANIZATIONS}/acme"), json!({"disabled": false})), 200);
    let renamed = ask_as(&gateway, "wrong", &line, json!({"name": "Eve"}));
    assert_eq!(renamed.status, 401);
    // (The organization's record is its first.)
    let told = acts(&gateway, "acme");
    let expected = [(Action::UserCreate, "ada".to_owned()), (Action::OrganizationUpdate, "acme".to_owned())];
    assert_eq!(told, expected);
}

#[test]
fn what_is_done_to_another_organization_both_know() {
    let gateway = gateway();
    let by_boot = |line: &str, body: Value| good_any(&ask_as(&gateway, BOOT, line, body));
    by_boot(&format!("POST {ORGANIZATIONS}"), json!({"id": "new", "name": "New"}));
    by_boot(&format!("POST {ORGANIZATIONS}/new/users"), json!({"id": "ada", "name": "Ada", "role": "user"}));
    by_boot(&format!("PATCH {ORGANIZATIONS}/new/users/ada"), json!({"disabled": true}));
    by_boot(&format!("PATCH {ORGANIZATIONS}/new/users/ada"), json!({"disabled": false}));
    let (_, token) = made(&gateway, BOOT, json!({"user": "ada", "organization": "new"}));
    by_boot(&format!("PATCH {ORGANIZATIONS}/new"), json!({"name": "Newer"}));
    by_boot(&format!("PATCH {ORGANIZATIONS}/new"), json!({"disabled": true}));
    by_boot(&format!("PATCH {ORGANIZATIONS}/new"), json!({"disabled": false}));
    by_boot(&format!("DELETE {ORGANIZATIONS}/new/users/ada"), json!({}));
    by_boot(&format!("DELETE {ORGANIZATIONS}/new"), json!({}));
    let all = [
        (Action::OrganizationCreate, "new"),
        (Action::UserCreate, "ada"),
        (Action::UserDisable, "ada"),
        (Action::UserEnable, "ada"),
        (Action::TokenCreate, &token),
        (Action::OrganizationUpdate, "new"),
        (Action::OrganizationDisable, "new"),
        (Action::OrganizationEnable, "new"),
        (Action::TokenDelete, &token),
        (Action::UserDelete, "ada"),
        (Action::OrganizationDisable, "new"),
        (Action::OrganizationDelete, "new"),
    ];
    let all = all.map(|(action, target)| (action, target.to_owned()));
    assert_eq!(acts(&gateway, "new"), all);
    assert_eq!(acts(&gateway, "default"), all);
}

#[track_caller]
fn good_any(answer: &Answer) {
    assert!(answer.status < 300, "{}", answer.text);
}

#[test]
fn which_other_organizations_there_are_is_told_to_the_deployments_only() {
    let gateway = gateway();
    gateway.bus.change_token("wa_all", |token| token.deployment = true);
    good(&ask(&gateway, &format!("POST {ORGANIZATIONS}"), json!({"id": "rival", "name": "Rival"})), 201);
    made_user(&gateway, "ada", "admin");
    let told = |page: &str| {
        let page = good(&ask(&gateway, &format!("GET /api/v1/audit{page}"), ""), 200);
        let acts = page["audit"].as_array().unwrap().iter();
        let targets: Vec<_> = acts.map(|act| act["target"].as_str().unwrap().to_owned()).collect();
        (targets, page["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(told(""), (vec!["ada".to_owned(), "rival".to_owned()], None));
    gateway.bus.change_token("wa_all", |token| token.deployment = false);
    assert_eq!(told(""), (vec!["ada".to_owned()], None));
    // A cursor leads past what is not shown.
    let (first, cursor) = told("?limit=1");
    assert_eq!(first, ["ada"]);
    assert_eq!(told(&format!("?limit=1&cursor={}", cursor.unwrap())), (vec![], None));
}

#[test]
fn an_organization_does_not_inherit_what_was_done_to_one_of_its_id() {
    let gateway = gateway();
    let make =
        || ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"id": "new", "name": "New"}));
    good(&make(), 201);
    good(&ask_as(&gateway, BOOT, &format!("DELETE {ORGANIZATIONS}/new"), ""), 200);
    good(&make(), 201);
    assert_eq!(acts(&gateway, "new"), [(Action::OrganizationCreate, "new".to_owned())]);
    // And it is not lost.
    let aside =
        gateway.bus.with(|state| state.access.aside.iter().map(|(_, _, act)| act.action).collect::<Vec<_>>());
    assert_eq!(aside, [Action::OrganizationCreate, Action::OrganizationDisable, Action::OrganizationDelete]);
}

#[test]
fn nor_does_one_that_comes_to_be_with_a_token_or_a_user() {
    let user = json!({"id": "ada", "name": "Ada", "role": "user"});
    for (line, wish) in [
        (format!("POST {TOKENS}"), json!({"capabilities": ["read"]})),
        (format!("POST {ORGANIZATIONS}/default/users"), user),
    ] {
        let gateway = gateway();
        good(&ask_as(&gateway, BOOT, &line, wish.clone()), 201);
        good(&ask_as(&gateway, BOOT, &format!("DELETE {ORGANIZATIONS}/default"), ""), 200);
        assert!(gateway.bus.with(|state| state.access.gone.contains(&id("default"))));
        good(&ask_as(&gateway, BOOT, &line, wish), 201);
        assert_eq!(acts(&gateway, "default").len(), 1);
        gateway.bus.with(|state| assert!(state.access.gone.is_empty() && state.access.aside.len() >= 3));
    }
}

#[test]
fn who_administrates_the_deployment_is_nobody_to_others() {
    let gateway = gateway();
    let (_, token) = made(&gateway, BOOT, json!({"capabilities": ["read"], "organization": "acme"}));
    let actor = |by: &str| {
        let page = good(&ask_as(&gateway, by, "GET /api/v1/audit?organization=acme", ""), 200);
        assert_eq!(page["audit"][0]["target"], token);
        page["audit"][0]["actor"].clone()
    };
    let nobody = json!({"token": null, "user": null, "organization": null, "deployment": true});
    assert_eq!(actor("wa_all"), nobody);
    let known = actor(BOOT);
    assert_eq!((&known["organization"], &known["deployment"]), (&json!("default"), &json!(true)));
    assert!(known["token"].is_string());
}
