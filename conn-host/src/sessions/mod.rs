//! Sessions: one task each, which drives a WhatsApp connection over the port in [`crate::wire`].
//!
//! * [`state`]: what a session's status becomes, as a pure function;
//! * [`actor`]: the task: inputs in, effects out;
//! * `life`: what WhatsApp tells, and the status that follows; `pairing`, `passkey`: how it is linked to a phone;
//!   `steer`: what commands ask; `work`: what takes time; `survive`: what a crash does; `forget`: what a deletion does to the
//!   messages;
//! * [`lanes`]: commands of one chat in order, of different chats side by side;
//! * [`link`]: an open connection and what belongs to it;
//! * [`record`]: the stored record;
//! * [`backoff`]: growing, jittered delays.

pub mod actor;
pub mod backoff;
mod forget;
pub mod lanes;
mod life;
pub mod link;
mod pairing;
mod passkey;
pub mod record;
pub mod state;
mod steer;
mod survive;
mod work;

use std::sync::Arc;

use edgewire_contract::ids::SessionId;
use edgewire_contract::session::SessionRecord;
use edgewire_store::Fence;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::Host;
use crate::commands::complete::Completer;
use crate::commands::intake::Delivered;

/// What the sessions of one shard share.
#[derive(Clone)]
pub struct Shared {
    /// The process.
    pub host: Host,
    /// The shard and its epoch.
    pub fence: Fence,
    /// Rings the relay.
    pub bell: Arc<Notify>,
    /// Ends commands.
    pub completer: Completer,
    /// Gives each command to its session.
    pub router: mpsc::WeakUnboundedSender<Delivered>,
    /// Cancelled when the shard is no longer ours.
    pub abort: CancellationToken,
}

/// What a session's task is told.
#[derive(Debug)]
pub enum Input {
    /// A command to run.
    Command(Delivered),
    /// End in order, and say when.
    Drain(oneshot::Sender<()>),
}

/// The way to a session's task.
pub struct SessionHandle {
    id: SessionId,
    input: mpsc::UnboundedSender<Input>,
}

impl SessionHandle {
    /// Starts the task of a session.
    pub fn start(shared: Shared, record: SessionRecord) -> Self {
        let (input, inputs) = mpsc::unbounded_channel();
        let id = record.id.clone();
        tokio::spawn(actor::Actor::new(shared, record, inputs).run());
        Self { id, input }
    }

    /// Whose task it is.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Gives it a command; gives it back when the task has ended.
    ///
    /// # Errors
    /// The command, when the task has ended.
    pub fn give(&self, command: Delivered) -> Result<(), Delivered> {
        self.input.send(Input::Command(command)).map_err(|e| match e.0 {
            Input::Command(command) => command,
            Input::Drain(_) => unreachable!("a command was sent"),
        })
    }

    /// Ends it in order.
    pub async fn drain(self) {
        let (done, ended) = oneshot::channel();
        if self.input.send(Input::Drain(done)).is_ok() {
            let _dropped_when_over = ended.await;
        }
    }
}
