//! Readers of one instance, on a Redis that answers when the test says so.

use std::cell::Cell;
use std::collections::VecDeque;

use futures::channel::oneshot;
use futures::executor::LocalPool;
use futures::future::{FutureExt as _, select};
use futures::task::LocalSpawnExt as _;
use proptest::prelude::*;

use super::*;
use crate::bus::Follow as _;
use crate::env::fake::NOON;

type News = Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError>;

/// A clock on which a sleep takes until the test lets the time pass.
#[derive(Clone)]
struct Clock(Rc<(Cell<i64>, RefCell<Vec<Sleeper>>)>);

/// Until when it sleeps, and what wakes it.
type Sleeper = (i64, oneshot::Sender<()>);

impl Clock {
    fn pass(&self, ms: i64) {
        let now = self.0.0.get() + ms;
        self.0.0.set(now);
        self.0.1.borrow_mut().retain(|(until, _)| *until > now);
    }
}

impl Env for Clock {
    fn now_ms(&self) -> i64 {
        self.0.0.get()
    }

    fn fill(&self, _bytes: &mut [u8]) {}

    async fn sleep(&self, ms: u64) {
        let (wake, woken) = oneshot::channel();
        self.0.1.borrow_mut().push((self.now_ms() + ms as i64, wake));
        let _dropped = woken.await;
    }

    fn log(&self, _line: &str) {}
}

type Wait = (Vec<(OrganizationId, EntryId)>, u64, oneshot::Sender<News>);

#[derive(Clone)]
struct Redis(Rc<Inner>);

struct Inner {
    env: Clock,
    feeds: Feeds<oneshot::Sender<()>>,
    stored: RefCell<BTreeMap<OrganizationId, Vec<FeedEntry>>>,
    gone: RefCell<Option<FeedEntry>>,
    /// The reads that wait: where from, how long, and where to with the answer.
    waits: RefCell<VecDeque<Wait>>,
    pages: Cell<usize>,
    /// How many pointers each read of bodies had.
    bodies: RefCell<Vec<usize>>,
    body_bytes: Cell<usize>,
}

impl Source for Redis {
    type Bell = oneshot::Sender<()>;
    type Env = Clock;

    fn feeds(&self) -> &Feeds<Self::Bell> {
        &self.0.feeds
    }

    fn env(&self) -> &Clock {
        &self.0.env
    }

    fn bell(&self) -> (Self::Bell, LocalBoxFuture<'static, ()>) {
        let (bell, rung) = oneshot::channel();
        (bell, rung.map(|_| ()).boxed_local())
    }

    async fn news(&self, places: &[(OrganizationId, EntryId)], _count: u32, wait_ms: u64) -> News {
        let (answer, answered) = oneshot::channel();
        self.0.waits.borrow_mut().push_back((places.to_vec(), wait_ms, answer));
        answered.await.expect("the test answers")
    }

    async fn page(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError> {
        self.0.pages.set(self.0.pages.get() + 1);
        Ok(self.stored(organization, from, count as usize))
    }

    async fn end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        Ok(self.0.stored.borrow().get(organization).and_then(|feed| feed.last()).cloned())
    }

    async fn gone(&self, _organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        Ok(self.0.gone.borrow().clone())
    }

    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError> {
        self.0.bodies.borrow_mut().push(pointers.len());
        let body =
            |pointer: &Pointer| Some(pointer.session.to_string() + &"x".repeat(self.0.body_bytes.get()));
        Ok(pointers.iter().map(body).collect())
    }

    async fn has_events(&self, _session: &SessionId) -> Result<bool, BusError> {
        Ok(true)
    }
}

impl Redis {
    fn stored(&self, organization: &OrganizationId, from: EntryId, count: usize) -> Vec<FeedEntry> {
        let stored = self.0.stored.borrow();
        let feed = stored.get(organization).map(Vec::as_slice).unwrap_or_default();
        feed.iter().filter(|entry| entry.at >= from).take(count).cloned().collect()
    }
}

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn other() -> OrganizationId {
    OrganizationId::parse("other").unwrap()
}

fn everything() -> Wants {
    Rc::new(|_| true)
}

/// What a reader has got, in order: the events' numbers, and 0 for a gap.
type Told = Rc<RefCell<Vec<u64>>>;

struct World {
    redis: Redis,
    pool: LocalPool,
}

impl World {
    fn new() -> Self {
        let redis = Redis(Rc::new(Inner {
            env: Clock(Rc::new((Cell::new(NOON), RefCell::default()))),
            feeds: Feeds::default(),
            stored: RefCell::default(),
            gone: RefCell::default(),
            waits: RefCell::default(),
            pages: Cell::new(0),
            bodies: RefCell::default(),
            body_bytes: Cell::new(1),
        }));
        Self { redis, pool: LocalPool::new() }
    }

    /// An event with this number, in the millisecond of the same number.
    fn happens(&self, organization: &OrganizationId, n: u64) {
        let entry = EntryId { ms: n, seq: 0 };
        let session = SessionId::parse(if n.is_multiple_of(2) { "even" } else { "odd" }).unwrap();
        let pointer = Pointer { organization: organization.clone(), session, kind: "message".into(), entry };
        let entry = FeedEntry { at: entry, pointer: Some(pointer) };
        self.redis.0.stored.borrow_mut().entry(organization.clone()).or_default().push(entry);
    }

    /// A reader that reads on until it is cancelled or has an error.
    fn reads(
        &mut self,
        organization: &OrganizationId,
        after: u64,
        wants: Wants,
    ) -> (Told, oneshot::Sender<()>) {
        let after = EntryId { ms: after, seq: 0 };
        let mut following = Following::new(self.redis.clone(), organization.clone(), after, wants);
        let told = Told::default();
        let (cancel, cancelled) = oneshot::channel::<()>();
        let own = told.clone();
        let read = async move {
            while let Ok(batch) = following.next(15_000).await {
                let gap = batch.gap.map(|_| 0);
                let numbers = batch.events.iter().map(|(pointer, _)| pointer.entry.ms);
                own.borrow_mut().extend(gap.into_iter().chain(numbers));
            }
            own.borrow_mut().push(u64::MAX);
        };
        let task = select(read.boxed_local(), cancelled).map(|_| ());
        self.pool.spawner().spawn_local(task).unwrap();
        self.pool.run_until_stalled();
        (told, cancel)
    }

    /// Answers the read that waits with what there is, or its time passes.
    fn answers(&mut self) {
        let waiting = self.redis.0.waits.borrow_mut().pop_front();
        let (places, wait_ms, answer) = waiting.expect("somebody leads");
        let read = places.into_iter().map(|(name, after)| {
            let entries = self.redis.stored(&name, after.next(), 100);
            (name, entries)
        });
        let news: Vec<_> = read.filter(|(_, entries)| !entries.is_empty()).collect();
        if news.is_empty() {
            self.redis.0.env.pass(wait_ms as i64);
        }
        // A leader that has gone wants no answer.
        let _gone = answer.send(Ok(news));
        self.pool.run_until_stalled();
    }

    fn waiting(&self) -> usize {
        self.redis.0.waits.borrow().iter().filter(|(_, _, answer)| !answer.is_canceled()).count()
    }
}

#[test]
fn one_read_serves_all_readers_of_all_feeds() {
    let mut world = World::new();
    let ours: Vec<_> = (0..3).map(|_| world.reads(&acme(), 0, everything())).collect();
    let (theirs, _cancel) = world.reads(&other(), 0, everything());
    assert_eq!(world.waiting(), 1);
    world.answers(); // The read that began before `other` was followed.
    world.redis.0.env.pass(JOIN_MS);
    world.pool.run_until_stalled();
    world.happens(&acme(), 1);
    world.happens(&other(), 2);
    assert_eq!(world.redis.0.waits.borrow()[0].0.len(), 2);
    world.answers();
    for (told, _) in &ours {
        assert_eq!(*told.borrow(), [1]);
    }
    assert_eq!(*theirs.borrow(), [2]);
    assert_eq!(*world.redis.0.bodies.borrow(), [1, 1], "each event is read once");
    assert_eq!(world.waiting(), 1, "and one waits again");
}

#[test]
fn what_nobody_wants_is_not_read_until_somebody_does() {
    let mut world = World::new();
    let odd: Wants = Rc::new(|pointer| pointer.session.as_str() == "odd");
    let (told, _cancel) = world.reads(&acme(), 0, odd);
    (1..=4).for_each(|n| world.happens(&acme(), n));
    world.answers();
    assert_eq!((&*told.borrow(), &*world.redis.0.bodies.borrow()), (&vec![1, 3], &vec![2]));
    // The ring begins before the first: who comes later finds everything there, but for two bodies.
    let pages = world.redis.0.pages.get();
    let (late, _cancel) = world.reads(&acme(), 0, everything());
    assert_eq!((&*late.borrow(), &*world.redis.0.bodies.borrow()), (&vec![1, 2, 3, 4], &vec![2, 2]));
    let (later, _cancel) = world.reads(&acme(), 1, everything());
    assert_eq!((&*later.borrow(), &*world.redis.0.bodies.borrow()), (&vec![2, 3, 4], &vec![2, 2]));
    assert_eq!(world.redis.0.pages.get(), pages);
}

#[test]
fn who_is_behind_reads_by_himself_until_he_is_inside() {
    let mut world = World::new();
    (1..=250).for_each(|n| world.happens(&acme(), n));
    let (told, _cancel) = world.reads(&acme(), 0, everything());
    assert_eq!(*told.borrow(), (1..=250).collect::<Vec<_>>());
    assert!(world.redis.0.bodies.borrow().iter().all(|count| *count <= BODIES_AT_ONCE));
    world.happens(&acme(), 251);
    let pages = world.redis.0.pages.get();
    world.answers();
    assert_eq!(told.borrow().last(), Some(&251));
    assert_eq!(world.redis.0.pages.get(), pages, "by way of the ring");
}

#[test]
fn who_joins_while_a_read_is_under_way_misses_nothing() {
    let mut world = World::new();
    let (_, _cancel) = world.reads(&acme(), 0, everything());
    world.happens(&other(), 1);
    let (told, _cancel) = world.reads(&other(), 0, everything());
    assert_eq!(*told.borrow(), [1], "without the leader, whose read has only acme");
    world.happens(&other(), 2);
    world.redis.0.env.pass(JOIN_MS);
    world.pool.run_until_stalled();
    assert_eq!(*told.borrow(), [1, 2], "he looks again by himself");
    world.answers(); // From now on he is in the read.
    world.redis.0.env.pass(JOIN_MS);
    world.pool.run_until_stalled();
    world.happens(&other(), 3);
    world.answers();
    assert_eq!(*told.borrow(), [1, 2, 3]);
}

#[test]
fn large_events_come_one_by_one() {
    let world = World::new();
    world.redis.0.body_bytes.set(BATCH_BYTES);
    (1..=3).for_each(|n| world.happens(&acme(), n));
    let mut following = Following::new(world.redis.clone(), acme(), EntryId::default(), everything());
    for n in 1..=3 {
        let batch = crate::testing::run(following.next(0)).unwrap();
        assert_eq!(batch.events.iter().map(|(pointer, _)| pointer.entry.ms).collect::<Vec<_>>(), [n]);
    }
    assert_eq!(crate::testing::run(following.next(0)).unwrap(), Batch::default());
}

#[test]
fn a_gap_is_told_once_and_only_where_something_is_missing() {
    let mut world = World::new();
    (1..=5).for_each(|n| world.happens(&acme(), n));
    let gone = world.redis.0.stored.borrow_mut().get_mut(&acme()).unwrap().drain(..3).next_back();
    *world.redis.0.gone.borrow_mut() = gone;
    let begins = [(0, vec![0, 4, 5]), (2, vec![0, 4, 5]), (3, vec![4, 5]), (4, vec![5])];
    for (after, expected) in begins {
        let (told, _cancel) = world.reads(&acme(), after, everything());
        assert_eq!(*told.borrow(), expected, "behind {after}");
    }
    // All of it is gone.
    let gone = world.redis.0.stored.borrow_mut().get_mut(&acme()).unwrap().drain(..).next_back();
    *world.redis.0.gone.borrow_mut() = gone;
    let mut following = Following::new(world.redis.clone(), acme(), EntryId { ms: 1, seq: 0 }, everything());
    assert_eq!(crate::testing::run(following.next(0)).unwrap().gap, Some(world.redis.0.env.now_ms()));
    assert_eq!(crate::testing::run(following.next(0)).unwrap(), Batch::default());
}

#[test]
fn a_read_that_fails_is_told_to_all() {
    let mut world = World::new();
    let readers: Vec<_> = (0..3).map(|_| world.reads(&acme(), 0, everything())).collect();
    let (_, _, answer) = world.redis.0.waits.borrow_mut().pop_front().unwrap();
    answer.send(Err(BusError::Unavailable("away".into()))).unwrap();
    world.pool.run_until_stalled();
    for (told, _) in &readers {
        assert_eq!(*told.borrow(), [u64::MAX]);
    }
    assert_eq!(world.waiting(), 0);
    assert!(world.redis.0.feeds.0.borrow().rings.is_empty(), "nobody follows it any more");
}

#[test]
fn a_cancelled_leader_passes_the_lead_on() {
    let mut world = World::new();
    let (_, leader) = world.reads(&acme(), 0, everything());
    let (told, _cancel) = world.reads(&acme(), 0, everything());
    leader.send(()).unwrap();
    world.pool.run_until_stalled();
    world.redis.0.waits.borrow_mut().retain(|(_, _, answer)| !answer.is_canceled());
    assert_eq!(world.waiting(), 1);
    world.happens(&acme(), 1);
    world.answers();
    assert_eq!(*told.borrow(), [1]);
}

#[test]
fn the_leaders_slices_are_the_clock_of_all() {
    let mut world = World::new();
    let mut following = Following::new(world.redis.clone(), acme(), EntryId::default(), everything());
    let (_, _leader) = world.reads(&acme(), 0, everything());
    let ended = Rc::new(Cell::new(0));
    let own = (ended.clone(), world.redis.0.env.clone());
    let wait = async move {
        following.next(2_500).await.unwrap();
        own.0.set(own.1.now_ms() - NOON);
    };
    world.pool.spawner().spawn_local(wait).unwrap();
    world.pool.run_until_stalled();
    for _ in 0..3 {
        assert_eq!(ended.get(), 0);
        world.answers();
    }
    assert_eq!(ended.get(), 2_500);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Readers come anywhere, events in any number, and some readers go: each of the others gets all that is behind its
    /// place, once and in order.
    #[test]
    fn each_reader_gets_each_event_once(
        steps in prop::collection::vec((0..4u8, 1..200u64), 1..24),
        bytes in prop::sample::select(vec![1_usize, 2_000, 70_000]),
    ) {
        let mut world = World::new();
        world.redis.0.body_bytes.set(bytes);
        let (mut last, mut readers) = (0, Vec::new());
        for (what, n) in steps {
            match what {
                0 => {
                    let after = n.min(last);
                    readers.push((after, world.reads(&acme(), after, everything())));
                }
                1 => (0..n).for_each(|_| { last += 1; world.happens(&acme(), last); }),
                2 if !readers.is_empty() => { readers.swap_remove(n as usize % readers.len()); world.pool.run_until_stalled(); }
                _ => if world.waiting() > 0 { world.redis.0.waits.borrow_mut().retain(|(_, _, a)| !a.is_canceled()); world.answers(); },
            }
        }
        // A second more than the longest wait, so that whoever joined last has been in a read.
        for _ in 0..40 {
            world.redis.0.waits.borrow_mut().retain(|(_, _, answer)| !answer.is_canceled());
            if world.waiting() > 0 { world.answers(); }
        }
        for (after, (told, _)) in &readers {
            prop_assert_eq!(&*told.borrow(), &(after + 1..=last).collect::<Vec<_>>());
        }
    }
}
