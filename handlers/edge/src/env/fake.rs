//! A machine whose clock stands still until somebody sleeps.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Env;

/// When the fake clock starts: 2026-06-15T12:00:00Z.
pub const NOON: i64 = 1_781_524_800_000;

/// A clock moved by hand, bytes that count up, and a log that can be read.
#[derive(Debug, Clone)]
pub struct FakeEnv(Rc<State>);

#[derive(Debug)]
struct State {
    now_ms: Cell<i64>,
    next_byte: Cell<u8>,
    lines: RefCell<Vec<String>>,
}

impl FakeEnv {
    /// At noon.
    pub fn new() -> Self {
        Self(Rc::new(State { now_ms: Cell::new(NOON), next_byte: Cell::new(0), lines: RefCell::default() }))
    }

    /// Moves the clock.
    pub fn pass(&self, ms: i64) {
        self.0.now_ms.set(self.0.now_ms.get() + ms);
    }

    /// What was logged.
    pub fn lines(&self) -> Vec<String> {
        self.0.lines.borrow().clone()
    }
}

impl Default for FakeEnv {
    fn default() -> Self {
        Self::new()
    }
}

impl Env for FakeEnv {
    fn now_ms(&self) -> i64 {
        self.0.now_ms.get()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.next_byte.get();
            self.0.next_byte.set(byte.wrapping_add(1));
        }
    }

    async fn sleep(&self, ms: u64) {
        self.pass(ms as i64);
    }

    fn log(&self, line: &str) {
        self.0.lines.borrow_mut().push(line.to_owned());
    }
}
