//! conn-host ends as `kill -9` ends it, at every step of a command's life: what was accepted reaches its recipient, once and
//! in order, and every answer is true.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::wait::wait_within;
use harness::{Line, World, wait_until};
use rustix::process::Signal;

use crate::contact::every_event;

/// How many sessions there are.
const SESSIONS: usize = 20;
/// How many sends each of them accepts in a round without waiting for them.
const ACCEPTED: usize = 12;
/// By when all of a round is sent: a lease, a connection and the sends, in a build that is not optimised.
const RECOVERY: Duration = Duration::from_secs(60);

/// Between two sends of a line under load.
const PACE: Duration = Duration::from_millis(200);
/// The least that a line sends under load.
const LEAST: usize = 10;

/// What runs, and what was sent on each line so far.
struct Fleet {
    world: Arc<World>,
    lines: Vec<Line>,
    expected: Vec<Vec<String>>,
}

impl Fleet {
    async fn new(name: &str, hosts: usize) -> Self {
        let world = World::builder().hosts(hosts).build().await;
        let us = world.organization(name);
        let mut lines = Vec::new();
        while lines.len() < SESSIONS {
            lines.extend(join_all((0..4).map(|_| Line::open(&us))).await);
        }
        let expected = join_all(lines.iter().map(Line::received)).await;
        Self { world, lines, expected }
    }

    /// How many shards the host owns.
    async fn owned(&self, number: usize) -> usize {
        let mut redis = self.world.redis().await;
        let mut leases = Vec::new();
        for line in &self.lines {
            let shard = edgewire_contract::shard::Shard::of(
                &edgewire_contract::ids::SessionId::parse(&line.session.id).expect("an id"),
                edgewire_contract::shard::DEFAULT_SHARDS,
            );
            leases.push(edgewire_contract::keys::lease(shard));
        }
        let mut owned = 0;
        let name = format!("host-{number}");
        for lease in leases {
            let owner: Option<String> =
                redis::cmd("HGET").arg(lease).arg("owner").query_async(&mut redis).await.expect("an owner");
            owned += usize::from(owner.as_deref() == Some(&name));
        }
        owned
    }

    /// Lets a host end at `place`, under way with everybody's sends, and sees all of them through.
    #[expect(clippy::print_stdout, reason = "how long it took is a figure, for who reads the run")]
    async fn round(&mut self, place: &str, alone: bool) {
        let name = [("EDGEWIRE_HOST_ID", "host-0"), ("EDGEWIRE_FAILPOINT", place)];
        assert!(self.world.stop_host(0), "it drains");
        self.world.start_host_with(0, &name);
        let some = if alone { SESSIONS } else { 4 };
        self.has_share(0, some).await;
        let accepted = join_all(self.lines.iter().map(async |line| {
            let mut outbox = Vec::new();
            for n in 0..ACCEPTED {
                outbox.push(line.accept(&format!("{place} {n}"), n == 3).await);
            }
            outbox
        }));
        let waited = join_all(self.lines.iter().take(4).map(|line| line.send("waited for")));
        let what = format!("the host to end {place}");
        let ended = async {
            let ended = wait_until(&what, || async {
                if self.world.host_runs(0) { Err("it runs".to_owned()) } else { Ok(Instant::now()) }
            });
            let ended = ended.await;
            if alone {
                self.world.start_host_with(0, &name[..1]);
            }
            ended
        };
        let (accepted, waited, ended) = tokio::join!(accepted, waited, ended);
        for (at, line) in self.lines.iter().enumerate() {
            let mut ids = Vec::new();
            for outbox in &accepted[at] {
                ids.push(line.sent(outbox, RECOVERY).await);
            }
            let received = wait_until("the contact to have them", || async {
                let received = line.received().await;
                let new = received[self.expected[at].len()..].to_vec();
                let missing = ids.iter().filter(|id| !new.contains(id)).count();
                if missing == 0 { Ok(new) } else { Err(format!("{missing} are missing")) }
            })
            .await;
            let in_order: Vec<&String> = received.iter().filter(|id| ids.contains(id)).collect();
            assert_eq!(in_order, ids.iter().collect::<Vec<_>>(), "in the order in which they were accepted");
            let mut more: Vec<String> = ids;
            if let Some(outbox) = waited.get(at) {
                more.push(line.sent(outbox, RECOVERY).await);
            }
            let all = wait_until("nothing else", || async {
                let new = line.received().await[self.expected[at].len()..].to_vec();
                if new.len() >= more.len() { Ok(new) } else { Err(format!("{new:?}")) }
            })
            .await;
            assert_eq!(all.len(), more.len(), "one message a send: {all:?} for {more:?}");
            self.expected[at].extend(all);
        }
        println!("{place}: all sent {:?} after the host had ended", ended.elapsed());
        if !alone {
            self.world.start_host_with(0, &name[..1]);
        }
    }
}

/// Mutation tried: with entries deleted as they are read (`intake.rs`), what was claimed or on the wire is never sent.
pub async fn one_of_two_hosts_ends_at_each_step() {
    let mut fleet = Fleet::new("kills", 2).await;
    for place in [
        "claimed:9",
        "before_upload:1",
        "before_wire:20",
        "after_wire:20",
        "after_ack:20",
        "before_end:30",
        "after_end:30",
    ] {
        fleet.round(place, false).await;
    }
}

pub async fn the_only_host_ends_and_comes_back() {
    let mut fleet = Fleet::new("kill", 1).await;
    for place in ["claimed:50", "after_wire:60", "after_ack:60"] {
        fleet.round(place, true).await;
    }
}

/// A host that sleeps for longer than its lease wakes up among others: it writes nothing more, and nobody's keys are out of
/// step.
///
/// Mutation tried: the scripts do not look at the epoch. What the sleeper writes when it wakes up is taken for the truth.
pub async fn a_host_that_was_frozen_leaves_no_trace() {
    let mut fleet = Fleet::new("frozen", 2).await;
    fleet.named(0).await;
    fleet.has_share(0, 4).await;
    fleet.world.signal_host(0, Signal::STOP);
    let during = fleet.talk("while it sleeps").await;
    fleet.world.signal_host(0, Signal::CONT);
    let after = fleet.talk("when it wakes").await;
    // It is a host as any other again.
    fleet.has_share(0, 1).await;
    let later = fleet.talk("later").await;
    for (at, line) in fleet.lines.iter().enumerate() {
        let ids = [&during, &after, &later].map(|talk| talk[at].clone()).concat();
        let received = line.received().await[fleet.expected[at].len()..].to_vec();
        assert_eq!(received, ids, "each once, in order");
        let events = every_event(&line.session.owner, &format!("session={}", line.session.id)).await;
        let of = |kind: &str| events.iter().filter(|it| it["event"] == kind).collect::<Vec<_>>();
        assert!(of("message.undecryptable").is_empty(), "{:#?}", of("message.undecryptable"));
        let mut told: Vec<&str> =
            of("message").iter().filter_map(|it| it["payload"]["text"].as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["later", "when it wakes", "while it sleeps"], "each told once");
    }
    fleet.expected.clear();
}

impl Fleet {
    /// Starts the host anew under a name that leases show.
    async fn named(&self, number: usize) {
        assert!(self.world.stop_host(number), "it drains");
        self.world.start_host_with(number, &[("EDGEWIRE_HOST_ID", &format!("host-{number}"))]);
    }

    async fn has_share(&self, number: usize, some: usize) {
        wait_within(RECOVERY, "the host to have its share", || async {
            let owned = self.owned(number).await;
            if owned >= some { Ok(()) } else { Err(format!("{owned} of its sessions' shards")) }
        })
        .await;
        for line in &self.lines {
            line.session.wait_for_status("connected").await;
        }
    }

    /// Every session sends to its contact, and hears of him: what was sent, once all of it has come.
    async fn talk(&self, text: &str) -> Vec<Vec<String>> {
        join_all(self.lines.iter().map(async |line| {
            let mut outbox = Vec::new();
            for n in 0..3 {
                outbox.push(line.accept(&format!("{text} {n}"), false).await);
            }
            self.world.sandbox().write(&line.contact, &line.session.phone, text).await;
            let mut ids = Vec::new();
            for outbox in &outbox {
                ids.push(line.sent(outbox, RECOVERY).await);
            }
            wait_within(RECOVERY, "what the contact wrote", || async {
                let query = format!("session={}&events=message", line.session.id);
                let events = every_event(&line.session.owner, &query).await;
                let there = events.iter().any(|it| it["payload"]["text"] == text);
                if there { Ok(()) } else { Err(format!("{} messages", events.len())) }
            })
            .await;
            ids
        }))
        .await
    }
}

/// A rolling restart: each host is stopped, within 10 s, and started again, while everybody sends.
pub async fn three_hosts_are_replaced_under_load() {
    let fleet = Fleet::new("rolling", 3).await;
    let over = AtomicBool::new(false);
    let load = join_all(fleet.lines.iter().enumerate().map(async |(at, line)| {
        let mut outbox = Vec::new();
        while !over.load(Ordering::Relaxed) || outbox.len() < LEAST {
            outbox.push(line.accept(&format!("{at}: {}", outbox.len()), false).await);
            tokio::time::sleep(PACE).await;
        }
        outbox
    }));
    let restarts = async {
        for number in 0..3 {
            let begun = Instant::now();
            assert!(fleet.world.stop_host(number), "it drains");
            assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
            fleet.world.start_host(number);
        }
        over.store(true, Ordering::Relaxed);
    };
    let (accepted, ()) = tokio::join!(load, restarts);
    for (at, line) in fleet.lines.iter().enumerate() {
        let mut ids = Vec::new();
        for outbox in &accepted[at] {
            ids.push(line.sent(outbox, RECOVERY).await);
        }
        let received = line.received().await[fleet.expected[at].len()..].to_vec();
        assert_eq!(received, ids, "each once, in order");
    }
}
