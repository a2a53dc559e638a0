//! Both routes as their caller sees them.

use edgewire_contract::ids::{EntryId, EventId, SessionId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::token::token_hash;
use edgewire_edge::bus::fake::Logins;
use edgewire_edge::bus::logins::Asked;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::settings::Settings;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod description;
mod reconnects;

const EVENTS: &str = "GET /api/v1/events";
const POLL: &str = "GET /api/v1/events/poll";

fn ask(gateway: &FakeGateway, line: &str, headers: &[&str]) -> Answer {
    Answer::read(run(handle(gateway.clone(), request(line, headers, ""))))
}

fn stored(kind: &str, n: u64) -> String {
    format!(r#"{{"schema":"v1","event":"{kind}","payload":{{"n":{n}}},"session":"main"}}"#)
}

/// An event `ms` after noon.
fn happens(gateway: &FakeGateway, session: &str, kind: &str, ms: i64) -> String {
    let entry = EntryId { ms: (NOON + ms) as u64, seq: 0 };
    gateway.bus.add_event(&format!("acme {session} {kind} {entry}"), &stored(kind, ms as u64));
    EventId::of(&SessionId::parse(session).unwrap(), entry).to_string()
}

/// An event that comes while somebody waits.
fn will_happen(gateway: &FakeGateway, session: &str, kind: &str, ms: i64) -> String {
    let entry = EntryId { ms: (NOON + ms) as u64, seq: 0 };
    let pointer = Pointer::parse(&format!("acme {session} {kind} {entry}")).unwrap();
    let id = pointer.event_id().to_string();
    gateway.bus.with(|state| state.later.push_back((pointer, stored(kind, ms as u64))));
    id
}

fn frame(id: &str, kind: &str, n: u64) -> String {
    let json = stored(kind, n).replacen(r#""schema":"v1","#, &format!(r#""schema":"v1","id":"{id}","#), 1);
    format!("id: {id}\nevent: {kind}\ndata: {json}\n\n")
}

mod streaming {
    use super::*;

    #[test]
    fn a_stream_begins_at_once_pings_and_tells_what_happens() {
        let gateway = gateway();
        happens(&gateway, "main", "message", 1);
        let mut answer = ask(&gateway, EVENTS, &[]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        assert_eq!(answer.headers["cache-control"], "no-cache");
        assert_eq!(answer.piece().unwrap(), ": connected\n\n");
        assert_eq!(answer.piece().unwrap(), ": ping\n\n");
        let id = will_happen(&gateway, "main", "message", 10);
        assert_eq!(answer.piece().unwrap(), frame(&id, "message", 10), "and not what was before");
    }

    #[test]
    fn it_goes_on_where_the_client_left() {
        let gateway = gateway();
        let ids: Vec<_> = (1..=4).map(|ms| happens(&gateway, "main", "message", ms)).collect();
        let rest: String = (3..=4).map(|n| frame(&ids[n - 1], "message", n as u64)).collect();
        let by_query = ask(&gateway, &format!("{EVENTS}?since={}", ids[1]), &[]);
        let header = format!("last-event-id: {}", ids[1]);
        // The header is newer than the address, which a browser keeps.
        let by_header = ask(&gateway, &format!("{EVENTS}?since=0"), &[&header]);
        for mut answer in [by_query, by_header] {
            answer.piece();
            assert_eq!(answer.piece().unwrap(), rest);
        }
        let mut all = ask(&gateway, &format!("{EVENTS}?since=0"), &[]);
        all.piece();
        assert_eq!(all.piece().unwrap().matches("event: message\n").count(), 4);
    }

    #[test]
    fn behind_an_event_that_was_dropped_nothing_is_left_out() {
        let gateway = gateway();
        let ids: Vec<_> = (1..=3).map(|ms| happens(&gateway, "main", "message", ms)).collect();
        gateway.bus.with(|state| {
            state.feeds.get_mut("acme").unwrap().drain(..2);
        });
        let mut answer = ask(&gateway, &format!("{EVENTS}?since={}", ids[0]), &[]);
        answer.piece();
        assert_eq!(answer.piece().unwrap(), frame(&ids[2], "message", 3));
    }

    #[test]
    fn only_what_is_asked_for_and_may_be_seen_goes_out() {
        let gateway = gateway();
        gateway.bus.add_session("second", "acme");
        happens(&gateway, "main", "message", 1);
        happens(&gateway, "main", "session.status", 2);
        let wanted = happens(&gateway, "second", "message", 3);
        let mut answer =
            ask(&gateway, &format!("{EVENTS}?since=0&session=second&events=message,auth.qr"), &[]);
        answer.piece();
        assert_eq!(answer.piece().unwrap(), frame(&wanted, "message", 3));
        gateway
            .bus
            .change_token("wa_all", |token| token.sessions = Some(vec![SessionId::parse("second").unwrap()]));
        let mut answer = ask(&gateway, &format!("{EVENTS}?since=0&events=*"), &[]);
        answer.piece();
        assert_eq!(answer.piece().unwrap(), frame(&wanted, "message", 3));
        assert_eq!(ask(&gateway, &format!("{EVENTS}?session=main"), &[]).status, 404);
    }

    #[test]
    fn several_sessions_may_be_named() {
        let gateway = gateway();
        for name in ["second", "third"] {
            gateway.bus.add_session(name, "acme");
        }
        let ids = ["main", "second", "third", "main"].iter().zip(1..);
        let ids: Vec<_> = ids.map(|(name, ms)| happens(&gateway, name, "message", ms)).collect();
        for query in ["session=main,third", "session=third&session=main,main"] {
            let mut answer = ask(&gateway, &format!("{EVENTS}?since=0&{query}"), &[]);
            answer.piece();
            let told = [1, 3, 4].map(|n| frame(&ids[n - 1], "message", n as u64)).concat();
            assert_eq!(answer.piece().unwrap(), told);
        }
        assert_eq!(ask(&gateway, &format!("{EVENTS}?session=main,other"), &[]).status, 404);
        let many = ["main"; 101].join(",");
        let answer = ask(&gateway, &format!("{POLL}?session={many}"), &[]);
        assert_eq!(answer.bad_fields(), ["query.session"]);
    }

    #[test]
    fn events_of_a_session_that_was_deleted_are_skipped() {
        let gateway = gateway();
        happens(&gateway, "deleted", "message", 1);
        gateway.bus.with(|state| state.bodies.clear());
        let id = happens(&gateway, "main", "message", 2);
        let mut answer = ask(&gateway, &format!("{EVENTS}?since=0"), &[]);
        answer.piece();
        assert_eq!(answer.piece().unwrap(), frame(&id, "message", 2));
    }

    #[test]
    fn events_that_a_session_could_not_keep_are_a_gap_that_is_told_once() {
        let gateway = gateway();
        for ms in 1..=300 {
            happens(&gateway, "main", "message", ms);
        }
        gateway.bus.with(|state| state.bodies.clear());
        let id = happens(&gateway, "main", "message", 400);
        let mut answer = ask(&gateway, &format!("{EVENTS}?since=0"), &[]);
        answer.piece();
        let told = format!("{}{}", answer.piece().unwrap(), answer.piece().unwrap());
        assert!(told.starts_with("event: gap\ndata: {\"from\":"), "{told}");
        assert_eq!(
            (told.matches("event: gap").count(), told.ends_with(&frame(&id, "message", 400))),
            (1, true)
        );
    }

    #[test]
    fn a_revoked_token_ends_the_stream() {
        let gateway = gateway();
        let mut answer = ask(&gateway, EVENTS, &[]);
        answer.piece();
        gateway.bus.with(|state| state.tokens.clear());
        let pings = std::iter::from_fn(|| answer.piece()).count();
        assert_eq!(pings, 1, "the token is looked at every half a minute, which is two heartbeats");
    }

    #[test]
    fn a_stream_that_a_login_opened_ends_with_the_login() {
        for still_there in [Asked::Asked, Asked::Busy] {
            let gateway = gateway();
            let mut record = gateway.bus.with(|state| state.tokens[&token_hash("wa_all")].clone());
            record.expires_at = Some(NOON + 70_000);
            let answer = Some(Some(record));
            gateway.bus.with(|state| {
                state.logins = Logins { asked: Some(Asked::Asked), answer, ..Logins::default() };
            });
            // Its record is never there: it is asked about at each look.
            let mut answer = ask(&gateway, EVENTS, &["authorization: Bearer eyJh.eyJz.c2ln"]);
            answer.piece();
            gateway.bus.with(|state| state.logins.asked = Some(still_there));
            let pings = std::iter::from_fn(|| answer.piece()).count();
            assert_eq!(pings, 5, "it is good for two looks more");
        }
    }

    #[test]
    fn redis_may_be_away_for_a_while() {
        let gateway = gateway();
        let mut answer = ask(&gateway, EVENTS, &[]);
        answer.piece();
        gateway.bus.with(|state| state.down = true);
        for _ in 0..5 {
            assert_eq!(answer.piece().unwrap(), ": ping\n\n");
        }
        gateway.bus.with(|state| state.down = false);
        let id = will_happen(&gateway, "main", "message", 10);
        assert_eq!(answer.piece().unwrap(), frame(&id, "message", 10));
        gateway.bus.with(|state| state.down = true);
        assert_eq!(std::iter::from_fn(|| answer.piece()).count(), 10, "then the client is to come back");
    }

    #[test]
    fn the_heartbeat_is_a_variable() {
        let mut gateway = gateway();
        gateway.settings = std::rc::Rc::new(Settings { event_heartbeat_ms: 500, ..Settings::default() });
        let mut answer = ask(&gateway, EVENTS, &[]);
        answer.piece();
        answer.piece();
        assert_eq!(edgewire_edge::env::Env::now_ms(&gateway.env), NOON + 500);
    }
}

mod polling {
    use super::*;

    fn ids(answer: &Answer) -> Vec<String> {
        let told = answer.json();
        let events = told["events"].as_array().unwrap();
        events.iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect()
    }

    fn next(answer: &Answer) -> String {
        answer.json()["next"].as_str().unwrap().to_owned()
    }

    #[test]
    fn what_is_there_comes_at_once() {
        let gateway = gateway();
        let all: Vec<_> = (1..=3).map(|ms| happens(&gateway, "main", "message", ms)).collect();
        let answer = ask(&gateway, &format!("{POLL}?since=0"), &[]);
        assert_eq!((answer.status, ids(&answer), next(&answer)), (200, all.clone(), all[2].clone()));
        let payload: Vec<Value> = answer.json()["events"].as_array().unwrap().clone();
        assert_eq!(payload[0]["payload"], json!({"n": 1}));
        assert_eq!(ids(&ask(&gateway, &format!("{POLL}?since={}", all[1]), &[])), [all[2].clone()]);
        assert_eq!(edgewire_edge::env::Env::now_ms(&gateway.env), NOON);
    }

    #[test]
    fn else_it_waits_for_the_first() {
        let gateway = gateway();
        let last = happens(&gateway, "main", "message", 1);
        let quiet = ask(&gateway, &format!("{POLL}?wait=3"), &[]);
        assert_eq!((ids(&quiet), next(&quiet)), (vec![], last.clone()));
        assert_eq!(edgewire_edge::env::Env::now_ms(&gateway.env), NOON + 3_000);
        let new = will_happen(&gateway, "main", "message", 10);
        assert_eq!(ids(&ask(&gateway, &format!("{POLL}?since={last}"), &[])), [new]);
    }

    #[test]
    fn next_moves_on_past_what_the_filter_held_back() {
        let gateway = gateway();
        let held = happens(&gateway, "main", "session.status", 1);
        let answer = ask(&gateway, &format!("{POLL}?since=0&events=message&wait=0"), &[]);
        assert_eq!((ids(&answer), next(&answer)), (vec![], held));
    }

    #[test]
    fn where_nothing_ever_happened_next_is_the_beginning() {
        let gateway = gateway();
        assert_eq!(
            ask(&gateway, &format!("{POLL}?wait=0"), &[]).json(),
            json!({"events": [], "next": "0", "gap": false})
        );
        let none = EventId::of(&SessionId::parse("main").unwrap(), EntryId { ms: 5, seq: 0 }).to_string();
        let answer = ask(&gateway, &format!("{POLL}?wait=0&since={none}"), &[]);
        assert_eq!(next(&answer), none);
    }
}

mod refusals {
    use super::*;

    #[test]
    fn every_bad_parameter_is_named() {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("{POLL}?since=yesterday&wait=31&events=message,smoke"), &[]);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.bad_fields(), ["query.since", "query.wait", "query.events"]);
        let answer = ask(&gateway, EVENTS, &["last-event-id: evt_1"]);
        assert_eq!((answer.status, answer.bad_fields()), (400, vec!["header.Last-Event-ID".to_owned()]));
        assert!(ask(&gateway, &format!("{EVENTS}?events=smoke"), &[]).text.contains("smoke is no event"));
    }

    #[test]
    fn who_may_not_is_told_so() {
        let gateway = gateway();
        for line in [EVENTS, POLL] {
            assert_eq!(ask(&gateway, line, &["x-api-key: wrong"]).status, 401);
            assert_eq!(ask(&gateway, line, &["x-api-key: wa_none"]).status, 403);
            for session in ["none", "other", "a%20b"] {
                assert_eq!(ask(&gateway, &format!("{line}?session={session}"), &[]).status, 404);
            }
        }
        gateway.bus.with(|state| state.down = true);
        assert_eq!(ask(&gateway, EVENTS, &[]).status, 503);
        assert_eq!(ask(&gateway, POLL, &[]).status, 503);
        assert_eq!(ask(&gateway, "POST /api/v1/events", &[]).status, 405);
    }
}

proptest! {
    #[test]
    fn no_query_panics(query in "(since|events|session|wait)=[a-zA-Z0-9_.%,*]{0,30}(&(since|wait)=[a-z0-9_]{0,30})?") {
        let answer = ask(&gateway(), &format!("{POLL}?{query}&wait=0"), &[]);
        prop_assert!([200, 400, 404].contains(&answer.status));
    }
}
