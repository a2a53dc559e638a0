//! Who comes in between.

use std::cell::Cell;

use edgewire_edge::request::CutShort;

use super::*;

const NEW: &str = "POST /api/v1/tokens";

/// A body during which something happens.
struct Slow<'a>(&'a FakeGateway, fn(&mut State), Option<Vec<u8>>);

impl Incoming for Slow<'_> {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        let piece = self.2.take()?;
        self.0.bus.with(self.1);
        Some(Ok(piece))
    }
}

#[test]
fn whose_token_is_revoked_while_his_body_comes_does_nothing() {
    for (line, body) in [
        (NEW, json!({"capabilities": ["admin"]})),
        ("POST /api/v1/organizations", json!({"name": "New"})),
        ("PATCH /api/v1/organizations/acme", json!({"name": "New"})),
        ("POST /api/v1/organizations/acme/users", json!({"name": "Eve", "role": "admin"})),
        ("PATCH /api/v1/organizations/acme/users/ada", json!({"name": "Eve"})),
    ] {
        let gateway = gateway();
        made_user(&gateway, "ada", "admin");
        gateway.bus.change_token("wa_all", |token| token.deployment = true);
        let revoke = |state: &mut State| drop(state.tokens.remove(&token_hash("wa_all")));
        let body = Slow(&gateway, revoke, Some(body.to_string().into_bytes()));
        let before = gateway.bus.with(|state| state.access.acts.len());
        let head = request(line, &[], "").head;
        let answer = Answer::read(run(handle(gateway.clone(), Request { head, body })));
        assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()), "{line}");
        assert_eq!(gateway.bus.with(|state| state.access.acts.len()), before, "{line}");
    }
}

type Lessen = fn(&mut TokenRecord);

#[test]
fn what_his_token_may_no_more_when_the_new_one_is_there_it_may_not_either() {
    let less: [(Lessen, &[&str]); 4] = [
        (|own| own.capabilities = vec![Capability::Admin, Capability::Read], &["capabilities[1]"]),
        (|own| own.sessions = Some(vec![SessionId::parse("main").unwrap()]), &["sessions"]),
        (|own| own.expires_at = Some(NOON + 1000), &["expires_at"]),
        (|own| own.deployment = false, &["deployment"]),
    ];
    for (change, fields) in less {
        let gateway = gateway();
        let own = || token_hash("wa_all");
        gateway.bus.change_token("wa_all", |token| token.deployment = true);
        let before = gateway.bus.with(|state| state.tokens.len());
        LESS.set(Some(change));
        gateway.bus.with(|state| {
            state.access.after_keep = Some(|state| {
                let change = LESS.get().unwrap();
                change(state.tokens.get_mut(&token_hash("wa_all")).unwrap());
            });
        });
        let answer = ask(&gateway, NEW, json!({"capabilities": ["read", "send"], "deployment": true}));
        assert_eq!(
            (answer.status, answer.bad_fields()),
            (400, fields.iter().map(|f| (*f).to_owned()).collect())
        );
        gateway.bus.with(|state| {
            assert!(state.tokens.contains_key(&own()));
            assert_eq!((state.tokens.len(), state.access.tokens.len()), (before, 0));
        });
    }
}

thread_local! {
    static LESS: Cell<Option<Lessen>> = const { Cell::new(None) };
}

fn disable(state: &mut State) {
    let acme = Organization { disabled: true, ..Organization::implied(id("acme")) };
    state.access.organizations.insert(id("acme"), acme);
}

fn disable_ada(state: &mut State) {
    let key = (id("acme"), user("ada"));
    state.access.users.get_mut(&key).unwrap().disabled = true;
}

#[test]
fn a_token_that_is_made_while_its_organization_is_disabled_is_suspended() {
    // Before and after its record is written: who disables finds no record in the one case, and in the other the record,
    // or is found.
    for before in [true, false] {
        let gateway = gateway();
        gateway.bus.with(|state| match before {
            true => state.access.before_keep = Some(disable),
            false => state.access.after_keep = Some(disable),
        });
        // His own token is not suspended yet.
        let told = good(&ask(&gateway, NEW, json!({"capabilities": ["admin"]})), 201);
        assert_eq!(told["suspended"], true, "{before}");
        assert_eq!(opens(&gateway, told["token"].as_str().unwrap()), 401);
    }
}

#[test]
fn a_token_that_is_made_while_its_user_is_disabled_is_suspended() {
    for before in [true, false] {
        let gateway = gateway();
        made_user(&gateway, "ada", "admin");
        gateway.bus.with(|state| match before {
            true => state.access.before_keep = Some(disable_ada),
            false => state.access.after_keep = Some(disable_ada),
        });
        let told = good(&ask(&gateway, NEW, json!({"user": "ada"})), 201);
        assert_eq!(told["suspended"], true, "{before}");
    }
}

#[test]
fn a_token_that_is_made_while_its_organization_is_enabled_works() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        disable(state);
        state.access.after_keep = Some(|state| {
            state.access.organizations.get_mut(&id("acme")).unwrap().disabled = false;
        });
    });
    let told = good(&ask(&gateway, NEW, json!({"capabilities": ["admin"]})), 201);
    assert_eq!(told["suspended"], false);
    assert_eq!(opens(&gateway, told["token"].as_str().unwrap()), 200);
}

#[test]
fn a_token_that_is_made_while_its_users_role_is_lowered_has_the_lower_one() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    gateway.bus.with(|state| {
        state.access.before_keep = Some(|state| {
            let key = (id("acme"), user("ada"));
            state.access.users.get_mut(&key).unwrap().role = Role::User;
        });
    });
    let told = good(&ask(&gateway, NEW, json!({"user": "ada"})), 201);
    assert_eq!(told["capabilities"], json!(["read", "send", "events"]));
}

#[test]
fn a_token_that_is_made_while_what_it_belongs_to_goes_goes_too() {
    let gone: [fn(&mut State); 2] = [
        |state| {
            state.access.users.clear();
        },
        |state| {
            state.access.all.remove(&id("acme"));
        },
    ];
    for happens in gone {
        let gateway = gateway();
        made_user(&gateway, "ada", "admin");
        let before = gateway.bus.with(|state| state.tokens.len());
        gateway.bus.with(|state| state.access.before_keep = Some(happens));
        let answer = ask(&gateway, NEW, json!({"user": "ada"}));
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()));
        gateway.bus.with(|state| assert_eq!((state.tokens.len(), state.access.tokens.len()), (before, 0)));
    }
}

#[test]
fn a_user_who_goes_takes_a_token_along_that_is_made_meanwhile() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    made(&gateway, "wa_all", json!({"user": "ada"}));
    gateway.bus.with(|state| {
        // It was looked at before he went.
        state.access.before_drop = Some(|state| {
            let (id_of, hash) = (TokenId::generate(NOON, 77), "late".to_owned());
            let mut token = state.tokens[&token_hash("wa_all")].clone();
            (token.id, token.user) = (id_of.clone(), Some(user("ada")));
            state.access.tokens.insert((id("acme"), id_of), hash.clone());
            state.tokens.insert(hash, token);
        });
    });
    good(&ask(&gateway, &format!("DELETE {USERS}/ada"), ""), 200);
    gateway.bus.with(|state| {
        assert!(!state.tokens.contains_key("late") && state.access.tokens.is_empty());
    });
}

#[test]
fn whose_token_is_revoked_meanwhile_has_made_none() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        state.access.before_keep = Some(|state| {
            state.tokens.remove(&token_hash("wa_all"));
        });
    });
    let before = gateway.bus.with(|state| state.tokens.len());
    let answer = ask(&gateway, NEW, json!({"capabilities": ["admin"]}));
    assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()));
    gateway.bus.with(|state| assert_eq!((state.tokens.len(), state.access.tokens.len()), (before - 1, 0)));
}

#[test]
fn a_use_that_is_noted_meanwhile_holds_up_no_suspension() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    // The request that disables is its sender's first, too: that use is noted before.
    ask_as(&gateway, BOOT, &format!("GET {ORGANIZATIONS}"), "");
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| {
            let made = state.tokens.values_mut().filter(|token| token.created_at == NOON);
            made.for_each(|token| token.last_used_at = Some(NOON));
        });
    });
    good(&ask_as(&gateway, BOOT, &format!("PATCH {ORGANIZATIONS}/acme"), json!({"disabled": true})), 200);
    let kept = record(&gateway, &secret).unwrap();
    assert_eq!((kept.suspended, kept.last_used_at), (true, Some(NOON)));
}

#[test]
fn a_revocation_meanwhile_is_not_undone_by_a_suspension() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| state.tokens.retain(|_, token| token.created_at != NOON));
    });
    good(&ask_as(&gateway, BOOT, &format!("PATCH {ORGANIZATIONS}/acme"), json!({"disabled": true})), 200);
    assert_eq!(record(&gateway, &secret), None);
}

#[test]
fn who_enables_while_another_disables_leaves_it_as_the_record_says() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    gateway.bus.with(|state| {
        // Between the record and the tokens.
        state.before_swap = Some(|state| {
            state.access.organizations.get_mut(&id("acme")).unwrap().disabled = false;
        });
    });
    good(&ask_as(&gateway, BOOT, &format!("PATCH {ORGANIZATIONS}/acme"), json!({"disabled": true})), 200);
    assert_eq!(opens(&gateway, &secret), 200);
}

/// What a token's maker does late: its record comes to be.
fn come(state: &mut State) {
    let hash = state.access.tokens.values().next().unwrap().clone();
    let record = state.tokens[&token_hash("wa_all")].clone();
    state.tokens.insert(hash, record);
}

#[test]
fn a_token_that_is_revoked_before_its_record_is_there_is_made_by_nobody() {
    let revoke: fn(&mut State) = |state| state.access.tokens.clear();
    for before in [true, false] {
        let gateway = gateway();
        let kept = gateway.bus.with(|state| {
            let hook = if before { &mut state.access.before_keep } else { &mut state.access.after_keep };
            *hook = Some(revoke);
            state.tokens.len()
        });
        let answer = ask(&gateway, NEW, json!({"capabilities": ["admin"]}));
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()));
        assert_eq!(gateway.bus.with(|state| state.tokens.len()), kept);
    }
}

#[test]
fn a_revoked_tokens_record_that_comes_meanwhile_goes_too() {
    let gateway = gateway();
    let (secret, id) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    gateway.bus.with(|state| {
        state.tokens.remove(&token_hash(&secret));
        state.access.before_drop_token = Some(come);
    });
    good(&ask(&gateway, &format!("DELETE {TOKENS}/{id}"), ""), 200);
    assert_eq!(record(&gateway, &secret), None);
}

#[test]
fn who_forgets_where_a_token_was_that_comes_meanwhile_leaves_none_that_works() {
    let gateway = gateway();
    let (secret, _) = made(&gateway, "wa_all", json!({"capabilities": ["admin"]}));
    gateway.env.pass(60_001);
    gateway.bus.with(|state| {
        state.tokens.remove(&token_hash(&secret));
        state.access.before_drop_token = Some(come);
    });
    good(&ask(&gateway, &format!("GET {TOKENS}"), ""), 200);
    assert_eq!(record(&gateway, &secret), None);
}

/// Disables `acme` and gives the secret of one of its tokens, which is suspended.
fn suspended(gateway: &FakeGateway) -> String {
    let (secret, _) = made(gateway, "wa_all", json!({"capabilities": ["admin"]}));
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    good(&ask_as(gateway, BOOT, &line, json!({"disabled": true})), 200);
    assert!(record(gateway, &secret).unwrap().suspended);
    secret
}

#[test]
fn who_disables_what_is_disabled_is_in_the_way_of_who_is_about_to_enable_it() {
    let gateway = gateway();
    let secret = suspended(&gateway);
    let before = record(&gateway, &secret).unwrap();
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    good(&ask_as(&gateway, BOOT, &line, json!({"disabled": true})), 200);
    let after = record(&gateway, &secret).unwrap();
    assert!(after.suspended);
    assert_ne!(before, after, "what was read before is not written over any more");
}

#[test]
fn a_stale_enabling_lifts_no_suspension() {
    let disable_and_suspend: fn(&mut State) = |state| {
        disable(state);
        let own = state.tokens.values_mut().filter(|token| token.organization == id("acme"));
        own.for_each(|token| *token = token.clone().suspend());
    };
    // Whoever disables may be broken off before he comes to the token.
    for meanwhile in [disable_and_suspend, disable] {
        let gateway = gateway();
        let secret = suspended(&gateway);
        // Before the suspension is lifted, by a state that was read already.
        gateway.bus.with(|state| state.before_swap = Some(meanwhile));
        let line = format!("PATCH {ORGANIZATIONS}/acme");
        good(&ask_as(&gateway, BOOT, &line, json!({"disabled": false})), 200);
        assert!(record(&gateway, &secret).unwrap().suspended);
    }
}

#[test]
fn a_suspension_that_was_lifted_and_cannot_be_looked_at_again_is_there_again() {
    let gateway = gateway();
    let secret = suspended(&gateway);
    // The organization goes: there is nothing any more to look at.
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| {
            state.access.organizations.remove(&id("acme"));
            state.access.all.remove(&id("acme"));
        });
    });
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    assert_eq!(ask_as(&gateway, BOOT, &line, json!({"disabled": false})).status, 404);
    assert!(record(&gateway, &secret).unwrap().suspended);
}

#[test]
fn a_record_that_cannot_be_read_keeps_no_other_from_being_suspended() {
    let gateway = gateway();
    // More than are looked at at once.
    let make = |_| {
        // Or the fake chance would repeat itself.
        let [_] = gateway.env.random::<1>();
        made(&gateway, "wa_all", json!({"capabilities": ["admin"]})).0
    };
    let secrets: Vec<String> = (0..=standing::AT_ONCE).map(make).collect();
    gateway.bus.with(|state| state.unreadable.insert(token_hash(&secrets[0])));
    let line = format!("PATCH {ORGANIZATIONS}/acme");
    assert_eq!(ask_as(&gateway, BOOT, &line, json!({"disabled": true})).status, 500);
    let open = secrets.iter().filter(|secret| !record(&gateway, secret).unwrap().suspended);
    assert!(open.eq([&secrets[0]]));
}

const DELETE: &str = "DELETE /api/v1/organizations/new";

/// With an organization `new` that has a token, whose secret it gives.
fn with_new() -> (FakeGateway, String) {
    let gateway = gateway();
    good(&ask_as(&gateway, BOOT, &format!("POST {ORGANIZATIONS}"), json!({"id": "new", "name": "New"})), 201);
    let (secret, _) = made(&gateway, BOOT, json!({"capabilities": ["admin"], "organization": "new"}));
    (gateway, secret)
}

fn new(state: &mut State) -> &mut Organization {
    state.access.organizations.get_mut(&id("new")).unwrap()
}

#[test]
fn an_organization_that_somebody_enables_meanwhile_is_not_deleted() {
    let (gateway, _) = with_new();
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
