//! Lets all waiting requests of an instance share one blocking connection.
//!
//! Commands name the instance's reply list; conn-host pushes each outcome there when it is done. Of the requests that
//! wait, one *leads*: it pops the list, in slices of at most a second, and hands each outcome to the request that waits
//! for it. When the leader has its own outcome it goes, and wakes another to lead. The pop in flight is always waited
//! for: what it took off the list is nowhere else.
//!
//! A push is only a wake-up: it can be lost with an instance or a host. The outcome record is the truth, and everybody
//! who waits looks at it every two seconds and once more at the end. The leader's slices are the clock of all the
//! others, so that a waiting request needs no timer of its own.
//!
//! Each request is a task of the component model, and one task cannot wake another by a Rust waker (wit-bindgen has a
//! feature for it, which traps on wasmtime 48). So a request sleeps on a [bell](Source::Bell): something of the
//! component model that rings when it is dropped.

use std::cell::{Cell, RefCell};

use edgewire_contract::ids::CommandId;
use edgewire_contract::outcome::Outcome;
use futures::future::LocalBoxFuture;

use super::BusError;
use crate::env::Env;

/// The longest pop, ms: how late the others may learn that their time is over.
const SLICE_MS: i64 = 1_000;
/// The shortest pop, ms: 0 would be for ever.
const SHORTEST_MS: i64 = 10;
/// How often the record is looked at, ms.
const LOOK_MS: i64 = 2_000;
/// The pause after a pop that failed, ms.
const PAUSE_MS: u64 = 200;

/// Where outcomes come from.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Source {
    /// Rings when it is dropped.
    type Bell: 'static;
    /// A bell, and a future that ends when it rings.
    fn bell(&self) -> (Self::Bell, LocalBoxFuture<'static, ()>);
    /// Takes one outcome off the instance's list, waiting up to `wait_ms`.
    async fn pop(&self, wait_ms: u64) -> Result<Option<Outcome>, BusError>;
    /// The outcome's record.
    async fn look(&self, command: CommandId) -> Result<Option<Outcome>, BusError>;
}

/// The waiting requests of one instance.
pub struct Replies<Bell>(RefCell<Waiting<Bell>>);

struct Waiting<Bell> {
    led: bool,
    next: u64,
    /// The oldest first. There are as many as an instance serves side by side: sixteen.
    requests: Vec<Request<Bell>>,
}

struct Request<Bell> {
    number: u64,
    command: CommandId,
    outcome: Option<Outcome>,
    look_at: i64,
    /// There while it sleeps.
    bell: Option<Bell>,
}

impl<Bell> Default for Replies<Bell> {
    fn default() -> Self {
        Self(RefCell::new(Waiting { led: false, next: 0, requests: Vec::new() }))
    }
}

impl<Bell: 'static> Replies<Bell> {
    /// Waits for the end of `command`, until `until_ms`.
    pub async fn wait<S: Source<Bell = Bell>, E: Env>(
        &self,
        source: &S,
        env: &E,
        command: CommandId,
        until_ms: i64,
    ) -> Option<Outcome> {
        self.wait_for(is_end, source, env, command, until_ms).await
    }

    /// As [`Self::wait`]; being told that it takes long ends it too.
    pub async fn wait_or_background<S: Source<Bell = Bell>, E: Env>(
        &self,
        source: &S,
        env: &E,
        command: CommandId,
        until_ms: i64,
    ) -> Option<Outcome> {
        let enough = |outcome: &Outcome| is_end(outcome) || outcome.background;
        self.wait_for(enough, source, env, command, until_ms).await
    }

    async fn wait_for<S: Source<Bell = Bell>, E: Env>(
        &self,
        enough: fn(&Outcome) -> bool,
        source: &S,
        env: &E,
        command: CommandId,
        until_ms: i64,
    ) -> Option<Outcome> {
        let place = self.enter(command, until_ms.min(env.now_ms() + LOOK_MS));
        loop {
            if let Some(outcome) = place.outcome().filter(enough) {
                return Some(outcome);
            }
            let now = env.now_ms();
            if now >= place.look_at() {
                // An error here is waited out like everything else; the deadline ends it.
                if let Ok(Some(outcome)) = source.look(command).await
                    && enough(&outcome)
                {
                    return Some(outcome);
                }
                if now >= until_ms {
                    return place.outcome().filter(enough);
                }
                place.look_again(until_ms.min(now + LOOK_MS));
            } else if place.lead() {
                let slice = (self.next_look() - now).clamp(SHORTEST_MS, SLICE_MS);
                match source.pop(slice as u64).await {
                    Ok(Some(outcome)) => self.deliver(outcome),
                    Ok(None) => {}
                    Err(_) => env.sleep(PAUSE_MS).await,
                }
                self.wake_due(env.now_ms());
            } else {
                let (bell, rung) = source.bell();
                place.with(|request| request.bell = Some(bell));
                rung.await;
            }
        }
    }

    fn enter(&self, command: CommandId, look_at: i64) -> Place<'_, Bell> {
        let mut waiting = self.0.borrow_mut();
        let number = waiting.next;
        waiting.next += 1;
        waiting.requests.push(Request { number, command, outcome: None, look_at, bell: None });
        Place { replies: self, number, leads: Cell::new(false) }
    }

    fn next_look(&self) -> i64 {
        self.0.borrow().requests.iter().map(|r| r.look_at).min().unwrap_or(0)
    }

    fn deliver(&self, outcome: Outcome) {
        let mut waiting = self.0.borrow_mut();
        for request in waiting.requests.iter_mut().filter(|r| r.command == outcome.id) {
            request.outcome = Some(outcome.clone());
            request.bell = None;
        }
    }

    fn wake_due(&self, now: i64) {
        let mut waiting = self.0.borrow_mut();
        waiting.requests.iter_mut().filter(|r| r.look_at <= now).for_each(|r| r.bell = None);
    }
}

fn is_end(outcome: &Outcome) -> bool {
    outcome.status.is_final()
}

/// A request's place among those that wait. Leaving it passes the lead on.
struct Place<'a, Bell> {
    replies: &'a Replies<Bell>,
    number: u64,
    leads: Cell<bool>,
}

impl<Bell> Place<'_, Bell> {
    fn with<T>(&self, f: impl FnOnce(&mut Request<Bell>) -> T) -> T {
        let mut waiting = self.replies.0.borrow_mut();
        let own = waiting.requests.iter_mut().find(|request| request.number == self.number);
        f(own.expect("is there until it is dropped"))
    }

    fn outcome(&self) -> Option<Outcome> {
        self.with(|request| request.outcome.take())
    }

    fn look_at(&self) -> i64 {
        self.with(|request| request.look_at)
    }

    fn look_again(&self, at: i64) {
        self.with(|request| request.look_at = at);
    }

    /// Takes the lead, if nobody has it; tells whether it is ours.
    fn lead(&self) -> bool {
        let mut waiting = self.replies.0.borrow_mut();
        if !waiting.led {
            waiting.led = true;
            self.leads.set(true);
        }
        self.leads.get()
    }
}

impl<Bell> Drop for Place<'_, Bell> {
    fn drop(&mut self) {
        let mut waiting = self.replies.0.borrow_mut();
        waiting.requests.retain(|request| request.number != self.number);
        if self.leads.get() {
            waiting.led = false;
        }
        // Also one that did not lead may leave a lead that was passed to it and not yet taken.
        if waiting.led {
            return;
        }
        // The youngest has the longest to wait, so the lead changes hands the least often.
        if let Some(next) = waiting.requests.iter_mut().rev().find(|request| request.bell.is_some()) {
            next.bell = None;
        }
    }
}

#[cfg(test)]
mod tests;
