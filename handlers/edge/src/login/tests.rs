use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_contract::login::LONGEST_JWT;
use edgewire_contract::token::{Capability, TokenKind};

use super::*;
use crate::bus::fake::Logins;
use crate::request::Headers;
use crate::testing::{FakeGateway, gateway, run};

const JWT: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

fn record(gateway: &FakeGateway) -> TokenRecord {
    let now = gateway.env.now_ms();
    TokenRecord {
        v: CONTRACT_VERSION,
        id: TokenId::generate(now, 7),
        kind: TokenKind::Login,
        organization: OrganizationId::parse("acme").unwrap(),
        user: None,
        capabilities: vec![Capability::Read],
        sessions: None,
        expires_at: Some(now + 60_000),
        name: None,
        created_at: now,
        last_used_at: Some(now),
        deployment: false,
        suspended: false,
        suspensions: 0,
    }
}

/// A gateway whose hosts do so.
fn answering(asked: Asked, answer: impl FnOnce(TokenRecord) -> Option<Option<TokenRecord>>) -> FakeGateway {
    let gateway = gateway();
    let answer = answer(record(&gateway));
    gateway.bus.with(|state| state.logins = Logins { asked: Some(asked), answer, ..Logins::default() });
    gateway
}

fn ask(gateway: &FakeGateway, token: &str) -> Result<TokenRecord, Fault> {
    let headers = Headers::new(vec![("authorization".into(), format!("Bearer {token}").into_bytes())]);
    let caller = run(gateway.caller(&headers, &[Capability::Read]));
    caller.map(|caller| caller.token).map_err(|problem| problem.fault)
}

fn asks(gateway: &FakeGateway) -> usize {
    gateway.bus.with(|state| state.logins.asks.len())
}

#[test]
fn a_good_login_is_what_the_answer_says() {
    let gateway = answering(Asked::Asked, |record| Some(Some(record)));
    gateway.bus.with(|state| state.logins.looks = 3);
    let asked_at = gateway.env.now_ms();
    assert_eq!(ask(&gateway, JWT).unwrap().kind, TokenKind::Login);
    let asked = gateway.bus.with(|state| state.logins.asks.remove(0));
    assert_eq!((asked.token.as_str(), asked.deadline), (JWT, asked_at + PATIENCE_MS));
    // It may do what its role may, and no more.
    let headers = Headers::new(vec![("x-api-key".into(), JWT.as_bytes().to_vec())]);
    let refused = run(gateway.caller(&headers, &[Capability::Manage])).unwrap_err();
    assert_eq!(refused.fault.code, FaultCode::Forbidden);
}

#[test]
fn a_login_whose_record_is_kept_asks_nobody() {
    let gateway = answering(Asked::Asked, |_| None);
    let hash = edgewire_contract::token::token_hash(JWT);
    let record = record(&gateway);
    gateway.bus.with(|state| state.tokens.insert(hash, record.clone()));
    assert_eq!((ask(&gateway, JWT), asks(&gateway)), (Ok(record), 0));
    // Nor one whose time is over.
    gateway.env.pass(60_000);
    assert_eq!(ask(&gateway, JWT).unwrap_err().code, FaultCode::Unauthorized);
    assert_eq!(asks(&gateway), 0);
}

#[test]
fn a_bad_login_is_refused_as_anything_else_is() {
    let unknown = ask(&gateway(), "wa_nobody").unwrap_err();
    assert_eq!(unknown.code, FaultCode::Unauthorized);
    let refused = answering(Asked::Asked, |_| Some(None));
    assert_eq!(ask(&refused, JWT), Err(unknown.clone()));
    let over = answering(Asked::Asked, |record| {
        Some(Some(TokenRecord { expires_at: Some(record.created_at), ..record }))
    });
    assert_eq!(ask(&over, JWT), Err(unknown.clone()));
    let off = answering(Asked::Off, |record| Some(Some(record)));
    assert_eq!(ask(&off, JWT), Err(unknown));
}

#[test]
fn what_nobody_can_say_is_no_refusal() {
    let silent = answering(Asked::Asked, |_| None);
    let began = silent.env.now_ms();
    let fault = ask(&silent, JWT).unwrap_err();
    assert_eq!((fault.code, fault.retry_after()), (FaultCode::GatewayUnavailable, Some(1)));
    let waited = silent.env.now_ms() - began;
    assert!((PATIENCE_MS..PATIENCE_MS + 200).contains(&waited), "{waited}");
    let busy = answering(Asked::Busy, |record| Some(Some(record)));
    assert_eq!(ask(&busy, JWT), Err(fault));
    busy.bus.with(|state| state.down = true);
    assert_eq!(ask(&busy, JWT).unwrap_err().code, FaultCode::GatewayUnavailable);
}

#[test]
fn only_what_has_the_form_of_a_jwt_is_asked_about() {
    let gateway = answering(Asked::Asked, |record| Some(Some(record)));
    for other in ["wa_nobody", "eyJh.eyJz", "eyJh.eyJz.c2ln=", "eyJh.eyJz.c2ln.x"] {
        assert_eq!(ask(&gateway, other).unwrap_err().code, FaultCode::Unauthorized, "{other}");
    }
    let long = |length: usize| format!("eyJh.{}.c2ln", "a".repeat(length - 10));
    assert_eq!(ask(&gateway, &long(LONGEST_JWT + 1)).unwrap_err().code, FaultCode::Unauthorized);
    assert_eq!(asks(&gateway), 0);
    assert!(ask(&gateway, &long(LONGEST_JWT)).is_ok());
}
