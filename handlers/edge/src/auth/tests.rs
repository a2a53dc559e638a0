use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::{Capability, USE_NOTED_MS, token_hash};
use proptest::prelude::*;

use super::*;
use crate::env::fake::NOON;
use crate::settings::Settings;
use crate::testing::{FakeGateway, gateway, run};

fn headers(list: &[(&str, &str)]) -> Headers {
    Headers::new(list.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect())
}

fn code(gateway: &FakeGateway, list: &[(&str, &str)]) -> Result<String, FaultCode> {
    run(gateway.caller(&headers(list), &[Capability::Send]))
        .map(|caller| caller.organization().to_string())
        .map_err(|problem| problem.fault.code)
}

#[test]
fn a_token_is_taken_however_it_comes() {
    let gateway = gateway();
    for list in [
        [("authorization", "Bearer wa_all")],
        [("authorization", "bEARER   wa_all")],
        [("authorization", "wa_all")],
        [("x-api-key", "wa_all")],
    ] {
        assert_eq!(code(&gateway, &list), Ok("acme".into()), "{list:?}");
    }
    assert_eq!(
        code(&gateway, &[("authorization", "Basic dXNlcg=="), ("x-api-key", "wa_all")]),
        Ok("acme".into())
    );
}

#[test]
fn anything_else_is_refused_alike() {
    let gateway = gateway();
    for list in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", "Bearer ")],
        vec![("authorization", "Bearer wrong")],
        vec![("authorization", "Basic wa_all")],
        vec![("x-api-key", "two words")],
    ] {
        assert_eq!(code(&gateway, &list), Err(FaultCode::Unauthorized), "{list:?}");
    }
}

#[test]
fn capabilities_and_time_count() {
    let gateway = gateway();
    assert_eq!(code(&gateway, &[("x-api-key", "wa_none")]), Err(FaultCode::Forbidden));
    gateway.bus.change_token("wa_all", |token| token.expires_at = Some(NOON + 1));
    assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
    gateway.env.pass(1);
    assert_eq!(code(&gateway, &[("x-api-key", "wa_all")]), Err(FaultCode::Unauthorized));
}

#[test]
fn a_suspended_token_is_as_unknown_as_any() {
    let gateway = gateway();
    let refused = |secret: &str| {
        let list = headers(&[("x-api-key", secret)]);
        run(gateway.caller(&list, &[Capability::Send])).unwrap_err().fault
    };
    gateway.bus.change_token("wa_all", |token| token.suspended = true);
    assert_eq!(refused("wa_all"), refused("wa_nobody"));
    gateway.bus.change_token("wa_all", |token| token.suspended = false);
    assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
}

#[test]
fn the_use_of_a_token_is_noted_once_an_hour() {
    let gateway = gateway();
    let used = || {
        assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
        gateway.bus.with(|state| state.tokens[&token_hash("wa_all")].last_used_at)
    };
    assert_eq!(used(), Some(NOON));
    gateway.env.pass(USE_NOTED_MS);
    assert_eq!(used(), Some(NOON));
    gateway.env.pass(1);
    assert_eq!(used(), Some(NOON + USE_NOTED_MS + 1));
}

#[test]
fn a_noted_use_undoes_nothing() {
    let gateway = gateway();
    let hash = token_hash("wa_all");
    // Between the reading of the record and its writing.
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| {
            state.tokens.remove(&token_hash("wa_all"));
        });
    });
    assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
    assert!(gateway.bus.with(|state| !state.tokens.contains_key(&hash)));
    assert_eq!(code(&gateway, &[("x-api-key", "wa_all")]), Err(FaultCode::Unauthorized));

    gateway.bus.add_token("wa_all", "acme", &Capability::ALL);
    gateway.bus.with(|state| {
        state.before_swap = Some(|state| {
            state.tokens.get_mut(&token_hash("wa_all")).unwrap().suspended = true;
        });
    });
    assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
    let record = gateway.bus.with(|state| state.tokens[&hash].clone());
    assert_eq!((record.suspended, record.last_used_at), (true, None));
    assert_eq!(code(&gateway, &[("x-api-key", "wa_all")]), Err(FaultCode::Unauthorized));
}

#[test]
fn a_use_that_cannot_be_noted_is_one_all_the_same() {
    let gateway = gateway();
    gateway.bus.with(|state| state.before_swap = Some(|state| state.down = true));
    assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
}

#[test]
fn a_redis_that_is_slow_is_not_asked_to_note_a_use() {
    let gateway = gateway();
    for (slow_ms, noted) in [(101, false), (0, true)] {
        gateway.bus.with(|state| state.slow_ms = slow_ms);
        assert!(code(&gateway, &[("x-api-key", "wa_all")]).is_ok());
        let used = gateway.bus.with(|state| state.tokens[&token_hash("wa_all")].last_used_at);
        assert_eq!(used.is_some(), noted);
    }
}

#[test]
fn the_bootstrap_token_is_for_the_default_organization() {
    let mut gateway = gateway();
    assert_eq!(code(&gateway, &[("x-api-key", "boot")]), Err(FaultCode::Unauthorized));
    let settings = Settings { admin_token_hash: Some(token_hash("boot")), ..Settings::default() };
    gateway.settings = std::rc::Rc::new(settings);
    assert_eq!(code(&gateway, &[("x-api-key", "boot")]), Ok("default".into()));
    assert_eq!(code(&gateway, &[("x-api-key", "boos")]), Err(FaultCode::Unauthorized));
}

#[test]
fn a_session_off_the_tokens_list_is_not_found() {
    let gateway = gateway();
    gateway.bus.change_token("wa_all", |token| {
        token.sessions = Some(vec![SessionId::parse("main").unwrap()]);
    });
    let caller = run(gateway.caller(&headers(&[("x-api-key", "wa_all")]), &[Capability::Send])).unwrap();
    assert!(caller.session("main").is_ok());
    for other in ["second", "a b", ""] {
        assert_eq!(caller.session(other).unwrap_err().code, FaultCode::NotFound);
    }
}

#[test]
fn redis_being_away_is_no_refusal() {
    let gateway = gateway();
    gateway.bus.with(|state| state.down = true);
    assert_eq!(code(&gateway, &[("x-api-key", "wa_all")]), Err(FaultCode::GatewayUnavailable));
}

proptest! {
    #[test]
    fn no_header_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let headers = Headers::new(vec![("authorization".into(), bytes.clone()), ("x-api-key".into(), bytes)]);
        let _ = presented(&headers);
    }
}
