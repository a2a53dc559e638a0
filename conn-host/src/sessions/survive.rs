//! A session's task lives on when a step of it crashes: whatever crashed hurts itself, and nothing behind it.

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::session::Wanted;
use futures::FutureExt as _;
use tokio::task::Id;
use tokio::time::Instant;
use tracing::error;

use super::Input;
use super::actor::{Actor, Step};
use super::state::{self, Happening};
use super::work::{CRASHES, Work};
use crate::commands::ask;
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;

/// Who has not crashed for so long begins with short pauses again.
const CALM: Duration = Duration::from_secs(300);

impl Actor {
    /// Takes a step, and lives on if it crashes: the connection, which may be in any state by then, is opened anew; a
    /// command is tried again, and is a dead letter after the third crash.
    pub(super) async fn survive(&mut self, mut step: Step) -> ControlFlow<()> {
        loop {
            let (command, work, last) = match &step {
                Step::Input(Input::Command(delivered)) => (Some(delivered.clone()), None, false),
                Step::Input(Input::Drain(_)) | Step::Cut => (None, None, true),
                Step::Ended(Ok((id, _))) => (None, Some(*id), false),
                _ => (None, None, false),
            };
            if let Ok(flow) = AssertUnwindSafe(self.step(step)).catch_unwind().await {
                return flow;
            }
            error!(session = %self.record.id, "the session's task crashed");
            if last {
                return ControlFlow::Break(());
            }
            self.start_over(work).await;
            let Some(mut delivered) = command else { return ControlFlow::Continue(()) };
            delivered.crashes += 1;
            if delivered.crashes == CRASHES {
                self.give_up(&delivered).await;
                return ControlFlow::Continue(());
            }
            step = Step::Input(Input::Command(delivered));
        }
    }

    /// Lets the connection go and opens another in a moment. Sends that were under way are sent again; `crashed` is the work
    /// whose end crashed the task.
    async fn start_over(&mut self, crashed: Option<Id>) {
        self.call_back().await;
        self.outdated.clear();
        for (id, work) in std::mem::take(&mut self.works) {
            match work {
                Work::Open => {}
                work if Some(id) == crashed => self.crashed(Some(work)).await,
                Work::Send(chat, delivered) => self.lanes.again(&chat, delivered),
                Work::Ask(delivered) => self.interrupted(&delivered, ask::interrupted()).await,
                Work::Code(delivered) | Work::Passkey(delivered) => {
                    let fault =
                        Fault::new(FaultCode::SessionNotConnected, "the connection was lost; try again");
                    if let Some(delivered) = delivered {
                        self.interrupted(&delivered, fault).await;
                    }
                }
            }
        }
        let waits = if self.is_open() { None } else { self.reopen_at };
        self.opening = false;
        self.lose_acks();
        self.pairing.connection_lost();
        if !self.record.paired {
            self.write_pairing().await;
        }
        if let Some(link) = self.link.take() {
            link.wire.abort();
        }
        let before = self.record.status;
        self.record.status = state::next(before, self.record.paired, Happening::SocketLost);
        self.shared.host.metrics.session_moved(Some(before.as_str()), Some(self.record.status.as_str()));
        self.unwritten = true;
        if self.record.wanted == Wanted::Run && !state::needs_a_person(self.record.status) {
            if self.crashed_at.is_none_or(|at| at.elapsed() > CALM) {
                self.crashes.reset();
            }
            self.crashed_at = Some(Instant::now());
            // Not before the end of a ban, or of another pause.
            self.reopen_at = waits.max(Some(Instant::now() + self.crashes.pause()));
        }
    }

    async fn interrupted(&self, delivered: &Delivered, fault: Fault) {
        self.shared.completer.end(delivered, Ending::Failed(fault)).await;
    }
}
