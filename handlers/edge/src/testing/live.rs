//! What holds of every route that asks WhatsApp over a live session: checked for a component's routes, each asked once.

use edgewire_contract::command::{Action, Live};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::Capability;
use serde_json::Value;

use super::breaks::breaks;
use super::{Answer, FakeBody, FakeGateway, gateway, request};
use crate::describe::Description;
use crate::describe::valid::Schemas;
use crate::reply::Reply;
use crate::request::Request;

/// A request that is good: its line with `{s}` for the session, and its body.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// `POST /api/v1/sessions/{s}/groups`.
    pub line: &'static str,
    /// The body.
    pub body: &'static str,
    /// Whether it acts, so that the capability to read is not enough.
    pub acts: bool,
}

/// A component, asked natively.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// Answers a request.
    pub handle: fn(FakeGateway, Request<FakeBody>) -> Reply,
    /// What a session that is not connected is.
    pub offline: FaultCode,
}

/// What was asked of WhatsApp.
pub fn asked(gateway: &FakeGateway) -> Vec<Live> {
    let commands = gateway.bus.with(|state| state.commands.clone());
    let live = commands.into_iter().map(|command| match command.action {
        Action::Live(live) => live,
        other => panic!("not a live action: {}", other.name()),
    });
    live.collect()
}

impl Component {
    /// Asks of the session `main`, as `wa_all`.
    pub fn ask(&self, gateway: &FakeGateway, line: &str, body: &str) -> Answer {
        self.ask_as(gateway, "wa_all", line, body)
    }

    /// Asks of the session `main`, as the holder of `token`.
    pub fn ask_as(&self, gateway: &FakeGateway, token: &str, line: &str, body: &str) -> Answer {
        let (token, line) = (format!("x-api-key: {token}"), line.replace("{s}", "main"));
        Answer::read((self.handle)(gateway.clone(), request(&line, &[&token], body)))
    }

    /// Every refusal that does not depend on what a route asks: 401, 403, 404, the session that is not connected, 429,
    /// 503, 504.
    pub fn refuses(&self, all: &[Asked]) {
        for case in all {
            self.refuses_strangers(*case);
            self.refuses_trouble(*case);
        }
    }

    fn refuses_strangers(&self, Asked { line, body, acts }: Asked) {
        let gateway = gateway();
        gateway.bus.add_token("wa_read", "acme", &[Capability::Read]);
        gateway.bus.add_token("wa_events", "acme", &[Capability::Events]);
        for (token, expected) in [("wrong", 401), ("wa_none", 403), ("wa_events", 403)] {
            assert_eq!(self.ask_as(&gateway, token, line, body).status, expected, "{token}: {line}");
        }
        for id in ["none", "other", "a%20b", "x%2Fy"] {
            let answer = self.ask(&gateway, &line.replace("{s}", id), body);
            assert_eq!((answer.status, answer.error().as_str()), (404, "not_found"), "{id}: {line}");
            assert_eq!(answer.json()["error"]["message"], "session not found", "{id}: {line}");
        }
        assert!(asked(&gateway).is_empty(), "{line}");
        // With nobody at the other end, who may ask waits in vain.
        let expected = if acts { 403 } else { 504 };
        assert_eq!(self.ask_as(&gateway, "wa_read", line, body).status, expected, "wa_read: {line}");
        gateway.bus.add_token("wa_send", "acme", &[Capability::Send]);
        assert_eq!(self.ask_as(&gateway, "wa_send", line, body).status, 504, "wa_send: {line}");
    }

    fn refuses_trouble(&self, Asked { line, body, .. }: Asked) {
        let gateway = gateway();
        for status in [
            SessionStatus::Reconnecting,
            SessionStatus::WaitingForQr,
            SessionStatus::Stopped,
            SessionStatus::LoggedOut,
        ] {
            gateway.bus.change_session("main", |view| view.record.status = status);
            let answer = self.ask(&gateway, line, body);
            let expected = (self.offline.status(), self.offline.as_str().to_owned());
            assert_eq!((answer.status, answer.error()), expected, "{status:?}: {line}");
            assert_eq!(answer.json()["error"]["details"]["status"], status.as_str(), "{line}");
        }
        gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Connected);
        assert!(asked(&gateway).is_empty(), "{line}");

        let answer = self.ask(&gateway, line, body);
        assert_eq!((answer.status, answer.error().as_str()), (504, "timeout"), "{line}");
        assert!(answer.json()["error"]["details"]["outboxId"].is_string(), "{line}");
        assert_eq!(asked(&gateway).len(), 1, "{line}");

        gateway.bus.with(|state| state.full = true);
        assert_eq!(self.ask(&gateway, line, body).status, 429, "{line}");
        gateway.bus.with(|state| state.down = true);
        assert_eq!(self.ask(&gateway, line, body).status, 503, "{line}");
    }

    /// Every body that breaks a rule of `schema` is 400, names the field, and asks nothing.
    pub fn refuses_bodies(&self, case: &Asked, schema: &Value) {
        let gateway = gateway();
        let good: Value = serde_json::from_str(case.body).expect("the good body is JSON");
        let description = Description::default();
        let all = breaks(&Schemas::of(&description), schema, &good);
        assert!(!all.is_empty(), "{}", case.line);
        for bad in all {
            let answer = self.ask(&gateway, case.line, &bad.body.to_string());
            let told = (answer.status, answer.bad_fields());
            assert_eq!(told, (400, vec![bad.field.clone()]), "{}: {} {}", case.line, bad.field, bad.how);
        }
        for body in ["", "{", "[]", "5"] {
            let answer = self.ask(&gateway, case.line, body);
            assert_eq!((answer.status, answer.bad_fields()), (400, vec!["body".to_owned()]), "{}", case.line);
        }
        let answer = self.ask(&gateway, case.line, &" ".repeat((1 << 20) + 1));
        assert_eq!(answer.status, 413, "{}", case.line);
        assert!(asked(&gateway).is_empty(), "{}", case.line);
    }
}

impl Answer {
    /// The code of an error, as the Sessions API has it.
    pub fn error(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}
