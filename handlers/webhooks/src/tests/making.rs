//! Making, looking at, changing and deleting.

use super::*;

#[test]
fn a_webhook_is_made_and_told_without_its_secret() {
    let gateway = gateway();
    let wish = json!({
        "url": URL, "events": ["message.*", "auth.qr"], "session_id": "main", "secret": "s3cret",
        "custom_headers": {"X-Tenant": "7"}, "retry": {"attempts": 5}, "timeout_seconds": 20, "active": false,
    });
    let answer = ask(&gateway, &format!("POST {WEBHOOKS}"), wish);
    assert_eq!(answer.status, 201);
    let hook = kept(&gateway);
    let told = json!({
        "id": hook.id, "url": URL, "events": ["message.*", "auth.qr"], "session_id": "main", "has_secret": true,
        "custom_headers": {"X-Tenant": "7"}, "retry": {"attempts": 5, "delay_seconds": 2}, "timeout_seconds": 20,
        "active": false, "created_at": SECONDS, "updated_at": SECONDS,
        "breaker": {"state": "closed", "failures": 0, "opened_at": null, "retry_at": null}, "dead": 0, "replaying": 0,
    });
    assert_eq!(answer.json(), told);
    assert_eq!(hook.secret.as_deref(), Some("s3cret"));
    assert_eq!(hook.retry, Some(Retry { attempts: 5, delay_seconds: 2 }));
    for path in [format!("{WEBHOOKS}/{}", hook.id), format!("/api/v1/sessions/main/webhooks/{}", hook.id)] {
        assert_eq!(ask(&gateway, &format!("GET {path}"), "").json(), told);
    }
}

#[test]
fn the_least_is_a_url() {
    let gateway = gateway();
    made(&gateway);
    let hook = kept(&gateway);
    assert_eq!((hook.events, hook.session_id, hook.active), (vec!["*".to_owned()], None, true));
    assert_eq!((hook.secret, hook.retry, hook.timeout_seconds), (None, None, None));
}

#[test]
fn a_change_changes_what_is_said_and_nothing_else() {
    let gateway = gateway();
    let hook = made(&gateway);
    let path = format!("PATCH {WEBHOOKS}/{hook}");
    let before = kept(&gateway);
    gateway.env.pass(5_000);
    let answer =
        ask(&gateway, &path, json!({"active": false, "secret": "new", "custom_headers": {"A": "1"}}));
    assert_eq!(answer.status, 200);
    let told = answer.json();
    assert_eq!(
        (&told["active"], &told["has_secret"], &told["url"]),
        (&json!(false), &json!(true), &json!(URL))
    );
    assert_eq!((&told["created_at"], &told["updated_at"]), (&json!(SECONDS), &json!(SECONDS + 5)));
    ask(&gateway, &path, json!({"retry": {"delay_seconds": 9}}));
    ask(&gateway, &path, json!({"retry": {"attempts": 3}, "timeout_seconds": 4, "events": ["message"]}));
    let now = kept(&gateway);
    assert_eq!(now.retry, Some(Retry { attempts: 3, delay_seconds: 9 }));
    assert_eq!((now.secret.as_deref(), now.custom_headers.len()), (Some("new"), 1));
    assert_eq!((now.created_at, now.id.clone(), now.url.clone()), (before.created_at, before.id, before.url));
    ask(&gateway, &path, json!({"secret": "", "custom_headers": {}, "url": "https://other.example/"}));
    let now = kept(&gateway);
    assert_eq!((now.secret, now.custom_headers.len(), now.url.as_str()), (None, 0, "https://other.example/"));
}

#[test]
fn a_change_tells_a_breaker_that_is_closed() {
    let gateway = gateway();
    let hook = made(&gateway);
    let breaker = Breaker { failures: 20, opened: 1, opened_at: NOON - 9_000, retry_at: NOON + 30_000 };
    let state = HookState { breaker, ..HookState::default() };
    gateway.bus.with(|s| s.hooks.states.push((id(&hook), state)));
    let told = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}"), "").json();
    let open = json!({"state": "open", "failures": 20, "opened_at": SECONDS - 9, "retry_at": SECONDS + 30});
    assert_eq!(told["breaker"], open);
    gateway.env.pass(30_000);
    let told = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}"), "").json();
    assert_eq!(told["breaker"]["state"], "half_open");
    let told = ask(&gateway, &format!("PATCH {WEBHOOKS}/{hook}"), "{}").json();
    assert_eq!(told["breaker"]["state"], "closed");
}

#[test]
fn a_deleted_webhook_is_gone() {
    let gateway = gateway();
    let hook = made(&gateway);
    let answer = ask(&gateway, &format!("DELETE {WEBHOOKS}/{hook}"), "");
    assert_eq!((answer.status, answer.json()), (200, json!({"success": true})));
    assert_eq!(ask(&gateway, &format!("GET {WEBHOOKS}/{hook}"), "").status, 404);
    assert_eq!(ask(&gateway, &format!("DELETE {WEBHOOKS}/{hook}"), "").status, 404);
}

#[test]
fn a_list_comes_in_pages_the_oldest_first() {
    let gateway = gateway();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            gateway.env.pass(1);
            made(&gateway)
        })
        .collect();
    let of_main = ask(&gateway, "POST /api/v1/sessions/main/webhooks", json!({"url": URL})).json();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ask(&gateway, &format!("GET {WEBHOOKS}?limit=2{cursor}"), "").json();
        assert_eq!(page["total"], 6);
        seen.extend(
            page["webhooks"].as_array().unwrap().iter().map(|w| w["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen[..5], ids);
    for line in ["GET /api/v1/sessions/main/webhooks", "GET /api/v1/webhooks?session=main"] {
        let page = ask(&gateway, line, "").json();
        assert_eq!((&page["total"], &page["webhooks"][0]["id"]), (&json!(1), &of_main["id"]), "{line}");
    }
    let bad = ask(&gateway, &format!("GET {WEBHOOKS}?limit=0&cursor=x&session=a%20b"), "");
    assert_eq!(bad.bad_fields(), ["query.limit", "query.cursor", "query.session"]);
}

#[test]
fn there_is_a_limit() {
    let gateway = gateway();
    made(&gateway);
    let one = kept(&gateway);
    let acme = OrganizationId::parse("acme").unwrap();
    gateway.bus.with(|state| {
        for n in 1..MAX_PER_ORGANIZATION {
            let id = WebhookId::generate(1, n as u128);
            state.webhooks.push((acme.clone(), Webhook { id, ..one.clone() }));
        }
    });
    for line in ["POST /api/v1/webhooks", "POST /api/v1/sessions/main/webhooks"] {
        let answer = ask(&gateway, line, json!({"url": URL}));
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()), "{line}");
        assert_eq!(answer.json()["error"]["details"]["limit"], MAX_PER_ORGANIZATION);
    }
}
