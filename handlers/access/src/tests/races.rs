//! Who comes in between.

use std::cell::Cell;

use super::*;

const NEW: &str = "POST /api/v1/tokens";

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
    // It was told that there was one, and is told that there is none.
    let told: Vec<Action> = acts(&gateway, "acme").into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, [Action::TokenCreate, Action::TokenDelete]);
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

/// Changes `bob`, now and whenever a token's record is written.
fn change_bob(state: &mut State) {
    let bob = state.access.users.get_mut(&(id("acme"), user("bob"))).unwrap();
    bob.role = if bob.role == Role::User { Role::Manager } else { Role::User };
    state.before_swap = Some(change_bob);
}

#[test]
fn a_user_is_seen_to_whatever_becomes_of_others() {
    let gateway = gateway();
    made_user(&gateway, "ada", "admin");
    made_user(&gateway, "bob", "user");
    let [ada, bob] = ["ada", "bob"].map(|user| made(&gateway, "wa_all", json!({"user": user})).0);
    gateway.bus.with(|state| state.before_swap = Some(change_bob));
    good(&ask(&gateway, &format!("PATCH {USERS}/ada"), json!({"disabled": true})), 200);
    assert!(record(&gateway, &ada).unwrap().suspended && !record(&gateway, &bob).unwrap().suspended);
}

#[test]
fn a_user_or_a_token_is_not_made_in_an_organization_that_goes_meanwhile() {
    let go: fn(&mut State) = |state| {
        state.access.all.remove(&id("new"));
        state.access.gone.insert(id("new"));
    };
    let users = format!("POST {ORGANIZATIONS}/new/users");
    for (line, body) in [
        (users.as_str(), json!({"id": "ada", "name": "Ada", "role": "admin"})),
        (NEW, json!({"capabilities": ["admin"], "organization": "new"})),
    ] {
        let gateway = gateway();
        gateway.bus.with(|state| {
            state.access.all.insert(id("new"));
            (state.access.before_keep_user, state.access.before_place) = (Some(go), Some(go));
        });
        let before = gateway.bus.with(|state| state.tokens.len());
        let answer = ask_as(&gateway, BOOT, line, body);
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{line}");
        gateway.bus.with(|state| {
            assert!(state.access.users.is_empty() && state.access.tokens.is_empty());
            assert_eq!(state.tokens.len(), before);
        });
    }
}

#[test]
fn of_tokens_that_come_while_their_user_is_made_none_may_more_than_his_role() {
    let gateway = gateway();
    gateway.bus.with(|state| {
        // By another that stands for the same one, who was kept nowhere.
        state.access.before_keep_user = Some(|state| {
            let (id_of, hash) = (TokenId::generate(NOON, 77), "late".to_owned());
            let mut token = state.tokens[&token_hash("wa_all")].clone();
            (token.id, token.user) = (id_of.clone(), Some(user("ada")));
            state.access.tokens.insert((id("acme"), id_of), hash.clone());
            state.tokens.insert(hash, token);
        });
    });
    made_user(&gateway, "ada", "user");
    gateway.bus.with(|state| assert_eq!(state.tokens["late"].capabilities, Role::User.capabilities()));
}
