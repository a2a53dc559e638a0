//! The machine that a Spin host gives.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spin_sdk::wasip3::random::random::get_random_bytes;

use super::Env;

/// How many random bytes are drawn at once: a send takes 65, and each draw is a call of the host.
const DRAW: usize = 512;

thread_local! {
    static DRAWN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The host's clock, chance and log.
#[derive(Debug, Clone, Copy)]
pub struct SpinEnv;

impl Env for SpinEnv {
    fn now_ms(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as i64)
    }

    fn fill(&self, bytes: &mut [u8]) {
        DRAWN.with_borrow_mut(|drawn| {
            for byte in bytes {
                if drawn.is_empty() {
                    *drawn = get_random_bytes(DRAW as u64);
                }
                // A host that gives fewer bytes than asked for gives some; one that gives none has no randomness.
                *byte = drawn.pop().expect("the host has randomness");
            }
        });
    }

    async fn sleep(&self, ms: u64) {
        spin_sdk::time::sleep(Duration::from_millis(ms)).await;
    }

    fn log(&self, line: &str) {
        eprintln!("{line}");
    }
}
