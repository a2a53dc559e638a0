//! One instance at work, from its first request to its end.
//!
//! - a request without a response's head after `request_timeout` is given up, and its instance takes
//!   no more; a guest that computes for `max_compute` without once waiting ends there and then;
//! - work that outlives its response (an SSE stream) may go on as long as the client reads, and
//!   [`AFTERMATH`] longer;
//! - an instance without work ends after `idle_timeout`.
//!
//! When an instance ends by a trap, every request that it serves fails with it, and those that it has
//! not begun go to others; the log has one line with the ids of the former.

use std::pin::{Pin, pin};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Sleep;
use wasmtime::component::Accessor;
use wasmtime::{AsContextMut, Store, format_err};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{Prepared, Proxy};

use super::instance::{Life, lock};
use super::pool::{Instances, Job};
use super::state::State;
use crate::settings::InstanceLimits;

/// How long a guest may go on after its last response body has ended.
const AFTERMATH: Duration = Duration::from_secs(30);
/// How long after the request timeout an instance is ended whose guest does not even yield.
const GRACE: Duration = Duration::from_secs(5);
/// Longest text of a trap in the log, bytes: its cause stands last.
const LONGEST_TRAP: usize = 2048;

/// What an instance is doing, and since when.
#[derive(Debug, Clone, Copy)]
enum Status {
    /// Nothing.
    Idle(Instant),
    /// At least one request has no response's head; the youngest is this old.
    Answering(Instant),
    /// All have, and the guest goes on.
    GoingOn(Instant),
}

/// The worker of one instance. Dropping it, even in a panic, gives its unbegun jobs to others.
pub(super) struct Worker {
    instances: Instances,
    life: Arc<Life>,
    jobs: mpsc::UnboundedReceiver<Job>,
    failed: bool,
}

impl Worker {
    pub(super) fn new(instances: Instances, life: Arc<Life>, jobs: mpsc::UnboundedReceiver<Job>) -> Self {
        // Until `run` says otherwise: it may panic.
        Self { instances, life, jobs, failed: true }
    }

    pub(super) async fn run(mut self, mut store: Store<State>, proxy: Proxy) {
        let life = self.life.clone();
        let limits = self.instances.factory().limits.clone();
        let status = Mutex::new(Status::Idle(Instant::now()));
        let mut alarm = Alarm::new();
        let result = {
            let jobs = &mut self.jobs;
            let mut turns = pin!(store.run_concurrent(async |accessor: &Accessor<State>| {
                serve(accessor, &proxy, jobs, &life, &limits, &status).await
            }));
            // The end is watched from outside the event loop: a guest that computes, or a host
            // function that has the store to itself, keeps the loop from getting to a timer.
            std::future::poll_fn(|cx| {
                if let Poll::Ready(result) = life.turn(|| turns.as_mut().poll(cx)) {
                    return Poll::Ready(result.and_then(|result| result));
                }
                let now = *lock(&status);
                alarm.poll(cx, || deadline(now, &life, &limits)).map(|()| match now {
                    Status::Idle(_) => Ok(()),
                    _ => Err(format_err!("the guest went on for too long")),
                })
            })
            .await
        };
        self.failed = result.is_err();
        if let Err(error) = result {
            tracing::error!(
                component = self.instances.component(),
                instance = life.number,
                request.ids = ?life.unfinished(),
                error = one_line(&error),
                "an instance ended by a fault of its guest"
            );
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.life.retired.store(true, Relaxed);
        self.instances.remove(&self.life, &mut self.jobs);
        let factory = self.instances.factory();
        factory.metrics.instance_ended(&factory.component.name, self.failed);
    }
}

/// Takes on jobs until the instance is used up and has nothing more to do.
async fn serve(
    accessor: &Accessor<State>,
    proxy: &Proxy,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
    life: &Life,
    limits: &InstanceLimits,
    status: &Mutex<Status>,
) -> wasmtime::Result<()> {
    let mut running = FuturesUnordered::new();
    std::future::poll_fn(|cx| {
        loop {
            if let Poll::Ready(Some(job)) = jobs.poll_recv(cx) {
                if job.answer.is_canceled() {
                    life.assigned.fetch_sub(1, Relaxed);
                } else {
                    *lock(status) = Status::Answering(Instant::now());
                    running.push(answer(accessor, proxy, job, limits.request_timeout));
                }
                continue;
            }
            match running.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(answered))) => {
                    life.assigned.fetch_sub(1, Relaxed);
                    if !answered {
                        life.retired.store(true, Relaxed);
                    }
                    if running.is_empty() {
                        *lock(status) = Status::GoingOn(Instant::now());
                    }
                    continue;
                }
                Poll::Ready(Some(Err(trap))) => return Poll::Ready(Err(trap)),
                Poll::Ready(None) | Poll::Pending => {}
            }
            if !running.is_empty() || accessor.poll_no_interesting_tasks(cx).is_pending() {
                return Poll::Pending;
            }
            if life.is_used_up(limits) {
                return Poll::Ready(Ok(()));
            }
            let mut status = lock(status);
            if !matches!(*status, Status::Idle(_)) {
                *status = Status::Idle(Instant::now());
            }
            return Poll::Pending;
        }
    })
    .await
}

/// Runs one request to its response's head. `Ok(false)` when it was not there in time.
async fn answer(
    accessor: &Accessor<State>,
    proxy: &Proxy,
    job: Job,
    timeout: Duration,
) -> wasmtime::Result<bool> {
    let Job { request, answer, .. } = job;
    let prepared = accessor.with(|mut store| {
        Prepared::new(store.as_context_mut(), proxy, request, <State as WasiHttpView>::http, answer)
    })?;
    prepared.run(accessor, tokio::time::sleep(timeout)).await
}

fn deadline(status: Status, life: &Life, limits: &InstanceLimits) -> Instant {
    match status {
        Status::Idle(since) => since + limits.idle_timeout,
        Status::Answering(since) => since + limits.request_timeout + GRACE,
        Status::GoingOn(since) => match life.readers() {
            // Look again in a second.
            (true, _) => Instant::now() + Duration::from_secs(1),
            (false, last) => since.max(last) + AFTERMATH,
        },
    }
}

/// A timer whose deadline moves all the time, and which is seldom touched for it.
struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    fn new() -> Self {
        Self(Box::pin(tokio::time::sleep(Duration::ZERO)))
    }

    /// Ready once `deadline`, asked anew each time, has passed.
    fn poll(&mut self, cx: &mut Context<'_>, deadline: impl Fn() -> Instant) -> Poll<()> {
        loop {
            let deadline = deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            // Later is found out when it rings.
            if self.0.is_elapsed() || self.0.deadline() > deadline.into() {
                self.0.as_mut().reset(deadline.into());
            }
            if self.0.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

fn one_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:?}").replace('\n', " | ");
    match text.char_indices().nth_back(LONGEST_TRAP) {
        Some((start, _)) => format!("… {}", &text[start..]),
        None => text,
    }
}
