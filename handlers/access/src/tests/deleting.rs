//! Who comes in between while an organization is deleted.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::ids::WebhookId;
use edgewire_contract::webhook::Webhook;

use super::*;

const DELETE: &str = "DELETE /api/v1/organizations/new";

/// With an organization `new` that has a token, whose secret it gives.
/// And a webhook.
fn with_new() -> (FakeGateway, String) {
    let gateway = gateway();
    good(&ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"id": "new", "name": "New"})), 201);
    let (secret, _) = made(&gateway, BOOT, json!({"capabilities": ["admin"], "organization": "new"}));
    let webhook = Webhook {
        v: CONTRACT_VERSION,
        id: WebhookId::generate(NOON, 1),
        url: "https://example.com".into(),
        events: Vec::new(),
        session_id: None,
        secret: None,
        custom_headers: BTreeMap::new(),
        retry: None,
        timeout_seconds: None,
        active: true,
        created_at: NOON,
        updated_at: None,
    };
    gateway.bus.with(|state| state.webhooks.push((id("new"), webhook)));
    (gateway, secret)
}

fn new(state: &mut State) -> &mut Organization {
    state.access.organizations.get_mut(&id("new")).unwrap()
}

#[test]
fn an_organization_that_somebody_enables_meanwhile_is_not_deleted() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| {
        state.access.before_drop_organization = Some(|state| {
            (new(state).disabled, new(state).deleting) = (false, false);
        });
    });
    let answer = ask_as(&gateway, BOOT, DELETE, "");
    assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    gateway.bus.with(|state| {
        assert!(state.access.all.contains(&id("new")));
        assert!(!new(state).disabled);
        // Nothing is destroyed of what stays.
        assert_eq!((state.webhooks.len(), state.access.tokens.len()), (1, 1));
        assert!(state.tokens.contains_key(&token_hash(&secret)));
    });
}

#[test]
fn an_organization_that_goes_takes_a_token_along_that_is_made_meanwhile() {
    let (gateway, _) = with_new();
    gateway.bus.with(|state| {
        state.access.before_drop_organization = Some(|state| {
            state.access.tokens.insert((id("new"), TokenId::generate(NOON, 77)), "late".into());
            let token = state.tokens[&token_hash("wa_all")].clone();
            state.tokens.insert("late".into(), token);
        });
    });
    good(&ask_as(&gateway, BOOT, DELETE, ""), 200);
    gateway.bus.with(|state| {
        assert!(!state.tokens.contains_key("late") && state.access.tokens.is_empty());
    });
}

/// Lets a session come to be when the organization is disabled already: its tokens are seen to then.
fn begin_session(state: &mut State) {
    state.index.entry("new".into()).or_default().insert(SessionId::parse("late").unwrap(), NOON);
}

#[test]
fn an_organization_that_turns_out_to_have_sessions_is_as_it_was() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| state.before_swap = Some(begin_session));
    // (The first look at the caller's own token notes its use.)
    assert_eq!(ask_as(&gateway, BOOT, DELETE, "").status, 409);
    gateway.bus.with(|state| assert!(!new(state).disabled && !new(state).deleting));
    assert_eq!(opens(&gateway, &secret), 200);
}

#[test]
fn who_disables_an_organization_while_it_cannot_be_deleted_has_it_stay_so() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| {
            begin_session(state);
            // By `PATCH`, which finds it disabled.
            new(state).deleting = false;
        });
    });
    assert_eq!(ask_as(&gateway, BOOT, DELETE, "").status, 409);
    gateway.bus.with(|state| assert!(new(state).disabled));
    assert_eq!(opens(&gateway, &secret), 401);
}

#[test]
fn who_says_what_an_organization_is_to_be_has_it_stay() {
    let (gateway, _) = with_new();
    gateway.bus.with(|state| (new(state).disabled, new(state).deleting) = (true, true));
    let line = format!("PATCH {ORGANIZATIONS}/new");
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": true})), 200);
    gateway.bus.with(|state| assert!(new(state).disabled && !new(state).deleting));
}

#[test]
fn an_organization_that_has_a_session_at_the_last_moment_stays_with_it() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| {
        state.access.before_drop_organization = Some(begin_session);
    });
    let answer = ask_as(&gateway, BOOT, DELETE, "");
    assert_eq!((answer.status, &answer.json()["error"]["details"]["session"]), (409, &json!("late")));
    gateway.bus.with(|state| {
        assert_eq!(state.index["new"].len(), 1);
        assert!(!new(state).disabled && !new(state).deleting);
        assert_eq!((state.webhooks.len(), state.access.tokens.len()), (1, 1));
    });
    assert_eq!(opens(&gateway, &secret), 200);
}

#[test]
fn what_an_index_keeps_of_a_session_that_is_gone_holds_up_no_deletion() {
    let (gateway, _) = with_new();
    gateway.bus.with(|state| {
        state.access.before_drop_organization = Some(|state| {
            let long_ago = NOON - 60_001;
            state.index.entry("new".into()).or_default().insert(SessionId::parse("old").unwrap(), long_ago);
        });
    });
    good(&ask_as(&gateway, BOOT, DELETE, ""), 200);
    gateway.bus.with(|state| assert!(state.access.gone.contains(&id("new")) && state.webhooks.is_empty()));
}

#[test]
fn an_organization_that_is_renamed_while_it_cannot_be_deleted_is_as_it_was_but_for_that() {
    let rename: fn(&mut State) = |state| new(state).name = "Newer".into();
    for in_between in [false, true] {
        let (gateway, secret) = with_new();
        gateway.bus.with(|state| match in_between {
            // Before the sessions are found …
            true => {
                state.access.before_drop_organization = Some(|state| {
                    begin_session(state);
                    new(state).name = "Newer".into();
                });
            }
            // … and while there are none.
            false => state.access.before_drop_organization = Some(rename),
        });
        assert_eq!(ask_as(&gateway, BOOT, DELETE, "").status, 409);
        gateway.bus.with(|state| {
            let now = new(state);
            assert_eq!((now.name.as_str(), now.disabled, now.deleting), ("Newer", false, false));
        });
        assert_eq!(opens(&gateway, &secret), 200);
    }
}

#[test]
fn who_changes_an_organization_while_a_deletion_is_taken_back_does_not_leave_it_disabled() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| {
        state.access.before_drop_organization = Some(|state| {
            begin_session(state);
            // Between the look at it and the record that takes it back.
            state.access.before_keep_organization = Some(|state| new(state).name = "Newer".into());
        });
    });
    assert_eq!(ask_as(&gateway, BOOT, DELETE, "").status, 409);
    gateway.bus.with(|state| assert!(!new(state).disabled && !new(state).deleting));
    assert_eq!(opens(&gateway, &secret), 200);
}

#[test]
fn what_cannot_be_read_is_deleted_all_the_same() {
    let (gateway, secret) = with_new();
    gateway.bus.with(|state| state.unreadable.insert(token_hash(&secret)));
    good(&ask_as(&gateway, BOOT, DELETE, ""), 200);
    assert_eq!(record(&gateway, &secret), None);
}

#[test]
fn an_organization_that_was_deleted_is_not_told_though_its_id_is_listed_still() {
    let (gateway, _) = with_new();
    good(&ask_as(&gateway, BOOT, DELETE, ""), 200);
    // Whoever deleted it was broken off.
    gateway.bus.with(|state| state.access.all.insert(id("new")));
    let listed = good(&ask_as(&gateway, BOOT, &format!("GET {ORGANIZATIONS}"), ""), 200);
    let told: Vec<_> = listed["organizations"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(!told.contains(&&json!("new")) && told.contains(&&json!("acme")), "{told:?}");
    let line = format!("{ORGANIZATIONS}/new");
    assert_eq!(ask_as(&gateway, BOOT, &format!("GET {line}"), "").status, 404);
    // And may be made again.
    good(&ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"id": "new", "name": "New"})), 201);
    assert_eq!(acts(&gateway, "new"), [(Action::OrganizationCreate, "new".to_owned())]);
}

#[test]
fn an_organization_that_is_kept_is_listed() {
    let (gateway, _) = with_new();
    gateway.bus.with(|state| state.access.all.remove(&id("new")));
    good(&ask_as(&gateway, BOOT, &format!("PATCH {ORGANIZATIONS}/new"), json!({"name": "Newer"})), 200);
    gateway.bus.with(|state| assert!(state.access.all.contains(&id("new"))));
}

#[test]
fn an_organization_that_is_made_right_behind_it_keeps_its_tokens() {
    let (gateway, _) = with_new();
    gateway.bus.with(|state| {
        state.access.after_drop_organization = Some(|state| {
            state.access.found(&id("new"));
            state.access.tokens.insert((id("new"), TokenId::generate(NOON, 77)), "another".into());
            let token = state.tokens[&token_hash("wa_all")].clone();
            state.tokens.insert("another".into(), token);
        });
    });
    good(&ask_as(&gateway, BOOT, DELETE, ""), 200);
    gateway
        .bus
        .with(|state| assert!(state.tokens.contains_key("another") && state.access.all.contains(&id("new"))));
}
