//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Content, Mode};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, SessionId};
use edgewire_contract::session::{SessionStatus, Wanted};
use edgewire_contract::shard::Shard;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const MESSAGES: &str = "POST /api/v1/sessions/main/messages";
const TEXT: &str = "POST /api/v1/sessions/main/messages/text";
const HELLO: &str = r#"{"to":"+62 812-3456-7890","type":"text","text":"Hello"}"#;

fn ask(gateway: &FakeGateway, line: &str, headers: &[&str], body: &str) -> Answer {
    Answer::read(run(handle(gateway.clone(), request(line, headers, body))))
}

fn sends(_: &Command) -> Ending {
    Ending::Sent(NOON + 1_234)
}

fn refuses(_: &Command) -> Ending {
    Ending::Failed(Fault::new(FaultCode::RecipientUnavailable, "refused").with("ack_error", 463))
}

fn commands(gateway: &FakeGateway) -> Vec<Command> {
    gateway.bus.with(|state| state.commands.clone())
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

mod sync {
    use super::*;

    #[test]
    fn a_send_is_answered_when_whatsapp_has_acknowledged_it() {
        let gateway = gateway();
        gateway.bus.host(sends);
        let answer = ask(&gateway, MESSAGES, &["x-request-id: r-1"], HELLO);
        assert_eq!(answer.status, 200);
        let command = &commands(&gateway)[0];
        let Action::Send(send) = &command.action else { panic!("no send") };
        assert_eq!(
            answer.text,
            format!(
                r#"{{"mode":"sync","outboxId":"{}","waMessageId":"{}","status":"sent","timestamp":{},"replayed":false}}"#,
                command.id,
                send.message_id,
                NOON + 1_234
            )
        );
        assert_eq!(answer.headers["x-request-id"], "r-1");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(command.request_id.as_str(), "r-1");
        assert_eq!(command.deadline, Some(NOON + 30_000));
        assert_eq!(command.reply_to.as_deref(), Some("ew1:{r:test}:replies"));
        assert_eq!(command.id.shard(), Shard::of(&SessionId::parse("main").unwrap(), 64));
        assert_eq!(send.to.as_str(), "6281234567890@s.whatsapp.net");
        assert_eq!(send.timestamp, NOON);
    }

    #[test]
    fn the_route_of_texts_answers_in_its_own_shape() {
        let gateway = gateway();
        gateway.bus.host(sends);
        let body = r#"{"to":"628123456789","text":"Hi","reply_to":"3EB0AA","mentions":["628111111111","1@lid"]}"#;
        let answer = ask(&gateway, TEXT, &[], body);
        let commands = commands(&gateway);
        let Action::Send(send) = &commands[0].action else { panic!("no send") };
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({"message_id": send.message_id, "timestamp": NOON / 1000 + 1, "to": "628123456789@s.whatsapp.net"})
        );
        let Content::Text(text) = &send.content;
        assert_eq!(text.text, "Hi");
        assert_eq!(send.reply_to.as_ref().unwrap().message_id.as_str(), "3EB0AA");
        assert_eq!(send.mentions.len(), 2);
    }

    #[test]
    fn what_whatsapp_refuses_is_the_senders_error() {
        let gateway = gateway();
        gateway.bus.host(refuses);
        let answer = ask(&gateway, MESSAGES, &[], HELLO);
        assert_eq!(answer.status, 422);
        assert_eq!(
            answer.json(),
            json!({"error": {"code": "recipient_unavailable", "message": "refused", "details": {"ack_error": 463}}})
        );
    }

    #[test]
    fn without_a_result_in_time_the_caller_can_ask_later() {
        let gateway = gateway();
        let answer = ask(&gateway, TEXT, &[], r#"{"to":"628123456789","text":"x"}"#);
        assert_eq!((answer.status, code(&answer)), (504, "timeout".into()));
        let id = commands(&gateway)[0].id.to_string();
        assert_eq!(answer.json()["error"]["details"]["outboxId"], id);
        let later = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "");
        assert_eq!((later.status, later.json()["status"].as_str()), (200, Some("queued")));
    }
}

mod asynchronous {
    use super::*;

    #[test]
    fn a_send_is_answered_when_it_is_queued_though_no_host_is_alive() {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("{MESSAGES}?async=true"), &[], HELLO);
        assert_eq!(answer.status, 202);
        let told = answer.json();
        assert_eq!((&told["mode"], &told["status"]), (&json!("async"), &json!("queued")));
        let command = &commands(&gateway)[0];
        assert_eq!((command.mode, command.deadline, &command.reply_to), (Mode::Async, None, &None));
        let event: serde_json::Value =
            serde_json::from_str(&gateway.bus.with(|state| state.queued_events[0].clone())).unwrap();
        assert_eq!(event["event"], "message.status");
        assert_eq!(event["payload"]["outbox_id"], told["outboxId"]);
        assert_eq!(event["payload"]["message_id"], told["waMessageId"]);
    }

    #[test]
    fn the_route_of_texts_gives_both_ids() {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("{TEXT}?async=true"), &[], r#"{"to":"1@g.us","text":"x"}"#);
        assert_eq!(answer.status, 202);
        let told = answer.json();
        assert_eq!((&told["status"], &told["to"]), (&json!("queued"), &json!("1@g.us")));
        assert_eq!(told["outbox_id"], commands(&gateway)[0].id.to_string());
        assert!(told["message_id"].as_str().unwrap().starts_with("3EB0"));
    }
}

mod refusals {
    use super::*;

    #[test]
    fn every_bad_field_is_named_wherever_it_is() {
        let gateway = gateway();
        let line = format!("{MESSAGES}?async=maybe");
        let body = r#"{"to":"nobody","type":"text","text":"","replyTo":"a b","mentions":["628123456789","1@g.us"]}"#;
        let answer = ask(&gateway, &line, &["idempotency-key: a b"], body);
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.bad_fields(),
            ["query.async", "header.Idempotency-Key", "to", "text", "replyTo", "mentions[1]"]
        );
        assert!(commands(&gateway).is_empty());
    }

    #[test]
    fn bodies_are_checked() {
        let gateway = gateway();
        let long = "x".repeat(4097);
        for (body, bad) in [
            ("", vec!["body"]),
            ("[]", vec!["body"]),
            ("{", vec!["body"]),
            ("{}", vec!["type", "to"]),
            (r#"{"type":"smoke","to":7}"#, vec!["type", "to"]),
            (r#"{"type":"text","to":"628123456789","text":5}"#, vec!["text"]),
            (&format!(r#"{{"type":"text","to":"628123456789","text":"{long}"}}"#), vec!["text"]),
        ] {
            let answer = ask(&gateway, MESSAGES, &[], body);
            assert_eq!((answer.status, answer.bad_fields()), (400, bad.into_iter().map(str::to_owned).collect()));
        }
        assert_eq!(ask(&gateway, TEXT, &[], r#"{"text":""}"#).bad_fields(), ["to", "text"]);
    }

    #[test]
    fn kinds_that_are_not_built_are_said_to_be() {
        let gateway = gateway();
        for kind in ["poll", "location", "contact", "image", "video", "audio", "document", "sticker"] {
            let answer = ask(&gateway, MESSAGES, &[], &format!(r#"{{"to":"628123456789","type":"{kind}"}}"#));
            assert_eq!((answer.status, code(&answer)), (501, "not_implemented".into()), "{kind}");
        }
    }

    #[test]
    fn who_may_not_is_told_so() {
        let gateway = gateway();
        let status = |line: &str, header: &str| ask(&gateway, line, &[header], HELLO).status;
        assert_eq!(status(MESSAGES, "authorization: Bearer wrong"), 401);
        assert_eq!(status(MESSAGES, "x-api-key: wa_none"), 403);
        assert_eq!(status("POST /api/v1/sessions/none/messages", "x-api-key: wa_all"), 404);
        assert_eq!(status("POST /api/v1/sessions/other/messages", "x-api-key: wa_all"), 404);
        assert_eq!(status("POST /api/v1/sessions/a%20b/messages", "x-api-key: wa_all"), 404);
        assert!(commands(&gateway).is_empty());
        let answer = ask(&gateway, MESSAGES, &["authorization: nobody"], HELLO);
        assert_eq!(code(&answer), "unauthorized");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }

    #[test]
    fn a_session_that_cannot_send_is_a_conflict() {
        let gateway = gateway();
        gateway.bus.change_session("main", |view| {
            view.record.status = SessionStatus::Banned;
            view.record.reason = Some("for a day".into());
        });
        for line in [MESSAGES, "POST /api/v1/sessions/main/messages?async=true"] {
            let answer = ask(&gateway, line, &[], HELLO);
            assert_eq!((answer.status, code(&answer)), (409, "session_not_connected".into()));
            assert_eq!(answer.json()["error"]["details"], json!({"status": "banned", "reason": "for a day"}));
        }
        gateway.bus.change_session("main", |view| {
            view.record.status = SessionStatus::Reconnecting;
        });
        assert_eq!(ask(&gateway, "POST /api/v1/sessions/main/messages?async=true", &[], HELLO).status, 202);
        gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Stop);
        assert_eq!(ask(&gateway, MESSAGES, &[], HELLO).status, 409);
    }

    #[test]
    fn a_full_shard_asks_for_patience() {
        let gateway = gateway();
        gateway.bus.with(|state| state.full = true);
        let answer = ask(&gateway, MESSAGES, &[], HELLO);
        assert_eq!((answer.status, code(&answer)), (429, "rate_limited".into()));
        assert_eq!(answer.headers["retry-after"], "5");
        assert_eq!(answer.json()["error"]["details"]["retryAfterSeconds"], 5);
    }

    #[test]
    fn a_body_over_the_limit_is_not_read() {
        let gateway = gateway();
        let answer = ask(&gateway, MESSAGES, &["content-length: 1048577"], "{}");
        assert_eq!((answer.status, code(&answer)), (413, "payload_too_large".into()));
        let answer = ask(&gateway, TEXT, &[], &" ".repeat((1 << 20) + 1));
        assert_eq!(answer.status, 413);
    }

    #[test]
    fn redis_being_away_is_said_and_logged() {
        let gateway = gateway();
        gateway.bus.with(|state| state.down = true);
        let answer = ask(&gateway, MESSAGES, &["x-request-id: r-7"], HELLO);
        assert_eq!((answer.status, code(&answer)), (503, "gateway_unavailable".into()));
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(gateway.env.lines(), ["request r-7 gateway_unavailable: down"]);
    }

    #[test]
    fn other_paths_and_methods_are_said_to_be() {
        let gateway = gateway();
        let answer = ask(&gateway, "GET /api/v1/sessions/main/messages", &[], "");
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"));
        let answer = ask(&gateway, "POST /api/v1/sessions/main/messages/smoke", &["x-request-id: a b"], "");
        assert_eq!((answer.status, code(&answer)), (404, "not_found".into()));
        assert_eq!(answer.headers["x-request-id"].len(), 26, "ours, since theirs is none");
    }
}

mod again {
    use super::*;

    const KEY: &str = "idempotency-key: key-1";

    #[test]
    fn the_same_request_gives_the_same_result_and_sends_once() {
        let gateway = gateway();
        gateway.bus.host(sends);
        let first = ask(&gateway, MESSAGES, &[KEY], HELLO);
        let again = ask(&gateway, MESSAGES, &[KEY], r#"{ "text":"Hello", "type":"text","to":"+62 812-3456-7890"}"#);
        assert_eq!((first.status, again.status), (200, 200));
        let mut expected = first.json();
        assert_eq!(expected["replayed"], false);
        expected["replayed"] = json!(true);
        assert_eq!(again.json(), expected);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(commands(&gateway).len(), 1);
    }

    #[test]
    fn another_request_under_the_key_is_a_conflict() {
        let gateway = gateway();
        gateway.bus.host(sends);
        ask(&gateway, MESSAGES, &[KEY], HELLO);
        let other = ask(&gateway, MESSAGES, &[KEY], &HELLO.replace("Hello", "Bye"));
        assert_eq!((other.status, code(&other)), (409, "conflict".into()));
        let route = ask(&gateway, TEXT, &[KEY], r#"{"to":"628123456789","text":"Hello"}"#);
        assert_eq!(route.status, 409);
        assert_eq!(commands(&gateway).len(), 1);
    }

    #[test]
    fn the_key_is_the_organizations_own() {
        let gateway = gateway();
        gateway.bus.host(sends);
        gateway.bus.add_token("wa_else", "someone-else", &[Capability::Send]);
        ask(&gateway, MESSAGES, &[KEY], HELLO);
        let else_ = ask(&gateway, "POST /api/v1/sessions/other/messages", &[KEY, "x-api-key: wa_else"], HELLO);
        assert_eq!((else_.status, &else_.json()["replayed"]), (200, &json!(false)));
    }

    #[test]
    fn while_the_first_still_runs_nothing_is_sent_twice() {
        let gateway = gateway();
        let first = ask(&gateway, MESSAGES, &[KEY], HELLO);
        assert_eq!(first.status, 504);
        let again = ask(&gateway, MESSAGES, &[KEY], HELLO);
        assert_eq!(again.status, 504);
        assert_eq!(
            again.json()["error"]["details"]["outboxId"],
            first.json()["error"]["details"]["outboxId"]
        );
        let queued = ask(&gateway, &format!("{MESSAGES}?async=true"), &[KEY], HELLO);
        assert_eq!(queued.status, 202);
        assert_eq!((&queued.json()["status"], &queued.json()["replayed"]), (&json!("queued"), &json!(true)));
        assert_eq!(commands(&gateway).len(), 1);
    }

    #[test]
    fn a_crash_between_binding_and_admitting_heals() {
        let gateway = gateway();
        gateway.bus.host(sends);
        // The first request bound the key and got no further: the session could not send.
        gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Stop);
        assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 409);
        let bound = gateway.bus.with(|state| state.bindings.values().next().unwrap().clone());
        gateway.env.pass(5_000);
        gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Run);
        let again = ask(&gateway, MESSAGES, &[KEY], HELLO).json();
        assert_eq!(again["outboxId"], bound.command.to_string());
        assert_eq!(again["waMessageId"], bound.message_id.as_str());
        assert_eq!(again["replayed"], false, "nothing had been sent");
        assert_eq!(commands(&gateway)[0].issued_at, NOON);
    }

    #[test]
    fn a_failure_is_the_result_too() {
        let gateway = gateway();
        gateway.bus.host(refuses);
        assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 422);
        assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 422);
        assert_eq!(commands(&gateway).len(), 1);
    }
}

mod outbox {
    use super::*;

    fn sent(gateway: &FakeGateway) -> String {
        gateway.bus.host(sends);
        let answer = ask(gateway, MESSAGES, &[], HELLO);
        answer.json()["outboxId"].as_str().unwrap().to_owned()
    }

    #[test]
    fn it_tells_what_the_send_told() {
        let gateway = gateway();
        let id = sent(&gateway);
        let answer = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "");
        assert_eq!(answer.status, 200);
        let told = answer.json();
        assert_eq!((&told["status"], &told["mode"], &told["outboxId"]), (&json!("sent"), &json!("sync"), &json!(id)));
    }

    #[test]
    fn a_failed_send_tells_why() {
        let gateway = gateway();
        gateway.bus.host(refuses);
        ask(&gateway, MESSAGES, &[], HELLO);
        let id = commands(&gateway)[0].id;
        let told = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "").json();
        assert_eq!((&told["status"], &told["error"]["code"]), (&json!("failed"), &json!("recipient_unavailable")));
    }

    #[test]
    fn others_do_not_find_it() {
        let gateway = gateway();
        let id = sent(&gateway);
        gateway.bus.add_token("wa_else", "someone-else", &[Capability::Read]);
        let line = format!("GET /api/v1/outbox/{id}");
        assert_eq!(ask(&gateway, &line, &["x-api-key: wa_else"], "").status, 404);
        assert_eq!(ask(&gateway, &line, &["x-api-key: wa_none"], "").status, 403);
        assert_eq!(ask(&gateway, &line, &["x-api-key: no"], "").status, 401);
        let none = CommandId::generate(1, Shard::from_number(1), 1);
        assert_eq!(ask(&gateway, &format!("GET /api/v1/outbox/{none}"), &[], "").status, 404);
        assert_eq!(ask(&gateway, "GET /api/v1/outbox/x", &[], "").status, 404);
        gateway.bus.change_token("wa_all", |token| token.sessions = Some(Vec::new()));
        assert_eq!(ask(&gateway, &line, &[], "").status, 404);
    }
}

proptest! {
    #[test]
    fn no_body_panics_and_a_bad_one_sends_nothing(body in "\\PC{0,80}") {
        let gateway = gateway();
        let answer = ask(&gateway, MESSAGES, &[], &body);
        prop_assert_eq!(answer.status, 400);
        prop_assert!(commands(&gateway).is_empty());
    }
}
