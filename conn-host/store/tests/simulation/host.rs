//! A host, as far as leases and commands go: what `ownership/keeper.rs`, `commands/intake.rs` and `commands/complete.rs` of
//! conn-host do, a step at a time.

use std::collections::VecDeque;

use edgewire_contract::keys;
use edgewire_contract::script;
use redis::streams::StreamReadReply;

use crate::world::{Answer, LEASE_TTL_MS, World};

/// What a host can do.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Renews its lease, or claims.
    Keep,
    /// Reads commands.
    Read,
    /// Writes the oldest command to WhatsApp.
    Write,
    /// Completes it.
    Complete,
    /// Gives the lease back, if nothing runs.
    GiveBack,
}

/// A host.
#[derive(Debug)]
pub struct Host {
    name: String,
    /// It does nothing, and does not know it.
    pub frozen: bool,
    /// Redis cannot be reached.
    pub cut_off: bool,
    lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    epoch: u64,
    renewed_at: u64,
    opened: bool,
    /// Read and not completed: stream entry, command, whether it is written.
    in_flight: VecDeque<(String, u64, bool)>,
}

impl Host {
    pub fn new(number: usize) -> Self {
        Self { name: format!("host-{number}"), frozen: false, cut_off: false, lease: None }
    }

    /// Ends it and starts it again: all that it knew is gone.
    pub fn crash(&mut self) {
        self.lease = None;
        self.name.push('\'');
    }

    /// Takes a step. Where `lost`, Redis does what it is asked, and its answer does not arrive.
    pub async fn step(&mut self, world: &mut World, step: Step, lost: bool) {
        match (step, self.lease.is_some()) {
            (Step::Keep, false) => self.claim(world, lost).await,
            (Step::Keep, true) => self.renew(world, lost).await,
            (_, false) => {}
            (Step::Read, _) => self.read(world, lost).await,
            (Step::Write, _) => self.write(world),
            (Step::Complete, _) => self.complete(world, lost).await,
            (Step::GiveBack, _) => self.give_back(world, lost).await,
        }
    }

    async fn claim(&mut self, world: &mut World, lost: bool) {
        if self.cut_off {
            return;
        }
        let asked = world.now;
        let args = [self.name.clone(), LEASE_TTL_MS.to_string()];
        let epoch = match world.run(&script::CLAIM, &[world.lease()], &args).await {
            Answer::Number(epoch) if epoch > 0 => epoch.unsigned_abs(),
            _ => return,
        };
        world.claimed(epoch, &self.name);
        if !lost {
            let lease = Lease { epoch, renewed_at: asked, opened: false, in_flight: VecDeque::new() };
            self.lease = Some(lease);
        }
    }

    async fn renew(&mut self, world: &mut World, lost: bool) {
        let Some(lease) = &mut self.lease else { return };
        let asked = world.now;
        let over = asked.saturating_sub(lease.renewed_at) >= LEASE_TTL_MS;
        if self.cut_off {
            if over {
                self.lease = None;
            }
            return;
        }
        let args = [lease.epoch.to_string(), LEASE_TTL_MS.to_string()];
        match world.run(&script::RENEW, &[world.lease()], &args).await {
            _ if lost => {
                if over {
                    self.lease = None;
                }
            }
            Answer::Number(1) => lease.renewed_at = asked,
            _ => self.lease = None,
        }
    }

    async fn read(&mut self, world: &mut World, lost: bool) {
        let Some(lease) = &mut self.lease else { return };
        if self.cut_off {
            lease.opened = false;
            return;
        }
        let group = keys::command_group(lease.epoch);
        if !lease.opened {
            let args = [lease.epoch.to_string(), group.clone()];
            let keys = [world.lease(), world.commands()];
            if matches!(world.run(&script::OPEN_COMMANDS, &keys, &args).await, Answer::Fenced) {
                self.lease = None;
                return;
            }
        }
        // When the connection is new, all that it has read before comes first.
        let (from, most) = if lease.opened { (">", 2) } else { ("0-0", 1_000) };
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(&group).arg(&self.name).arg("COUNT").arg(most);
        read.arg("STREAMS").arg(world.commands()).arg(from);
        let reply: Result<Option<StreamReadReply>, _> = world.ask(&read).await;
        // A lost answer is a broken connection: the next one is opened.
        let Ok(reply) = reply else {
            lease.opened = false;
            return;
        };
        lease.opened = !lost;
        if lost {
            return;
        }
        for entry in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids) {
            let command: u64 = entry.get(keys::COMMAND_FIELD).expect("a command");
            if lease.in_flight.iter().all(|(known, ..)| *known != entry.id) {
                lease.in_flight.push_back((entry.id, command, false));
            }
        }
    }

    /// WhatsApp can be reached by whoever holds a socket; also by a host that does not know that it lost its lease.
    fn write(&mut self, world: &mut World) {
        if let Some((_, command, written)) = self.lease.as_mut().and_then(|lease| lease.in_flight.front_mut())
        {
            world.hear(*command);
            *written = true;
        }
    }

    async fn complete(&mut self, world: &mut World, lost: bool) {
        let Some(lease) = &mut self.lease else { return };
        let Some((entry, command, true)) = lease.in_flight.front() else { return };
        if self.cut_off {
            return;
        }
        match world.complete(lease.epoch, entry, *command).await {
            Answer::Fenced => self.lease = None,
            Answer::Number(_) => {
                world.wrote(lease.epoch, &self.name);
                if !lost {
                    lease.in_flight.pop_front();
                }
            }
        }
    }

    async fn give_back(&mut self, world: &mut World, lost: bool) {
        let Some(lease) = self.lease.take_if(|lease| lease.in_flight.is_empty() && !self.cut_off) else {
            return;
        };
        let released = world.run(&script::RELEASE, &[world.lease()], &[lease.epoch.to_string()]).await;
        // It goes whatever it hears.
        let _unheard = (released, lost);
    }
}
