//! The session's work that takes time: sends on the wire, the opening of a connection, the request for a pair code.
//! Each runs in a task of its own and comes back as a [`Finished`].

use std::time::Duration;

use edgewire_contract::command::Action;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::session::SessionStatus;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;
use tracing::error;

use super::actor::{Actor, OpenError};
use super::lanes::Lanes;
use super::link::Link;
use super::passkey::Turn;
use crate::commands::ask::{self, Asker};
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;
use crate::commands::pace::Wait;
use crate::commands::send::{Sender, Tried};
use crate::wire::{Identity, WireError};

/// How many sends of one session are under way at once, on the wire or getting their files ready.
const UNDER_WAY: usize = 256;
/// A command that crashes its task so often is given up.
pub(super) const CRASHES: u32 = 3;

/// Work that came to its end.
pub(super) enum Finished {
    /// A try of a send in a chat.
    Send { chat: String, delivered: Delivered, tried: Tried },
    /// A connection was opened, or could not be.
    Opened(Result<Link, OpenError>),
    /// WhatsApp answered a request for a pair code.
    Code { delivered: Option<Delivered>, request: u64, result: Result<(String, Duration), WireError> },
    /// WhatsApp answered a step of a passkey's handshake.
    Passkey { delivered: Option<Delivered>, turn: Turn, result: Result<(), WireError> },
    /// A live action, which has ended its command itself.
    Asked,
}

/// What a task works on, for when it crashes.
pub(super) enum Work {
    Send(String, Delivered),
    Open,
    Code(Option<Delivered>),
    Passkey(Option<Delivered>),
    Ask(Delivered),
}

impl Actor {
    /// Starts as many waiting commands as may run.
    pub(super) fn pump(&mut self) {
        let Some(link) = &self.link else { return };
        if self.record.status != SessionStatus::Connected || self.paused {
            return;
        }
        let mut sending = self.works.values().filter(|work| matches!(work, Work::Send(..))).count();
        while sending < UNDER_WAY {
            let Some((chat, delivered)) = self.lanes.start_next() else { return };
            let is_send = matches!(delivered.command.action, Action::Send(_));
            if is_send
                && !delivered.share
                && let Some(until) = self.spent_until.filter(|until| *until > Instant::now())
            {
                self.lanes.hold(&chat, delivered, until);
                continue;
            }
            sending += 1;
            let sender = Sender {
                host: self.shared.host.clone(),
                shard: self.shared.fence.shard,
                wire: link.wire.clone(),
                store: link.store.clone(),
                me: self.identity(),
                acks: self.acks.clone(),
                completer: self.shared.completer.clone(),
                turns: self.sending.clone(),
                paced: self.record.rate.is_some(),
                people: link.people.clone(),
            };
            let work = Work::Send(chat.clone(), delivered.clone());
            let handle = self.running.spawn(async move {
                let tried = sender.run(delivered.clone()).await;
                Finished::Send { chat, delivered, tried }
            });
            self.works.insert(handle.id(), work);
        }
    }

    pub(super) async fn ended(&mut self, ended: Result<(Id, Finished), JoinError>) {
        match ended {
            Ok((id, finished)) => {
                match finished {
                    Finished::Send { chat, delivered, tried } => {
                        let outdated = self.outdated.remove(&id);
                        self.tried(&chat, delivered, tried, outdated).await;
                    }
                    Finished::Opened(result) => {
                        self.opening = false;
                        self.opened(result).await;
                    }
                    Finished::Code { delivered, request, result } => {
                        self.code(delivered, request, result).await;
                    }
                    Finished::Passkey { delivered, turn, result } => {
                        self.passkey_done(delivered, turn, result).await;
                    }
                    Finished::Asked => {}
                }
                // Only now, so that it is known to the end, should that crash.
                self.works.remove(&id);
            }
            Err(e) => {
                self.outdated.remove(&e.id());
                let work = self.works.remove(&e.id());
                if e.is_panic() {
                    error!(session = %self.record.id, "a task of the session crashed");
                    self.crashed(work).await;
                }
            }
        }
    }

    /// What comes of a try; `outdated` when the session's rate changed meanwhile.
    async fn tried(&mut self, chat: &str, mut delivered: Delivered, tried: Tried, outdated: bool) {
        delivered.share = !matches!(tried, Tried::Spent(_));
        match tried {
            Tried::Completed => self.lanes.finish(chat),
            Tried::ConnectionLost => self.again(chat, delivered).await,
            Tried::NotConnected => {
                self.paused = true;
                self.again(chat, delivered).await;
            }
            Tried::Troubled => {
                delivered.troubled = true;
                self.paused = true;
                self.again(chat, delivered).await;
            }
            Tried::Again => {
                delivered.tries += 1;
                self.paused = true;
                self.again(chat, delivered).await;
            }
            Tried::FileLater => {
                delivered.tries += 1;
                self.again(chat, delivered).await;
            }
            Tried::Spent(wait) if self.can_send_later() && !outdated => {
                let now = Instant::now();
                let mut until = now + wait.pause();
                if let Wait::Session(_) = wait {
                    // Those that are refused for one reason go on at one time, and so in the order in which they came to it.
                    until = self.spent_until.filter(|spent| *spent > now).unwrap_or(until);
                    self.spent_until = Some(until);
                }
                self.lanes.hold(chat, delivered, until);
            }
            Tried::Spent(_) => self.again(chat, delivered).await,
            Tried::NoAck => {
                delivered.tries += 1;
                self.again(chat, delivered).await;
                self.give_link_up("WhatsApp did not answer").await;
            }
        }
    }

    /// Tries a send again before anything else of its chat; fails it when its session cannot send any more.
    async fn again(&mut self, chat: &str, delivered: Delivered) {
        if self.can_send_later() {
            self.lanes.again(chat, delivered);
        } else {
            self.lanes.finish(chat);
            self.fail_send(&delivered).await;
        }
    }

    /// Runs a crashed command again, and gives it up after the third crash.
    pub(super) async fn crashed(&mut self, work: Option<Work>) {
        match work {
            Some(Work::Send(chat, mut delivered)) => {
                delivered.crashes += 1;
                if delivered.crashes < CRASHES {
                    self.lanes.again(&chat, delivered);
                } else {
                    self.give_up(&delivered).await;
                    self.lanes.finish(&chat);
                }
            }
            Some(Work::Code(Some(delivered)) | Work::Passkey(Some(delivered)) | Work::Ask(delivered)) => {
                // What it may have done is not done twice.
                self.give_up(&Delivered { crashes: delivered.crashes + 1, ..delivered }).await;
            }
            Some(Work::Code(None) | Work::Passkey(None)) => {}
            Some(Work::Open) => {
                self.opening = false;
                self.reopen_at = Some(Instant::now() + self.reopen.pause());
            }
            None => {}
        }
    }

    /// Ends a command that crashes whoever runs it, as a dead letter.
    pub(super) async fn give_up(&self, delivered: &Delivered) {
        let reason = format!("it crashed {} times", delivered.crashes);
        self.shared.completer.end(delivered, Ending::Crashed(reason)).await;
    }

    /// Asks or tells WhatsApp something at once, in the background.
    pub(super) async fn ask(&mut self, delivered: Delivered) {
        let connected = self.record.status == SessionStatus::Connected;
        let Some(link) = self.link.as_ref().filter(|_| connected) else {
            let ending = ask::not_connected(&self.shared.host, &delivered, self.record.status).await;
            return self.shared.completer.end(&delivered, ending).await;
        };
        let asker = Asker {
            host: self.shared.host.clone(),
            shard: self.shared.fence.shard,
            wire: link.wire.clone(),
            store: link.store.clone(),
            requests: link.requests.clone(),
            blocked: link.blocked.clone(),
            completer: self.shared.completer.clone(),
            turns: self.asking.clone(),
        };
        let work = Work::Ask(delivered.clone());
        let handle = self.running.spawn(async move {
            asker.run(&delivered).await;
            Finished::Asked
        });
        self.works.insert(handle.id(), work);
    }

    /// Who the session is, as far as its record says.
    fn identity(&self) -> Identity {
        Identity {
            phone: self.record.phone.clone(),
            lid: self.record.lid.clone(),
            device: self.record.device.clone(),
            push_name: self.record.push_name.clone(),
        }
    }

    /// Breaks off all that is under way; what had come to its end by then is no longer among the works.
    pub(super) async fn call_back(&mut self) {
        self.running.abort_all();
        while let Some(ended) = self.running.join_next_with_id().await {
            let Ok((id, finished)) = ended else { continue };
            match finished {
                Finished::Send { chat, tried: Tried::Completed, .. } => {
                    self.works.remove(&id);
                    self.lanes.finish(&chat);
                }
                Finished::Asked => {
                    self.works.remove(&id);
                }
                Finished::Opened(Ok(link)) => link.wire.close().await,
                Finished::Send { .. }
                | Finished::Code { .. }
                | Finished::Passkey { .. }
                | Finished::Opened(Err(_)) => {}
            }
        }
    }

    /// Ends every command that this task holds: its session is gone.
    pub(super) async fn end_all(&mut self) {
        self.call_back().await;
        let under_way = self.works.drain().filter_map(|(_, work)| match work {
            Work::Send(_, delivered) | Work::Ask(delivered) => Some(delivered),
            Work::Code(delivered) | Work::Passkey(delivered) => delivered,
            Work::Open => None,
        });
        let codes = self.codes_wanted.drain(..).map(|(delivered, _)| delivered);
        for delivered in under_way.chain(codes).chain(self.lanes.take_waiting()) {
            self.shared.completer.no_such_session(&delivered).await;
        }
        // What was under way has no end that would free its chat.
        self.lanes = Lanes::default();
    }

    /// Ends what waits to be sent: it cannot be, before a person pairs the session again.
    pub(super) async fn fail_waiting(&mut self) {
        for delivered in self.lanes.take_waiting() {
            self.fail_send(&delivered).await;
        }
    }

    /// Ends a send of a session that cannot send before a person has paired it again.
    pub(super) async fn fail_send(&self, delivered: &Delivered) {
        let fault = Fault::new(FaultCode::SessionNotConnected, "the session is not linked to a phone")
            .with("status", self.record.status.as_str());
        self.shared.completer.end(delivered, Ending::Failed(fault)).await;
    }
}
