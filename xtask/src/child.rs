//! One child process: started with its log, awaited until it says that it is ready, stopped within a bound.
//!
//! Its standard error goes to the log file, its standard output through us to the same file: that is how its ready
//! line is seen. A dropped [`Child`] is killed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::guard::Guard;

/// How many of the log's last lines are shown when a start fails.
const SHOWN_LINES: usize = 15;
/// How often a stopping child is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How to start a child; kept, so that it can be started again.
#[derive(Debug, Clone)]
pub struct Launch {
    /// What it is called in lines and file names.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// What its environment has beside ours.
    pub env: Vec<(String, String)>,
    /// Where its output is appended.
    pub log: PathBuf,
    /// The text that a line of its standard output has once it is ready; the rest of that line is its address.
    pub ready: &'static str,
    /// How long it may take to say so.
    pub patience: Duration,
}

/// A running child.
#[derive(Debug)]
pub struct Child {
    name: String,
    process: std::process::Child,
    guard: Guard,
    ended: Option<ExitStatus>,
}

impl Launch {
    /// Starts the process. The receiver gets what stands behind the ready text, once.
    ///
    /// # Errors
    /// When the program or its log cannot be opened.
    pub fn spawn(&self, guard: &Guard) -> Result<(Child, Receiver<String>)> {
        let log = self.open_log()?;
        let mut process = Command::new(&self.program)
            .args(&self.args)
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {} ({})", self.name, self.program.display()))?;
        guard.watch(process.id());
        let lines = follow(process.stdout.take(), log, self.ready);
        Ok((Child { name: self.name.clone(), process, guard: guard.clone(), ended: None }, lines))
    }

    /// Starts the process and waits for its ready line; gives what stands behind it. `give_up` is asked again and
    /// again meanwhile.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready in time. The error carries the log's last lines.
    pub fn start(&self, guard: &Guard, give_up: &mut dyn FnMut() -> bool) -> Result<(Child, String)> {
        let begin = std::fs::metadata(&self.log).map(|m| m.len()).unwrap_or(0);
        let (mut child, lines) = self.spawn(guard)?;
        let deadline = Instant::now() + self.patience;
        loop {
            match lines.recv_timeout(LOOK) {
                Ok(address) => return Ok((child, address)),
                Err(RecvTimeoutError::Disconnected) => {
                    let text = match child.wait(Duration::from_secs(1)) {
                        Some(status) => format!("ended at once ({status})"),
                        None => "closed its standard output without being ready".to_owned(),
                    };
                    return Err(self.failure(&text, begin));
                }
                Err(RecvTimeoutError::Timeout) if give_up() => bail!("stopped while {} started", self.name),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    let text = format!("was not ready after {} s", self.patience.as_secs());
                    return Err(self.failure(&text, begin));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn open_log(&self) -> Result<File> {
        if let Some(folder) = self.log.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| format!("opening {}", self.log.display()))
    }

    fn failure(&self, what: &str, begin: u64) -> anyhow::Error {
        let tail = tail(&self.log, begin);
        let said = if tail.is_empty() { " it said nothing".to_owned() } else { format!("\n{tail}") };
        anyhow::anyhow!("{} {what}; {}:{said}", self.name, self.log.display())
    }
}

/// Copies every line to the log and sends what stands behind `ready` in the first line that has it.
fn follow(out: Option<ChildStdout>, mut log: File, ready: &'static str) -> Receiver<String> {
    let (sender, receiver) = channel();
    let Some(out) = out else { return receiver };
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let _full_disk = writeln!(log, "{line}");
            if let Some((_, rest)) = line.split_once(ready)
                && let Some(sender) = sender.take()
            {
                let _nobody_waits = sender.send(rest.trim().to_owned());
            }
        }
    });
    receiver
}

/// The last lines that were written to `log` behind `begin`.
fn tail(log: &Path, begin: u64) -> String {
    let Ok(bytes) = std::fs::read(log) else { return String::new() };
    let text = String::from_utf8_lossy(bytes.get(begin as usize..).unwrap_or_default()).into_owned();
    let mut last = VecDeque::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        if last.len() == SHOWN_LINES {
            last.pop_front();
        }
        last.push_back(format!("  | {line}"));
    }
    Vec::from(last).join("\n")
}

impl Child {
    /// Its process id, which is also its group's.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.process.try_wait()
        {
            self.ended = Some(status);
            self.guard.release(self.process.id());
        }
        self.ended
    }

    /// Waits for its end, at most for `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if Instant::now() >= deadline {
                return None;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Sends `signal` to its process group.
    ///
    /// # Errors
    /// When the signal cannot be sent although the child has not ended.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        if self.ended().is_some() {
            return Ok(());
        }
        let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw) else {
            bail!("{} is no process id", self.pid());
        };
        kill_process_group(pid, signal).with_context(|| format!("signalling {}", self.name))
    }

    /// SIGTERM, at most `grace`, then SIGKILL. Says whether it went by itself.
    pub fn stop(&mut self, grace: Duration) -> bool {
        let asked = self.signal(Signal::TERM).is_ok();
        if asked && self.wait(grace).is_some() {
            return true;
        }
        self.kill();
        false
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            let _gone_meanwhile = self.signal(Signal::KILL);
            self.ended = self.process.wait().ok();
            self.guard.release(self.process.id());
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &Path, script: &str) -> Launch {
        Launch {
            name: "it".into(),
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![],
            log: folder.join("it.log"),
            ready: "listening on ",
            patience: Duration::from_secs(5),
        }
    }

    #[test]
    fn the_ready_line_gives_the_address_and_the_log_has_all() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::start(0).unwrap();
        let launch =
            shell(folder.path(), "echo one; echo two >&2; echo it listening on 127.0.0.1:7; exec sleep 60");
        let (mut child, address) = launch.start(&guard, &mut || false).unwrap();
        assert_eq!(address, "127.0.0.1:7");
        assert!(child.stop(Duration::from_secs(5)));
        let log = std::fs::read_to_string(&launch.log).unwrap();
        assert!(log.contains("one") && log.contains("two"), "{log}");
    }

    #[test]
    fn a_failed_start_shows_what_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let launch = shell(folder.path(), "echo 'no such key' >&2; exit 3");
        let error = launch.start(&Guard::start(0).unwrap(), &mut || false).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("  | no such key"), "{error}");
    }

    #[test]
    fn a_child_that_will_not_go_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let launch =
            shell(folder.path(), "trap '' TERM; echo listening on x; while :; do sleep 60 & wait; done");
        let (mut child, _) = launch.start(&Guard::start(0).unwrap(), &mut || false).unwrap();
        assert!(!child.stop(Duration::from_millis(200)));
        assert!(child.ended().is_some());
    }
}
