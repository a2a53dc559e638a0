//! One at a time: two that get the same file would delete each other's chunks in the cache. The second waits, and finds
//! the cache warm.
//!
//! It is enough that a process keeps to this: a session is one host's (its lease), and another's writes are refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

/// What is under way, by name.
#[derive(Debug, Default)]
pub struct Flights(Mutex<HashMap<String, Flight>>);

#[derive(Debug, Default)]
struct Flight {
    turns: Arc<Turns<()>>,
    /// How many have it or wait for it.
    wanted: usize,
}

/// A turn; the next one's comes when it is dropped.
#[derive(Debug)]
pub struct Turn {
    flights: Arc<Flights>,
    name: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Flights {
    /// Waits for the turn of `name`, in the order of asking.
    pub async fn turn(self: &Arc<Self>, name: String) -> Turn {
        let turns = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let flight = all.entry(name.clone()).or_default();
            flight.wanted += 1;
            flight.turns.clone()
        };
        // Made before the wait, so that who gives up waiting is counted out.
        let mut turn = Turn { flights: self.clone(), name, guard: None };
        turn.guard = Some(turns.lock_owned().await);
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut all = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = all.get_mut(&self.name) {
            flight.wanted -= 1;
            if flight.wanted == 0 {
                all.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn left(flights: &Flights) -> usize {
        flights.0.lock().unwrap().len()
    }

    #[tokio::test]
    async fn the_second_has_its_turn_after_the_first() {
        let flights = Arc::new(Flights::default());
        let first = flights.turn("a".into()).await;
        let mut second = Box::pin(flights.turn("a".into()));
        assert!((&mut second).now_or_never().is_none());
        // Another name is nobody's business.
        drop(flights.turn("b".into()).await);
        drop(first);
        let second = second.await;
        assert!(flights.turn("a".into()).now_or_never().is_none());
        drop(second);
        assert_eq!(left(&flights), 0);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let flights = Arc::new(Flights::default());
        let first = flights.turn("a".into()).await;
        let mut second = Box::pin(flights.turn("a".into()));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        // It was handed the turn already, and never looks.
        drop(second);
        assert_eq!(left(&flights), 0);
        assert!(flights.turn("a".into()).now_or_never().is_some());
    }
}
