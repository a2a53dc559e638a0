//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Mode, SessionAction};
use edgewire_contract::ids::{EntryId, SessionId};
use edgewire_contract::session::{PairingStep, SessionStatus, Wanted};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod description;

const SESSIONS: &str = "/api/v1/sessions";
const SECONDS: i64 = NOON / 1000;

fn ask(gateway: &FakeGateway, line: &str, body: &str) -> Answer {
    ask_as(gateway, "wa_all", line, body)
}

fn ask_as(gateway: &FakeGateway, token: &str, line: &str, body: &str) -> Answer {
    let token = format!("x-api-key: {token}");
    Answer::read(run(handle(gateway.clone(), request(line, &[&token], body))))
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

fn actions(gateway: &FakeGateway) -> Vec<SessionAction> {
    let commands = gateway.bus.with(|state| state.commands.clone());
    commands
        .into_iter()
        .map(|command| match command.action {
            Action::Session(action) => action,
            Action::Send(_) => panic!("a send"),
        })
        .collect()
}

fn wanted(gateway: &FakeGateway, id: &str) -> Wanted {
    let id = SessionId::parse(id).unwrap();
    gateway.bus.with(|state| state.sessions[&id].record.wanted)
}

fn done(command: &Command) -> Ending {
    match &command.action {
        Action::Session(SessionAction::PairCode(_)) => {
            Ending::Done(Some(json!({"code": "ABCD-EFGH", "timeout_seconds": 180})))
        }
        _ => Ending::Done(None),
    }
}

mod making {
    use super::*;

    #[test]
    fn a_session_is_made_and_started() {
        let gateway = gateway();
        let body = r#"{"id":"new","name":"Shop","device":{"os":"Shop","platform":"firefox"},
            "webhook":{"url":"https://example.com/hook","events":["message"],"secret":"s3"}}"#;
        let answer = ask(&gateway, &format!("POST {SESSIONS}"), body);
        assert_eq!(answer.status, 201);
        assert_eq!(
            answer.json(),
            json!({"session": {
                "id": "new", "name": "Shop", "phone_number": null, "push_name": null, "status": "connecting",
                "created_at": SECONDS, "updated_at": SECONDS, "last_connected_at": null, "is_logged_in": false,
            }})
        );
        assert_eq!(actions(&gateway), [SessionAction::Start]);
        assert_eq!(wanted(&gateway, "new"), Wanted::Run);
        let (owner, hook) = gateway.bus.with(|state| state.webhooks[0].clone());
        assert_eq!(owner.as_str(), "acme");
        assert_eq!(hook.session_id.unwrap().as_str(), "new");
        assert_eq!((hook.url.as_str(), hook.secret.as_deref()), ("https://example.com/hook", Some("s3")));
        assert_eq!((hook.events, hook.active), (vec!["message".to_owned()], true));
        let device = ask(&gateway, "GET /api/v1/sessions/new/device", "").json();
        assert_eq!((&device["platform"], &device["device_id"]), (&json!("firefox"), &Value::Null));
    }

    #[test]
    fn an_empty_body_is_enough() {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("POST {SESSIONS}"), "");
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json()["session"]["id"].as_str().unwrap().len(), 26);
    }

    #[test]
    fn it_may_stay_stopped() {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"new","start":false}"#);
        assert_eq!(answer.json()["session"]["status"], "stopped");
        assert!(actions(&gateway).is_empty());
        assert_eq!(wanted(&gateway, "new"), Wanted::Stop);
    }

    #[test]
    fn an_id_is_taken_once_also_by_others() {
        let gateway = gateway();
        for id in ["main", "other"] {
            let answer = ask(&gateway, &format!("POST {SESSIONS}"), &format!(r#"{{"id":"{id}"}}"#));
            assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
        }
        let mine = ask(&gateway, &format!("GET {SESSIONS}"), "").json();
        assert_eq!(mine["total"], 1);
    }

    #[test]
    fn every_bad_field_is_named() {
        let gateway = gateway();
        let body = r#"{"id":"a b","name":"","start":"yes","device":{"os":5,"platform":"toaster"},
            "webhook":{"url":"ftp://x","events":["message","smoke"],"secret":""}}"#;
        let answer = ask(&gateway, &format!("POST {SESSIONS}"), body);
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.bad_fields(),
            ["id", "name", "webhook.url", "webhook.events[1]", "webhook.secret", "device.os", "device.platform", "start"]
        );
        for url in ["", "example.com", "http://", "https:///x", "file:///etc/passwd", "http://a b/"] {
            let body = json!({"webhook": {"url": url}}).to_string();
            assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), &body).bad_fields(), ["webhook.url"], "{url}");
        }
        let long = json!({"webhook": {"url": format!("https://a.b/{}", "x".repeat(2048))}}).to_string();
        assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), &long).bad_fields(), ["webhook.url"]);
        assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"webhook":5}"#).bad_fields(), ["webhook"]);
    }

    #[test]
    fn a_token_for_some_sessions_makes_no_others() {
        let gateway = gateway();
        gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![SessionId::parse("mine").unwrap()]));
        assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"new"}"#).status, 403);
        assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"mine"}"#).status, 201);
    }
}

mod telling {
    use super::*;

    #[test]
    fn a_session_is_told() {
        let gateway = gateway();
        let answer = ask(&gateway, "GET /api/v1/sessions/main", "");
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({
                "id": "main", "name": null, "phone_number": "628123456789", "push_name": "Ana", "status": "connected",
                "created_at": SECONDS, "updated_at": SECONDS, "last_connected_at": SECONDS, "is_logged_in": true,
            })
        );
    }

    #[test]
    fn status_is_true_of_the_live_socket() {
        let gateway = gateway();
        gateway.bus.change_session("main", |view| view.last_event = Some(EntryId { ms: 7_999, seq: 0 }));
        let status = || ask(&gateway, "GET /api/v1/sessions/main/status", "").json();
        assert_eq!(
            status(),
            json!({
                "status": "connected", "is_logged_in": true, "phone_number": "628123456789", "push_name": "Ana",
                "lid": "100000000000001@lid", "last_event_at": 7, "owner": "host-1", "reason": null,
            })
        );
        gateway.bus.change_session("main", |view| view.owner = None);
        assert_eq!((&status()["status"], &status()["owner"]), (&json!("reconnecting"), &Value::Null));
    }

    #[test]
    fn the_device_is_told() {
        let gateway = gateway();
        assert_eq!(
            ask(&gateway, "GET /api/v1/sessions/main/device", "").json(),
            json!({
                "device_id": "628123456789:3@s.whatsapp.net", "phone_number": "628123456789",
                "lid": "100000000000001@lid", "push_name": "Ana", "platform": "chrome",
            })
        );
    }
}

mod listing {
    use super::*;

    fn ids(answer: &Value) -> Vec<String> {
        let sessions = answer["sessions"].as_array().unwrap();
        sessions.iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
    }

    fn five() -> FakeGateway {
        let gateway = gateway();
        for id in ["b", "c", "d"] {
            gateway.env.pass(1);
            gateway.bus.add_session(id, "acme");
        }
        gateway.bus.add_session("a", "acme"); // of the same millisecond as d
        gateway
    }

    #[test]
    fn pages_follow_one_another() {
        let gateway = five();
        let first = ask(&gateway, "GET /api/v1/sessions?limit=2", "").json();
        assert_eq!((ids(&first), &first["total"]), (vec!["main".into(), "b".into()], &json!(5)));
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = ask(&gateway, &format!("GET /api/v1/sessions?limit=3&cursor={cursor}"), "").json();
        assert_eq!(ids(&second), ["c", "a", "d"]);
        assert_eq!(second["next_cursor"], Value::Null);
    }

    #[test]
    fn a_status_filters_and_counts() {
        let gateway = five();
        gateway.bus.change_session("b", |view| view.owner = None);
        gateway.bus.change_session("d", |view| view.record.status = SessionStatus::Banned);
        let told = ask(&gateway, "GET /api/v1/sessions?status=connected&limit=2", "").json();
        assert_eq!((ids(&told), &told["total"]), (vec!["main".into(), "c".into()], &json!(3)));
        let cursor = told["next_cursor"].as_str().unwrap();
        let line = format!("GET /api/v1/sessions?status=connected&limit=2&cursor={cursor}");
        assert_eq!(ids(&ask(&gateway, &line, "").json()), ["a"]);
        assert_eq!(ids(&ask(&gateway, "GET /api/v1/sessions?status=reconnecting", "").json()), ["b"]);
    }

    #[test]
    fn a_token_for_some_sessions_sees_those() {
        let gateway = five();
        gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![SessionId::parse("c").unwrap()]));
        let told = ask(&gateway, "GET /api/v1/sessions", "").json();
        assert_eq!((ids(&told), &told["total"]), (vec!["c".into()], &json!(1)));
    }

    #[test]
    fn a_session_that_is_gone_is_left_out_and_swept() {
        let gateway = five();
        let gone = SessionId::parse("c").unwrap();
        gateway.bus.with(|state| state.sessions.remove(&gone));
        let told = ask(&gateway, "GET /api/v1/sessions", "").json();
        assert_eq!((ids(&told).len(), &told["total"]), (4, &json!(4)));
        assert!(gateway.bus.with(|state| state.index["acme"].contains_key(&gone)), "it may just be being made");
        gateway.env.pass(120_000);
        ask(&gateway, "GET /api/v1/sessions", "");
        assert!(!gateway.bus.with(|state| state.index["acme"].contains_key(&gone)));
    }

    #[test]
    fn bad_parameters_are_named() {
        let answer = ask(&gateway(), "GET /api/v1/sessions?status=asleep&limit=0&cursor=zz", "");
        assert_eq!((answer.status, answer.bad_fields()), (400, vec!["query.limit".into(), "query.status".into(), "query.cursor".into()]));
    }
}

mod pairing {
    use super::*;

    fn waiting() -> FakeGateway {
        let gateway = gateway();
        gateway.bus.change_session("main", |view| {
            view.record.paired = false;
            view.record.status = SessionStatus::WaitingForQr;
            view.pairing = Some(PairingStep { qr: Some("2@abc".into()), code: None, expires_at: NOON + 19_500 });
        });
        gateway
    }

    #[test]
    fn the_code_is_told() {
        let answer = ask(&waiting(), "GET /api/v1/sessions/main/qr", "");
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({
                "qr_codes": ["2@abc"], "code": "2@abc", "expires_at": SECONDS + 19, "timeout_seconds": 20,
                "status": "waiting_for_qr",
            })
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
    }

    #[test]
    fn and_drawn() {
        let gateway = waiting();
        let svg = ask(&gateway, "GET /api/v1/sessions/main/qr.svg", "");
        assert_eq!((svg.status, svg.headers["content-type"].as_str()), (200, "image/svg+xml"));
        assert!(svg.text.starts_with("<svg"));
        let png = ask(&gateway, "GET /api/v1/sessions/main/qr.png", "");
        assert_eq!((png.status, png.headers["content-type"].as_str()), (200, "image/png"));
    }

    #[test]
    fn there_is_none_before_it_is_there_and_after_its_time() {
        let gateway = waiting();
        gateway.env.pass(19_500);
        let answer = ask(&gateway, "GET /api/v1/sessions/main/qr", "");
        assert_eq!((answer.status, &answer.json()["error"]["details"]["status"]), (404, &json!("waiting_for_qr")));
        gateway.bus.change_session("main", |view| view.pairing = None);
        assert_eq!(ask(&gateway, "GET /api/v1/sessions/main/qr.png", "").status, 404);
    }

    #[test]
    fn a_paired_session_is_a_conflict() {
        let gateway = gateway();
        assert_eq!(code(&ask(&gateway, "GET /api/v1/sessions/main/qr", "")), "conflict");
        let answer = ask(&gateway, "POST /api/v1/sessions/main/pair", r#"{"phone_number":"628123456789"}"#);
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    }

    #[test]
    fn a_pair_code_is_waited_for() {
        let gateway = waiting();
        gateway.bus.host(done);
        let body = r#"{"phone_number":"+62 812 3456 789","show_push_notification":false,"custom_code":"edge-w1re"}"#;
        let answer = ask(&gateway, "POST /api/v1/sessions/main/pair", body);
        assert_eq!((answer.status, answer.json()), (200, json!({"code": "ABCD-EFGH", "timeout_seconds": 180})));
        let SessionAction::PairCode(ask) = &actions(&gateway)[0] else { panic!("another action") };
        assert_eq!(ask.phone_number, "628123456789");
        assert_eq!((ask.show_push_notification, ask.custom_code.as_deref()), (false, Some("EDGEW1RE")));
    }

    #[test]
    fn bad_fields_of_a_pairing_are_named() {
        let body = r#"{"phone_number":"12","custom_code":"SHORT","show_push_notification":1}"#;
        let answer = ask(&waiting(), "POST /api/v1/sessions/main/pair", body);
        assert_eq!(answer.bad_fields(), ["phone_number", "show_push_notification", "custom_code"]);
    }
}

mod changing {
    use super::*;

    #[test]
    fn what_is_wanted_is_said_and_answered_at_once() {
        for (route, action, wants) in [
            ("connect", SessionAction::Start, Wanted::Run),
            ("disconnect", SessionAction::Stop, Wanted::Stop),
            ("restart", SessionAction::Restart, Wanted::Run),
        ] {
            let gateway = gateway();
            let answer = ask(&gateway, &format!("POST /api/v1/sessions/main/{route}"), "");
            assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "status": "connected"})));
            assert_eq!((actions(&gateway), wanted(&gateway, "main")), (vec![action], wants));
            assert_eq!(gateway.bus.with(|state| state.commands[0].mode), Mode::Async);
        }
    }

    #[test]
    fn a_logout_is_waited_for() {
        let gateway = gateway();
        gateway.bus.host(done);
        let answer = ask(&gateway, "POST /api/v1/sessions/main/logout", "");
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "status": "logged_out"})));
        let command = gateway.bus.with(|state| state.commands[0].clone());
        assert_eq!((command.mode, command.deadline), (Mode::Sync, Some(NOON + 30_000)));
    }

    #[test]
    fn a_deleted_session_is_gone_with_its_webhooks() {
        let gateway = gateway();
        gateway.bus.host(done);
        let body = r#"{"id":"new","webhook":{"url":"https://example.com"}}"#;
        ask(&gateway, &format!("POST {SESSIONS}"), body);
        let answer = ask(&gateway, "DELETE /api/v1/sessions/new", "");
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true})));
        assert!(gateway.bus.with(|state| state.webhooks.is_empty()));
        assert_eq!(ask(&gateway, "GET /api/v1/sessions/new", "").status, 404);
        assert_eq!(ask(&gateway, &format!("GET {SESSIONS}"), "").json()["total"], 1);
    }

    #[test]
    fn without_a_host_it_is_carried_out_later() {
        let gateway = gateway();
        for line in ["DELETE /api/v1/sessions/main", "POST /api/v1/sessions/main/logout"] {
            let answer = ask(&gateway, line, "");
            assert_eq!((answer.status, code(&answer)), (504, "timeout".into()));
            let command = gateway.bus.with(|state| state.commands.last().unwrap().id);
            assert_eq!(answer.json()["error"]["details"]["outboxId"], command.to_string());
        }
    }
}

mod refusals {
    use super::*;

    fn lines(id: &str) -> Vec<String> {
        ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/sessions/"))
            .map(|route| format!("{} {}", route.method, route.path.replace("{session}", id)))
            .collect()
    }

    const BODY: &str = r#"{"phone_number":"628123456789"}"#;

    #[test]
    fn who_may_not_is_told_so_on_every_route() {
        let gateway = gateway();
        for line in lines("main").iter().map(String::as_str).chain(["GET /api/v1/sessions", "POST /api/v1/sessions"]) {
            assert_eq!(ask_as(&gateway, "wrong", line, BODY).status, 401, "{line}");
            assert_eq!(ask_as(&gateway, "wa_none", line, BODY).status, 403, "{line}");
        }
        gateway.bus.add_token("wa_read", "acme", &[Capability::Read]);
        assert_eq!(ask_as(&gateway, "wa_read", "DELETE /api/v1/sessions/main", "").status, 403);
        assert!(actions(&gateway).is_empty());
    }

    #[test]
    fn what_is_not_ones_own_is_not_found_on_every_route() {
        let gateway = gateway();
        for id in ["none", "other", "a%20b", "x%2Fy"] {
            for line in lines(id) {
                let answer = ask(&gateway, &line, BODY);
                assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{line}");
            }
        }
        assert!(actions(&gateway).is_empty());
    }

    #[test]
    fn redis_being_away_is_said_on_every_route() {
        let gateway = gateway();
        gateway.bus.with(|state| state.down = true);
        for line in lines("main") {
            let answer = ask(&gateway, &line, BODY);
            assert_eq!((answer.status, code(&answer)), (503, "gateway_unavailable".into()), "{line}");
        }
    }

    #[test]
    fn other_methods_are_told_which_there_are() {
        let answer = ask(&gateway(), "PUT /api/v1/sessions/main", "");
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "GET, DELETE"));
    }
}

mod service {
    use super::*;

    #[test]
    fn readiness_names_what_is_missing() {
        let gateway = gateway();
        let ready = |gateway: &FakeGateway| ask_as(gateway, "none", "GET /readyz", "");
        let answer = ready(&gateway);
        assert_eq!((answer.status, &answer.json()["error"]["details"]["missing"]), (503, &json!(["conn-host"])));
        gateway.bus.with(|state| state.hosts = 2);
        let answer = ready(&gateway);
        assert_eq!((answer.status, answer.json()), (200, json!({"status": "ready", "redis": "ok", "conn_hosts": 2})));
        gateway.bus.with(|state| state.down = true);
        let answer = ready(&gateway);
        assert_eq!((answer.status, &answer.json()["error"]["details"]["missing"]), (503, &json!(["redis"])));
        assert_eq!(ask_as(&gateway, "none", "GET /livez", "").status, 200);
    }
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}", line in prop::sample::select(vec![
        "POST /api/v1/sessions", "POST /api/v1/sessions/main/pair",
    ])) {
        let answer = ask(&gateway(), line, &body);
        prop_assert!([400, 201].contains(&answer.status));
    }

    #[test]
    fn no_webhook_url_panics(url in "\\PC{0,60}") {
        let body = json!({"webhook": {"url": url}}).to_string();
        let answer = ask(&gateway(), "POST /api/v1/sessions", &body);
        prop_assert!([400, 201].contains(&answer.status));
    }
}
