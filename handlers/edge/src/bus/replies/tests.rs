use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::Mode;
use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::Shard;
use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt as _;

use super::*;
use crate::env::fake::FakeEnv;

/// What a pop gives, and how long it would have waited.
type Pop = (u64, oneshot::Sender<Result<Option<Outcome>, BusError>>);

/// A reply list whose pops last until the test says what they give.
#[derive(Default)]
struct Redis {
    pops: RefCell<VecDeque<Pop>>,
    records: RefCell<BTreeMap<CommandId, Outcome>>,
    looks: Cell<usize>,
}

impl Source for Rc<Redis> {
    type Bell = oneshot::Sender<()>;

    fn bell(&self) -> (Self::Bell, LocalBoxFuture<'static, ()>) {
        let (bell, rung) = oneshot::channel();
        (bell, rung.map(|_| ()).boxed_local())
    }

    async fn pop(&self, wait_ms: u64) -> Result<Option<Outcome>, BusError> {
        let (answer, answered) = oneshot::channel();
        self.pops.borrow_mut().push_back((wait_ms, answer));
        answered.await.expect("the test answers every pop")
    }

    async fn look(&self, command: CommandId) -> Result<Option<Outcome>, BusError> {
        self.looks.set(self.looks.get() + 1);
        Ok(self.records.borrow().get(&command).cloned())
    }
}

struct World {
    pool: LocalPool,
    redis: Rc<Redis>,
    env: FakeEnv,
    replies: Rc<Replies<oneshot::Sender<()>>>,
    ended: Rc<RefCell<Vec<(u64, bool)>>>,
}

impl World {
    fn new() -> Self {
        Self {
            pool: LocalPool::new(),
            redis: Rc::default(),
            env: FakeEnv::new(),
            replies: Rc::default(),
            ended: Rc::default(),
        }
    }

    /// A request starts to wait for command `n`; it can be cancelled.
    fn waits(&mut self, n: u64, ms: i64) -> oneshot::Sender<()> {
        self.waits_for(n, ms, false)
    }

    /// The same; perhaps one that is content to learn that it takes long.
    fn waits_for(&mut self, n: u64, ms: i64, background: bool) -> oneshot::Sender<()> {
        let (replies, redis, env, ended) =
            (self.replies.clone(), self.redis.clone(), self.env.clone(), self.ended.clone());
        let until = env.now_ms() + ms;
        let (cancel, cancelled) = oneshot::channel::<()>();
        let task = async move {
            let wait = if background {
                replies.wait_or_background(&redis, &env, command(n), until).boxed_local()
            } else {
                replies.wait(&redis, &env, command(n), until).boxed_local()
            };
            futures::select_biased! {
                _ = cancelled.fuse() => {}
                outcome = wait.fuse() => ended.borrow_mut().push((n, outcome.is_some())),
            }
        };
        self.pool.spawner().spawn_local(task).unwrap();
        self.pool.run_until_stalled();
        cancel
    }

    /// The pop in flight ends.
    fn pops(&mut self, answer: Result<Option<Outcome>, BusError>) {
        let (wait_ms, pop) = self.redis.pops.borrow_mut().pop_front().expect("somebody leads");
        if matches!(answer, Ok(None)) {
            self.env.pass(wait_ms as i64);
        }
        let _gone = pop.send(answer);
        self.pool.run_until_stalled();
    }

    fn ended(&self) -> Vec<(u64, bool)> {
        self.ended.borrow().clone()
    }
}

fn command(n: u64) -> CommandId {
    CommandId::generate(1, Shard::from_number(1), n)
}

fn outcome(n: u64) -> Outcome {
    Outcome {
        v: CONTRACT_VERSION,
        id: command(n),
        organization: OrganizationId::parse("acme").unwrap(),
        session: SessionId::parse("main").unwrap(),
        mode: Mode::Sync,
        status: OutcomeStatus::Sent,
        timestamp: 1,
        message_id: None,
        to: None,
        send_at: None,
        error: None,
        background: false,
        data: None,
    }
}

#[test]
fn one_pop_serves_all_and_the_lead_is_passed_on() {
    let mut world = World::new();
    let _cancels: Vec<_> = (1..=3).map(|n| world.waits(n, 30_000)).collect();
    assert_eq!(world.redis.pops.borrow().len(), 1);
    world.pops(Ok(Some(outcome(2))));
    assert_eq!(world.ended(), [(2, true)]);
    world.pops(Ok(Some(outcome(1)))); // the leader's own: it goes
    assert_eq!(world.ended(), [(2, true), (1, true)]);
    assert_eq!(world.redis.pops.borrow().len(), 1, "the third leads now");
    world.pops(Ok(Some(outcome(9)))); // nobody's
    world.pops(Ok(Some(outcome(3))));
    assert_eq!(world.ended().len(), 3);
    assert!(world.redis.pops.borrow().is_empty());
}

#[test]
fn only_who_is_content_with_it_learns_that_it_takes_long() {
    let mut world = World::new();
    let long = || Outcome { status: OutcomeStatus::Queued, background: true, ..outcome(1) };
    let _patient = world.waits(1, 30_000);
    let _content = world.waits_for(1, 30_000, true);
    world.pops(Ok(Some(Outcome { background: false, ..long() }))); // says nothing
    assert_eq!(world.ended(), []);
    world.pops(Ok(Some(long())));
    assert_eq!(world.ended(), [(1, true)], "the other waits for the end");
    world.pops(Ok(Some(outcome(1))));
    assert_eq!(world.ended().len(), 2);
}

#[test]
fn who_is_content_with_less_is_told_the_end_as_well() {
    let mut world = World::new();
    let _content = world.waits_for(1, 30_000, true);
    world.redis.records.borrow_mut().insert(command(1), outcome(1));
    world.pops(Ok(None));
    world.pops(Ok(None)); // two seconds have passed
    assert_eq!(world.ended(), [(1, true)]);
}

#[test]
fn that_it_takes_long_is_found_in_the_record() {
    let mut world = World::new();
    let _patient = world.waits(1, 30_000);
    let _content = world.waits_for(1, 30_000, true);
    let long = Outcome { status: OutcomeStatus::Queued, background: true, ..outcome(1) };
    world.redis.records.borrow_mut().insert(command(1), long);
    world.pops(Ok(None));
    world.pops(Ok(None)); // two seconds have passed
    assert_eq!(world.ended(), [(1, true)]);
}

#[test]
fn a_lost_reply_is_found_in_the_record() {
    let mut world = World::new();
    let _cancels: Vec<_> = (1..=2).map(|n| world.waits(n, 30_000)).collect();
    world.redis.records.borrow_mut().insert(command(1), outcome(1));
    world.redis.records.borrow_mut().insert(command(2), outcome(2));
    world.pops(Ok(None));
    assert_eq!(world.ended(), []);
    world.pops(Ok(None)); // two seconds have passed
    assert_eq!(world.ended().len(), 2);
}

#[test]
fn at_the_end_the_record_is_looked_at_once_more() {
    let mut world = World::new();
    let _cancel = world.waits(1, 300);
    assert_eq!(world.redis.pops.borrow()[0].0, 300, "no longer than the caller waits");
    world.pops(Ok(None));
    assert_eq!(world.ended(), [(1, false)]);
    assert_eq!(world.redis.looks.get(), 1);
}

#[test]
fn redis_being_away_is_waited_out() {
    let mut world = World::new();
    let _cancel = world.waits(1, 30_000);
    for _ in 0..3 {
        world.pops(Err(BusError::Unavailable("away".into())));
    }
    world.pops(Ok(Some(outcome(1))));
    assert_eq!(world.ended(), [(1, true)]);
}

#[test]
fn a_cancelled_leader_passes_the_lead_on() {
    let mut world = World::new();
    let leader = world.waits(1, 30_000);
    let _second = world.waits(2, 30_000);
    leader.send(()).unwrap();
    world.pool.run_until_stalled();
    let leaderless = world.redis.pops.borrow_mut().pop_front();
    assert!(leaderless.is_some(), "the cancelled pop");
    world.pops(Ok(Some(outcome(2))));
    assert_eq!(world.ended(), [(2, true)]);
}

#[test]
fn two_requests_may_wait_for_one_command() {
    let mut world = World::new();
    let _cancels: Vec<_> = (0..2).map(|_| world.waits(1, 30_000)).collect();
    world.pops(Ok(Some(outcome(1))));
    assert_eq!(world.ended(), [(1, true), (1, true)]);
}
