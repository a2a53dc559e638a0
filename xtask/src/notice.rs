//! Signals as messages: the one thing that a long-running command waits for.
//!
//! A first Ctrl-C or SIGTERM asks for an orderly stop. A third one ends the process at once, for the case that the
//! orderly stop hangs; the guard then kills the children.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How many requests to stop are heard out before the process just ends.
const PATIENCE: u32 = 3;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Somebody wants us to stop.
    Stop,
    /// A child process ended (or stopped, or went on).
    Child,
}

/// The stream of notices.
#[derive(Debug)]
pub struct Notices {
    receiver: Receiver<Notice>,
    stopping: bool,
}

impl Notices {
    /// Takes over the signals of this process; call it before the first child starts, so that no end is missed.
    ///
    /// # Errors
    /// When the handlers cannot be installed.
    pub fn listen() -> Result<Self> {
        let signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD]).context("taking over the signals")?;
        let (sender, receiver) = channel();
        std::thread::spawn(move || forward(signals, &sender));
        Ok(Self { receiver, stopping: false })
    }

    /// Waits for the next notice, `None` when `deadline` came first. After [`Notice::Stop`] it says so for ever.
    pub fn wait(&mut self, deadline: Instant) -> Option<Notice> {
        if self.stopping {
            return Some(Notice::Stop);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match self.receiver.recv_timeout(left) {
            Ok(notice) => {
                self.stopping = notice == Notice::Stop;
                Some(notice)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Notice::Stop),
        }
    }

    /// Whether a stop has been asked for, without waiting.
    pub fn stop_asked(&mut self) -> bool {
        while !self.stopping {
            if self.wait(Instant::now()).is_none() {
                return false;
            }
        }
        true
    }

    /// A deadline so far away that only a notice ends the wait.
    pub fn never() -> Instant {
        Instant::now() + Duration::from_secs(24 * 3600)
    }
}

fn forward(mut signals: Signals, sender: &Sender<Notice>) {
    let mut asked = 0;
    for signal in &mut signals {
        let notice = if signal == SIGCHLD {
            Notice::Child
        } else {
            asked += 1;
            if asked >= PATIENCE {
                std::process::exit(130);
            }
            Notice::Stop
        };
        if sender.send(notice).is_err() {
            return;
        }
    }
}
