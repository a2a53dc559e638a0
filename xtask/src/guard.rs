//! The guard: a small shell process that outlives us by a moment, so that no child is left behind however we end,
//! also by `kill -9`.
//!
//! It reads `+ PID` and `- PID` from a pipe that only we hold. When the pipe ends it stops the process groups that
//! are still on its list and goes. Every child leads a group of its own, so that a terminal's Ctrl-C reaches us
//! alone and we can stop the children in order.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};

/// `$1` is the grace between SIGTERM and SIGKILL, in tenths of a second.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
grace=$1; set --
while read -r op pid; do
  case $op in
    +) set -- "$@" "$pid" ;;
    -) rest=; for p; do [ "$p" = "$pid" ] || rest="$rest $p"; done; set -- $rest ;;
  esac
done
[ $# -eq 0 ] && exit
for p; do kill -s TERM -- "-$p"; done
while [ "$grace" -gt 0 ]; do
  alive=; for p; do kill -s 0 -- "-$p" && alive=1; done
  [ -z "$alive" ] && exit
  sleep 0.1; grace=$((grace - 1))
done
for p; do kill -s KILL -- "-$p"; done
"#;

/// A handle on the guard; all clones speak to the same one. When the last is dropped the guard ends.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts the guard; `grace_tenths` is how long it lets a child finish after SIGTERM.
    ///
    /// # Errors
    /// When there is no `/bin/sh`.
    pub fn start(grace_tenths: u32) -> Result<Self> {
        let mut process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "guard", &grace_tenths.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("starting the guard with /bin/sh")?;
        let pipe = process.stdin.take();
        Ok(Self(Arc::new(Mutex::new(Inner { process, pipe }))))
    }

    /// Puts the process group `pid` under guard.
    pub fn watch(&self, pid: u32) {
        self.write('+', pid);
    }

    /// The group `pid` has ended: its number may be given to somebody else.
    pub fn release(&self, pid: u32) {
        self.write('-', pid);
    }

    fn write(&self, sign: char, pid: u32) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = &mut inner.pipe {
            // A guard that somebody killed cannot be told; the children are still ours to stop.
            let _gone = writeln!(pipe, "{sign} {pid}");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ended = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_stopped_and_what_is_released_is_not() {
        let sleep = || Command::new("sleep").arg("60").process_group(0).spawn().expect("sleep is everywhere");
        let (mut kept, mut left) = (sleep(), sleep());
        let guard = Guard::start(0).unwrap();
        guard.watch(kept.id());
        guard.watch(left.id());
        guard.release(kept.id());
        drop(guard);
        assert!(!left.wait().unwrap().success());
        assert!(kept.try_wait().unwrap().is_none());
        kept.kill().unwrap();
        kept.wait().unwrap();
    }
}
