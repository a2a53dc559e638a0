//! Gives requests to instances.
//!
//! wasmtime-wasi-http 48 has such a dispatcher, `ProxyHandler`, which Spin uses. It is not used here,
//! because it can lose a request: all its workers wait on one queue, and a worker that takes no more
//! (it is full, or a request of its expired) may swallow the wake-up that was meant for another; the
//! request then lies in the queue until the next one comes (seen: a 504 after each expired request).
//! Here each worker has a queue of its own and the dispatcher chooses, so no wake-up can go astray.
//!
//! The choice, among the instances with room:
//! 1. one whose guest waits (all its requests are waiting for something), the least loaded first;
//! 2. a new one, as long as there are few: [`FEW_PER_CORE`] a core;
//! 3. one whose guest computes, but not for long;
//! 4. a new one. When as many are being made as under 2, wait until one of those is there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, atomic::Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use tokio::sync::mpsc;
use wasmtime::{Engine, PoolConcurrencyLimitError, Store};
use wasmtime_wasi_http::handler::{Proxy, ProxyPre, Request, Response};

use super::instance::{Life, Ticket, lock};
use super::state::{ComponentContext, State};
use super::worker::Worker;
use crate::metrics::Metrics;
use crate::settings::InstanceLimits;

/// Instances of a component that are made without asking those that compute.
const FEW_PER_CORE: usize = 2;
/// A guest that has been computing for this long is not given more.
const LONG: Duration = Duration::from_millis(5);
/// Pause before another look for a place when the engine's pool is full.
const POOL_PAUSE: Duration = Duration::from_millis(5);

/// What a request comes to.
pub type Answer = Result<Response, wasmtime::Error>;

/// There is no room for another instance, and none got free in time.
#[derive(Debug, thiserror::Error)]
#[error("no room for another instance")]
pub struct PoolFull;

/// An instance could not be made.
#[derive(Debug, thiserror::Error)]
#[error("an instance could not be made: {0}")]
pub struct NotMade(String);

/// The instance ended before it answered.
#[derive(Debug, thiserror::Error)]
#[error("the instance ended before it answered")]
pub struct Ended;

/// How the instances of one component are made.
pub struct Factory {
    /// The component, ready to be instantiated.
    pub pre: ProxyPre<State>,
    /// The engine that it was made for.
    pub engine: Engine,
    /// What its instances share.
    pub component: Arc<ComponentContext>,
    /// Their bounds.
    pub limits: InstanceLimits,
    /// The host's numbers.
    pub metrics: Arc<Metrics>,
}

impl Factory {
    async fn make(&self) -> wasmtime::Result<(Arc<Life>, Store<State>, Proxy)> {
        let start = Instant::now();
        let life = Life::new();
        let state = State::new(self.component.clone(), life.clone(), self.limits.max_memory);
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| state.memory());
        store.set_epoch_deadline(1);
        let (max_compute, clock) = (self.limits.max_compute, life.clone());
        store.epoch_deadline_callback(move |_| Ok(clock.interrupted(max_compute)));
        let proxy = self.pre.instantiate_async(&mut store).await?;
        self.metrics.instance_started(&self.component.name, start.elapsed());
        Ok((life, store, proxy))
    }
}

/// A request on its way to an instance.
pub(super) struct Job {
    pub(super) ticket: Arc<Ticket>,
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Answer>,
    /// Until when it may wait for a place.
    give_up: Instant,
}

/// The instances of one component. Clones are the same.
#[derive(Clone)]
pub struct Instances(Arc<Inner>);

struct Inner {
    factory: Factory,
    few: usize,
    workers: Mutex<Workers>,
}

#[derive(Default)]
struct Workers {
    live: Vec<(Arc<Life>, mpsc::UnboundedSender<Job>)>,
    starting: usize,
    waiting: VecDeque<Job>,
}

impl Instances {
    /// None yet; `factory` makes them.
    #[must_use]
    pub fn new(mut factory: Factory) -> Self {
        if matches!(factory.pre, ProxyPre::P2(_)) {
            // A guest of WASI 0.2 serves one request, as in Spin.
            factory.limits.max_concurrency = 1;
            factory.limits.max_reuse = 1;
        }
        let few = FEW_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Inner { factory, few, workers: Mutex::default() }))
    }

    /// The component's name.
    #[must_use]
    pub fn component(&self) -> &str {
        &self.0.factory.component.name
    }

    pub(super) fn factory(&self) -> &Factory {
        &self.0.factory
    }

    /// Has an instance answer `request`; waits for a place for at most `patience`.
    ///
    /// # Errors
    /// [`PoolFull`], [`NotMade`], [`Ended`], wasmtime-wasi-http's `ExpirationError`, the guest's own
    /// `error-code`, or the guest's trap.
    pub async fn answer(&self, ticket: Arc<Ticket>, request: Request, patience: Duration) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.dispatch(Job { ticket, request, answer, give_up: Instant::now() + patience });
        answered.await.map_err(|_| Ended)?
    }

    fn dispatch(&self, job: Job) {
        let mut workers = lock(&self.0.workers);
        if let Some(index) = self.choose(&workers) {
            let (life, jobs) = &workers.live[index];
            life.give(&job.ticket);
            // A worker leaves `live` before it drops its end; should its task have been killed, the
            // answer's channel closes with the job.
            let _ = jobs.send(job);
        } else if workers.starting < self.0.few {
            workers.starting += 1;
            tokio::spawn(self.clone().start(job));
        } else {
            workers.waiting.push_back(job);
        }
    }

    fn choose(&self, workers: &Workers) -> Option<usize> {
        let limits = &self.0.factory.limits;
        let with_room = || workers.live.iter().enumerate().filter(|(_, (life, _))| life.has_room(limits));
        let load = |(_, (life, _)): &(usize, &(Arc<Life>, _))| life.assigned.load(Relaxed);
        let resting = with_room().filter(|(_, (life, _))| life.computing_for().is_none()).min_by_key(load);
        if let Some((index, _)) = resting {
            return Some(index);
        }
        if workers.live.len() + workers.starting < self.0.few {
            return None;
        }
        with_room()
            .filter(|(_, (life, _))| life.computing_for().is_none_or(|time| time < LONG))
            .min_by_key(load)
            .map(|(index, _)| index)
    }

    /// Makes an instance for `job`, or finds it another place when the engine's pool is full.
    async fn start(self, job: Job) {
        let mut made = self.0.factory.make().await;
        while let Err(error) = &made
            && error.is::<PoolConcurrencyLimitError>()
            && Instant::now() < job.give_up
            && !job.answer.is_canceled()
        {
            tokio::time::sleep(POOL_PAUSE).await;
            let room = self.choose(&lock(&self.0.workers)).is_some();
            if room {
                break;
            }
            made = self.0.factory.make().await;
        }
        let waiting = {
            let mut workers = lock(&self.0.workers);
            workers.starting -= 1;
            match made {
                Ok((life, store, proxy)) => {
                    let (sender, jobs) = mpsc::unbounded_channel();
                    life.give(&job.ticket);
                    let _ = sender.send(job);
                    workers.live.push((life.clone(), sender));
                    tokio::spawn(Worker::new(self.clone(), life, jobs).run(store, proxy));
                }
                Err(error) => workers.settle(job, &error),
            }
            std::mem::take(&mut workers.waiting)
        };
        for job in waiting {
            self.dispatch(job);
        }
    }

    /// The worker of `life` ends: it gets no more jobs, and `left` are given to others.
    pub(super) fn remove(&self, life: &Arc<Life>, jobs: &mut mpsc::UnboundedReceiver<Job>) {
        lock(&self.0.workers).live.retain(|(other, _)| !Arc::ptr_eq(other, life));
        while let Ok(job) = jobs.try_recv() {
            self.dispatch(job);
        }
    }
}

impl Workers {
    /// No instance could be made for `job`: it waits for a place if it still may.
    fn settle(&mut self, job: Job, error: &wasmtime::Error) {
        let full = error.is::<PoolConcurrencyLimitError>();
        if full && Instant::now() < job.give_up {
            self.waiting.push_back(job);
            return;
        }
        let error = if full { wasmtime::Error::from(PoolFull) } else { NotMade(format!("{error:#}")).into() };
        // Nobody may be waiting any more.
        let _ = job.answer.send(Err(error));
    }
}
