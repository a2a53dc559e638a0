//! The crew: the running processes, in the order they were started. A member that ends is started again; the whole
//! crew is stopped in an order that loses nothing: first who takes requests in, then who works on them, last where
//! they are kept.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;

use crate::child::{Child, Launch};
use crate::guard::Guard;
use crate::notice::{Notice, Notices};
use crate::say::say;
use crate::start::address;

/// The pause before a dead member is started again: doubled by each death, from the first to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Who has lived so long begins with the first pause again.
const SETTLED: Duration = Duration::from_secs(30);
/// How long a member may take to stop: conn-host drains within 10 s.
const GRACE: Duration = Duration::from_secs(11);

/// What a member is for: the order of stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Takes requests in.
    EdgeHost,
    /// Works on them.
    ConnHost,
    /// The network they go to.
    Sandbox,
    /// Where they are kept.
    Redis,
}

impl Role {
    const STOP_ORDER: [Self; 4] = [Self::EdgeHost, Self::ConnHost, Self::Sandbox, Self::Redis];
}

#[derive(Debug)]
struct Member {
    role: Role,
    launch: Launch,
    child: Option<Child>,
    started: Instant,
    deaths: u32,
    again_at: Option<Instant>,
}

/// The running processes. Dropping it stops them all, in order.
#[derive(Debug)]
pub struct Crew {
    guard: Guard,
    members: Vec<Member>,
}

impl Crew {
    /// An empty crew.
    pub fn new(guard: Guard) -> Self {
        Self { guard, members: Vec::new() }
    }

    /// Starts a member and waits until it listens. `again` makes the launch for later starts out of the address, so
    /// that a member keeps the port that the system chose for it.
    ///
    /// # Errors
    /// When it does not start, or a stop is asked for meanwhile.
    pub fn start(
        &mut self,
        role: Role,
        launch: &Launch,
        notices: &mut Notices,
        again: impl FnOnce(SocketAddr) -> Launch,
    ) -> Result<SocketAddr> {
        let (child, text) = launch.start(&self.guard, &mut || notices.stop_asked())?;
        let address = address(&text)?;
        self.join(role, again(address), child);
        Ok(address)
    }

    /// Starts a member whose ready line names no address.
    ///
    /// # Errors
    /// When it does not start, or a stop is asked for meanwhile.
    pub fn start_silent(&mut self, role: Role, launch: Launch, notices: &mut Notices) -> Result<()> {
        let (child, _) = launch.start(&self.guard, &mut || notices.stop_asked())?;
        self.join(role, launch, child);
        Ok(())
    }

    fn join(&mut self, role: Role, launch: Launch, child: Child) {
        let started = Instant::now();
        self.members.push(Member { role, launch, child: Some(child), started, deaths: 0, again_at: None });
    }

    /// The process ids of a role's members.
    pub fn pids(&self, role: Role) -> Vec<u32> {
        self.members
            .iter()
            .filter(|m| m.role == role)
            .filter_map(|m| m.child.as_ref().map(Child::pid))
            .collect()
    }

    /// Starts again whoever ends, until a stop is asked for.
    pub fn watch(&mut self, notices: &mut Notices) {
        loop {
            for member in &mut self.members {
                member.look(&self.guard);
            }
            let next = self.members.iter().filter_map(|m| m.again_at).min();
            if notices.wait(next.unwrap_or_else(Notices::never)) == Some(Notice::Stop) {
                return;
            }
        }
    }

    /// Stops everybody, in order; members of one role side by side.
    pub fn stop(&mut self) {
        for role in Role::STOP_ORDER {
            let mut children: Vec<Child> = self
                .members
                .iter_mut()
                .filter(|m| m.role == role)
                .inspect(|_| ())
                .filter_map(|m| m.child.take())
                .collect();
            for child in &mut children {
                let _gone_meanwhile = child.signal(Signal::TERM);
            }
            let deadline = Instant::now() + GRACE;
            for child in &mut children {
                if child.wait(deadline.saturating_duration_since(Instant::now())).is_none() {
                    say(format!("{} did not stop within {} s; killing it", child.name(), GRACE.as_secs()));
                    child.kill();
                }
            }
        }
        self.members.clear();
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Member {
    /// Notes an end, and starts again once the pause is over.
    fn look(&mut self, guard: &Guard) {
        if let Some(status) = self.child.as_mut().and_then(Child::ended) {
            self.child = None;
            self.pause(&format!("{} ended ({status})", self.launch.name));
        }
        if self.again_at.is_some_and(|at| at <= Instant::now()) {
            self.again_at = None;
            self.started = Instant::now();
            match self.launch.spawn(guard) {
                Ok((child, _)) => {
                    say(format!("{} is running again (pid {})", self.launch.name, child.pid()));
                    self.child = Some(child);
                }
                Err(e) => self.pause(&format!("{e:#}")),
            }
        }
    }

    fn pause(&mut self, what: &str) {
        if self.started.elapsed() >= SETTLED {
            self.deaths = 0;
        }
        let pause = BACKOFF.0.saturating_mul(1 << self.deaths.min(10)).min(BACKOFF.1);
        self.deaths += 1;
        self.again_at = Some(Instant::now() + pause);
        say(format!(
            "{what}; its log is {}; starting it again in {:.1} s",
            self.launch.log.display(),
            pause.as_secs_f64()
        ));
    }
}
