//! Readers that come and go: no gap, no repeat, and a word where something is not kept any more.

use edgewire_edge::bus::FeedEntry;

use super::*;

/// How many events a random reader reads.
const EVENTS_IN_ALL: u64 = 10_000;

/// A feed as relays make it: each session's events in their order, those of a shard whose relay lagged much later than
/// they were stored. Gives their ids in the feed's order.
fn relayed(gateway: &FakeGateway, lags: [u64; 3]) -> Vec<String> {
    let sessions = ["main", "second", "third"];
    let events = (0..EVENTS_IN_ALL).map(|n| {
        let which = (n % 7 % 3) as usize;
        // Several in one millisecond.
        let entry = EntryId { ms: NOON as u64 + n / 4, seq: n % 4 };
        (entry.ms + lags[which], which, entry)
    });
    let mut events: Vec<_> = events.collect();
    events.sort_by_key(|(relayed_at, ..)| *relayed_at);
    let mut seq = 0;
    let mut ids = Vec::new();
    gateway.bus.with(|state| {
        for (relayed_at, which, entry) in events {
            seq += 1;
            let pointer = Pointer::parse(&format!("acme {} message {entry}", sessions[which])).unwrap();
            ids.push(pointer.event_id().to_string());
            state.bodies.insert((pointer.session.clone(), entry), stored("message", entry.ms));
            let at = EntryId { ms: relayed_at, seq };
            state.feeds.entry("acme".into()).or_default().push(FeedEntry { at, pointer: Some(pointer) });
        }
    });
    ids
}

/// The ids of whole frames in what a client has read.
fn ids_of(text: &str) -> Vec<String> {
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end + 2]);
    let frames = whole.split("\n\n").filter_map(|frame| frame.strip_prefix("id: "));
    frames.filter_map(|rest| rest.lines().next()).map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// The client breaks off anywhere, in the middle of a frame as well, and comes back with the last id that it has.
    #[test]
    fn a_reader_that_breaks_off_anywhere_gets_each_event_once(
        lags in (0..3_000u64, 0..200u64, 0..10u64),
        breaks in prop::collection::vec((1..6usize, 0..60_000usize), 50),
    ) {
        let gateway = gateway();
        let expected = relayed(&gateway, [lags.0, lags.1, lags.2]);
        let mut got: Vec<String> = Vec::new();
        let mut breaks = breaks.into_iter().cycle();
        let mut in_vain = 0;
        while got.len() < expected.len() && in_vain < 20 {
            let (pieces, cut) = breaks.next().unwrap();
            let since = got.last().cloned().unwrap_or_else(|| "0".into());
            let mut answer = ask(&gateway, EVENTS, &[&format!("last-event-id: {since}")]);
            let mut read: String = (0..=pieces).filter_map(|_| answer.piece()).collect();
            read.truncate(cut.max(1_000));
            let new = ids_of(&read);
            in_vain = if new.is_empty() { in_vain + 1 } else { 0 };
            got.extend(new);
        }
        prop_assert_eq!(got.len(), expected.len());
        prop_assert!(got == expected, "the same ids in the feed's order");
    }
}

/// A relay that was held back puts its events behind thousands of others that happened later.
#[test]
fn an_event_that_was_relayed_late_is_found_however_late() {
    let gateway = gateway();
    let late = EntryId { ms: NOON as u64, seq: 0 };
    let pointer = |session: &str, entry| Pointer::parse(&format!("acme {session} message {entry}")).unwrap();
    gateway.bus.with(|state| {
        let feed = state.feeds.entry("acme".into()).or_default();
        let others = (1..=12_345).map(|n| EntryId { ms: NOON as u64 + n, seq: 0 });
        feed.extend(others.map(|at| FeedEntry { at, pointer: Some(pointer("second", at)) }));
        let at = EntryId { ms: NOON as u64 + 20_000, seq: 0 };
        feed.push(FeedEntry { at, pointer: Some(pointer("main", late)) });
    });
    let new = happens(&gateway, "main", "message", 20_001);
    let since = pointer("main", late).event_id();
    let mut answer = ask(&gateway, &format!("{EVENTS}?since={since}"), &[]);
    answer.piece();
    assert_eq!(answer.piece().unwrap(), frame(&new, "message", 20_001));
}

#[test]
fn a_poller_gets_each_event_once() {
    let gateway = gateway();
    let expected = relayed(&gateway, [2_000, 0, 40]);
    let (mut got, mut next) = (Vec::new(), "0".to_owned());
    while got.len() < expected.len() {
        let page = ask(&gateway, &format!("{POLL}?since={next}&wait=0"), &[]).json();
        assert_eq!(page["gap"], false);
        let events = page["events"].as_array().unwrap();
        assert!(!events.is_empty(), "after {} events", got.len());
        got.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().unwrap().to_owned();
    }
    assert_eq!(got, expected);
}

#[test]
fn who_was_away_too_long_is_told_so() {
    let gateway = gateway();
    let ids: Vec<_> = (1..=5).map(|ms| happens(&gateway, "main", "message", ms)).collect();
    gateway.bus.drop_oldest("acme", 3);
    // The feed has an event three milliseconds after it was stored.
    let gap = format!("event: gap\ndata: {{\"from\":{}}}\n\n", NOON + 4 + 3);
    let rest = frame(&ids[3], "message", 4) + &frame(&ids[4], "message", 5);
    for (since, told) in [(&ids[0], gap + &rest), (&ids[2], rest.clone()), (&"0".to_owned(), rest)] {
        let mut answer = ask(&gateway, &format!("{EVENTS}?since={since}"), &[]);
        answer.piece();
        assert_eq!(answer.piece().unwrap(), told, "since {since}");
    }
    let gap = |since: &str| ask(&gateway, &format!("{POLL}?since={since}&wait=0"), &[]).json()["gap"].clone();
    assert_eq!([gap(&ids[0]), gap(&ids[2]), gap("0"), gap(&ids[3])], [true, false, false, false]);
}

#[test]
fn a_gap_is_told_once_also_when_nothing_is_left() {
    let gateway = gateway();
    let ids: Vec<_> = (1..=3).map(|ms| happens(&gateway, "main", "message", ms)).collect();
    gateway.bus.drop_oldest("acme", 3);
    let page = ask(&gateway, &format!("{POLL}?since={}&wait=0", ids[0]), &[]).json();
    assert_eq!(page, json!({"events": [], "next": ids[2], "gap": true}));
    let page = ask(&gateway, &format!("{POLL}?since={}&wait=0", ids[2]), &[]).json();
    assert_eq!(page, json!({"events": [], "next": ids[2], "gap": false}));
}

#[test]
fn an_event_that_was_dropped_is_not_looked_for_beyond_the_next_of_its_session() {
    let gateway = gateway();
    let first = happens(&gateway, "main", "message", 1);
    gateway.bus.with(|state| state.feeds.clear());
    // It never stood in this feed: reading begins at its time, and leaves nothing out.
    let later: Vec<_> = (2..=3).map(|ms| happens(&gateway, "main", "message", ms)).collect();
    let mut answer = ask(&gateway, &format!("{EVENTS}?since={first}"), &[]);
    answer.piece();
    let told = frame(&later[0], "message", 2) + &frame(&later[1], "message", 3);
    assert_eq!(answer.piece().unwrap(), told);
}

#[test]
fn an_id_from_the_future_hides_nothing() {
    let gateway = gateway();
    happens(&gateway, "main", "message", 1);
    let future = EntryId { ms: NOON as u64 + 1_000_000_000, seq: 0 };
    let future = EventId::of(&SessionId::parse("main").unwrap(), future);
    let new = will_happen(&gateway, "main", "message", 10);
    let mut answer = ask(&gateway, &format!("{EVENTS}?since={future}"), &[]);
    answer.piece();
    assert_eq!(answer.piece().unwrap(), frame(&new, "message", 10));
}

#[test]
fn a_reader_who_takes_nothing_is_cut_off_after_the_time_that_is_set() {
    let mut gateway = gateway();
    gateway.settings = std::rc::Rc::new(Settings { event_stall_ms: 700, ..Settings::default() });
    let answer = ask(&gateway, EVENTS, &[]);
    let edgewire_edge::reply::Body::Stream { stall_ms, .. } = answer.body else { panic!("a stream") };
    assert_eq!(stall_ms, Some(700));
}

#[test]
fn a_piece_is_bounded_and_whole_frames() {
    let gateway = gateway();
    let long =
        format!(r#"{{"schema":"v1","event":"message","payload":{{"text":"{}"}}}}"#, "x".repeat(10_000));
    for ms in 1..=50 {
        let entry = EntryId { ms: (NOON + ms) as u64, seq: 0 };
        gateway.bus.add_event(&format!("acme main message {entry}"), &long);
    }
    let mut answer = ask(&gateway, &format!("{EVENTS}?since=0"), &[]);
    answer.piece();
    let mut frames = 0;
    while frames < 50 {
        let piece = answer.piece().unwrap();
        assert!(piece.len() <= (64 << 10) + 2_000, "{} bytes", piece.len());
        assert!(piece.starts_with("id: ") && piece.ends_with("\n\n"));
        frames += piece.matches("event: message\n").count();
    }
    assert_eq!(frames, 50);
}
