//! What is refused, and how.

use super::*;

/// Every route of the Sessions API with a path that leads to a webhook.
fn lines(hook: &str) -> Vec<(String, String)> {
    let routes = ROUTES.iter().filter(|route| route.path.starts_with("/api/"));
    let line = |route: &Route<Op>| {
        let path = route.path.replace("{session}", "main").replace("{id}", hook);
        let body = if route.method == "POST" && path.ends_with("/webhooks") {
            json!({"url": URL})
        } else {
            json!({})
        };
        (format!("{} {path}", route.method), body.to_string())
    };
    routes.map(line).collect()
}

#[test]
fn strangers_are_refused_on_every_route() {
    let gateway = gateway();
    let hook = made(&gateway);
    gateway.bus.add_token("wa_read", "acme", &[Capability::Read, Capability::Send, Capability::Events]);
    for (line, body) in lines(&hook) {
        for (token, status) in [("wrong", 401), ("wa_none", 403), ("wa_read", 403)] {
            assert_eq!(ask_as(&gateway, token, &line, body.as_str()).status, status, "{token} {line}");
        }
    }
    gateway.bus.with(|state| state.down = true);
    for (line, body) in lines(&hook) {
        assert_eq!(ask(&gateway, &line, body.as_str()).status, 503, "{line}");
    }
}

#[test]
fn what_is_anothers_does_not_exist() {
    let gateway = gateway();
    let hook = made(&gateway);
    gateway.bus.add_token("wa_other", "someone-else", &Capability::ALL);
    for (line, body) in lines(&hook).iter().filter(|(line, _)| line.contains(&hook)) {
        let answer = ask_as(&gateway, "wa_other", line, body.as_str());
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{line}");
    }
    for bad in ["nothing", "wh_x", "WH_01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1", "%2F"] {
        for (line, body) in lines(bad).iter().filter(|(line, _)| line.contains(bad)) {
            assert_eq!(ask(&gateway, line, body.as_str()).status, 404, "{line}");
        }
    }
    // Not a session's own, though the organization's.
    let on_session = format!("GET /api/v1/sessions/main/webhooks/{hook}");
    assert_eq!(ask(&gateway, &on_session, "").json()["error"]["message"], "webhook not found");
    for session in ["other", "none", "a%20b"] {
        let line = format!("POST /api/v1/sessions/{session}/webhooks");
        assert_eq!(ask(&gateway, &line, json!({"url": URL})).status, 404, "{line}");
        let bound = json!({"url": URL, "session_id": session.replace("%20", "_")});
        assert_eq!(ask(&gateway, &format!("POST {WEBHOOKS}"), bound).status, 404, "{session}");
        let listed = format!("GET {WEBHOOKS}?session={}", session.replace("%20", "_"));
        assert_eq!(ask(&gateway, &listed, "").status, 404, "{session}");
    }
    assert_eq!(kept(&gateway).id.as_str(), hook);
}

#[test]
fn a_token_for_some_sessions_has_their_webhooks() {
    let gateway = gateway();
    let of_all = made(&gateway);
    gateway.env.pass(1);
    let token = of_main(&gateway);
    let open = ask_as(&gateway, token, &format!("POST {WEBHOOKS}"), json!({"url": URL}));
    assert_eq!((open.status, code(&open)), (403, "forbidden".into()));
    let bound = json!({"url": URL, "session_id": "main"});
    let bound = ask_as(&gateway, token, &format!("POST {WEBHOOKS}"), bound).json();
    let page = ask_as(&gateway, token, &format!("GET {WEBHOOKS}"), "").json();
    assert_eq!((&page["total"], &page["webhooks"][0]["id"]), (&json!(1), &bound["id"]));
    assert_eq!(ask_as(&gateway, token, &format!("DELETE {WEBHOOKS}/{of_all}"), "").status, 404);
}

#[test]
fn every_bad_field_is_named() {
    let gateway = gateway();
    let hook = made(&gateway);
    let create = format!("POST {WEBHOOKS}");
    let change = format!("PATCH {WEBHOOKS}/{hook}");
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    let good = json!({"url": URL, "retry": {"attempts": 3, "delay_seconds": 1}});
    for (line, schema) in [(&create, wish::NewWebhook::schema()), (&change, wish::WebhookChange::schema())] {
        for bad in breaks(&schemas, &schema, &good) {
            // Kinds of events are more than one shape can say; headers have a test of their own in the contract.
            let answer = ask(&gateway, line, bad.body.to_string().as_str());
            assert_eq!(
                (answer.status, answer.bad_fields()),
                (400, vec![bad.field.clone()]),
                "{line}: {} {} {}",
                bad.field,
                bad.how,
                bad.body
            );
        }
    }
    let all = json!({
        "url": "http://10.0.0.1/", "events": ["message", "smoke"], "session_id": "a b", "secret": "",
        "custom_headers": {"Host": "x"}, "retry": {"attempts": 0, "delay_seconds": 9999}, "timeout_seconds": 31, "active": 1,
    });
    let fields = [
        "url",
        "events[1]",
        "session_id",
        "secret",
        "custom_headers.Host",
        "retry.attempts",
        "retry.delay_seconds",
        "timeout_seconds",
        "active",
    ];
    assert_eq!(ask(&gateway, &create, all).bad_fields(), fields);
    let answer = ask(&gateway, &change, json!({"url": "ftp://x", "session_id": "main"}));
    assert_eq!(answer.bad_fields(), ["url", "session_id"]);
    for body in ["", "{", "[]"] {
        assert_eq!(ask(&gateway, &create, body).bad_fields(), ["body"]);
    }
    assert_eq!(ask(&gateway, &create, " ".repeat((1 << 20) + 1).as_str()).status, 413);
}

#[test]
fn this_machine_is_refused_unless_the_variable_allows_it() {
    let gateway = gateway();
    for url in ["http://127.0.0.1:9000/", "http://localhost/", "http://[::1]/"] {
        let answer = ask(&gateway, &format!("POST {WEBHOOKS}"), json!({"url": url}));
        assert_eq!((answer.status, answer.bad_fields()), (400, vec!["url".to_owned()]), "{url}");
    }
    let settings = edgewire_edge::settings::Settings { webhook_allow_loopback: true, ..Default::default() };
    let gateway = edgewire_edge::Gateway { settings: std::rc::Rc::new(settings), ..gateway };
    assert_eq!(ask(&gateway, &format!("POST {WEBHOOKS}"), json!({"url": "http://localhost/"})).status, 201);
    let private = ask(&gateway, &format!("POST {WEBHOOKS}"), json!({"url": "http://192.168.1.1/"}));
    assert_eq!(private.bad_fields(), ["url"]);
}

/// The routes that make or change a webhook, and good bodies.
fn writes(hook: &str) -> [(String, Value); 5] {
    let session = "/api/v1/sessions/main/webhooks";
    [
        (format!("POST {WEBHOOKS}"), json!({"url": URL})),
        (format!("PATCH {WEBHOOKS}/{hook}"), json!({"active": false})),
        (format!("POST {session}"), json!({"url": URL})),
        (format!("PATCH {session}/{hook}"), json!({"active": false})),
        ("POST /webhook".to_owned(), json!({"webhook_url": URL, "device_id": "main"})),
    ]
}

#[test]
fn whose_token_is_revoked_while_his_body_comes_makes_and_changes_nothing() {
    for (line, body) in writes(&WebhookId::generate(NOON, 1).to_string()) {
        let gateway = gateway();
        let revoke = |state: &mut edgewire_edge::bus::fake::State| state.tokens.clear();
        let body = SlowBody::new(&gateway, &body.to_string(), revoke);
        let head = request(&line, &[], "").head;
        let answer = Answer::read(run(handle(gateway.clone(), Request { head, body })));
        assert_eq!(answer.status, 401, "{line} {}", answer.text);
        gateway.bus.with(|state| assert!(state.webhooks.is_empty(), "{line}"));
    }
}

#[test]
fn of_a_stranger_no_body_is_read() {
    for (line, _) in writes(&WebhookId::generate(NOON, 1).to_string()) {
        let gateway = gateway();
        let body = SlowBody::new(&gateway, "{}", |_| panic!("a stranger's body is read"));
        let head = request(&line, &["x-api-key: wrong"], "").head;
        assert_eq!(run(handle(gateway, Request { head, body })).status, 401, "{line}");
    }
}

#[test]
fn none_is_made_in_an_organization_that_is_deleted_meanwhile() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        state.access.before_keep_webhook = Some(|state| {
            state.access.gone.insert(OrganizationId::parse("acme").unwrap());
        });
    });
    let answer = ask(&gateway, &format!("POST {WEBHOOKS}"), json!({"url": URL}));
    assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()));
    gateway.bus.with(|state| assert!(state.webhooks.is_empty()));
}
