//! What a running Baileys has said.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::Notify;

use crate::wait::PATIENCE;

/// How many of its last log lines a failure shows.
const SHOWN_LINES: usize = 30;
/// How much of each event a failure shows.
const SHOWN_CHARS: usize = 240;

/// What one process has said so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    inside: Mutex<Inside>,
    more: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Inside {
    pub(super) events: Vec<Value>,
    /// How far `next_matching` has come.
    pub(super) read: usize,
    complaints: VecDeque<String>,
    ended: bool,
}

/// Gives every line of `output` to `take`, and nothing at its end.
pub(super) fn follow(
    output: impl AsyncRead + Unpin + Send + 'static,
    log: Arc<Log>,
    take: fn(&Log, Option<String>),
) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            take(&log, Some(line));
        }
        take(&log, None);
    });
}

impl Log {
    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn said(&self, line: Option<String>) {
        match line {
            Some(line) => {
                let event =
                    serde_json::from_str(&line).unwrap_or_else(|_| json!({ "event": "noise", "line": line }));
                self.inside().events.push(event);
            }
            None => self.inside().ended = true,
        }
        self.more.notify_waiters();
    }

    pub(super) fn complained(&self, line: Option<String>) {
        let Some(line) = line else { return };
        let complaints = &mut self.inside().complaints;
        if complaints.len() == SHOWN_LINES {
            complaints.pop_front();
        }
        complaints.push_back(line);
    }

    pub(super) async fn wait<T>(&self, what: &str, pick: impl Fn(&Value) -> Option<T>) -> T {
        self.wait_from(0, what, pick).await.1
    }

    /// Waits for an event behind the first `begin` that `pick` takes something from; says at which place it is.
    pub(super) async fn wait_from<T>(
        &self,
        begin: usize,
        what: &str,
        pick: impl Fn(&Value) -> Option<T>,
    ) -> (usize, T) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = begin;
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            let ended = {
                let inside = self.inside();
                for (at, event) in inside.events.iter().enumerate().skip(seen) {
                    if let Some(found) = pick(event) {
                        return (at, found);
                    }
                }
                seen = inside.events.len().max(begin);
                inside.ended
            };
            assert!(!ended, "Baileys ended before {what}; {}", self.shown());
            let left = deadline.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, more).await.is_err() {
                panic!("waited in vain for {what} from Baileys; {}", self.shown());
            }
        }
    }

    pub(super) fn shown(&self) -> String {
        let inside = self.inside();
        let events: Vec<String> =
            inside.events.iter().map(|e| e.to_string().chars().take(SHOWN_CHARS).collect()).collect();
        format!("it said {events:#?} and logged {:#?}", inside.complaints)
    }
}
