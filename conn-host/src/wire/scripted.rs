//! A wire for tests: it does what it is told and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::command::PairCode;
use tokio::sync::mpsc::UnboundedSender;

use super::{Ack, Identity, Outgoing, Wire, WireError, WireEvent, WireFactory, WireSetup};

/// What a scripted wire does with the next message.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Writes it and acknowledges it.
    Ack,
    /// Writes it and refuses it with this code.
    Nack(String),
    /// Writes it; no acknowledgement ever comes.
    Silence,
    /// Writes it; then the socket drops, and another connects.
    Drop,
    /// Does not write it.
    Fail,
}

/// The script and the record, shared by all connections of the factory.
#[derive(Default)]
pub struct Script {
    reactions: Mutex<VecDeque<Reaction>>,
    sent: Mutex<Vec<Outgoing>>,
    events: Mutex<Option<UnboundedSender<WireEvent>>>,
}

impl Script {
    /// What is done with the next messages; acknowledged when the list is empty.
    pub fn react(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().expect("no test panics while it holds this").extend(reactions);
    }

    /// What was written, in order.
    pub fn sent(&self) -> Vec<Outgoing> {
        self.sent.lock().expect("no test panics while it holds this").clone()
    }

    /// Tells the open connection's session something.
    pub fn tell(&self, event: WireEvent) {
        if let Some(events) = &*self.events.lock().expect("no test panics while it holds this") {
            let _closed = events.send(event);
        }
    }
}

/// Opens scripted wires, connected at once.
pub struct ScriptedWires(pub Arc<Script>);

#[async_trait]
impl WireFactory for ScriptedWires {
    async fn open(&self, setup: WireSetup) -> Result<Arc<dyn Wire>, WireError> {
        let _open = setup.events.send(WireEvent::Connected);
        *self.0.events.lock().expect("no test panics while it holds this") = Some(setup.events);
        Ok(Arc::new(ScriptedWire(self.0.clone())))
    }
}

struct ScriptedWire(Arc<Script>);

#[async_trait]
impl Wire for ScriptedWire {
    async fn send(&self, message: Outgoing) -> Result<(), WireError> {
        let reaction = self.0.reactions.lock().expect("no test panics while it holds this").pop_front();
        let id = message.id.clone();
        if matches!(reaction, Some(Reaction::Fail)) {
            return Err(WireError::Failed("scripted".into()));
        }
        self.0.sent.lock().expect("no test panics while it holds this").push(message);
        match reaction.unwrap_or(Reaction::Ack) {
            Reaction::Ack => self.0.tell(WireEvent::Acked(Ack { id, timestamp: Some(1), refused: None })),
            Reaction::Nack(code) => {
                self.0.tell(WireEvent::Acked(Ack { id, timestamp: None, refused: Some(code) }));
            }
            Reaction::Drop => {
                self.0.tell(WireEvent::Disconnected("scripted".into()));
                self.0.tell(WireEvent::Connected);
            }
            Reaction::Silence | Reaction::Fail => {}
        }
        Ok(())
    }

    async fn pair_code(&self, _ask: &PairCode) -> Result<(String, Duration), WireError> {
        Ok(("ABCD-EFGH".into(), Duration::from_secs(180)))
    }

    async fn identity(&self) -> Identity {
        Identity { phone: Some("15550001".into()), ..Identity::default() }
    }

    async fn reconnect(&self) {
        self.0.tell(WireEvent::Connected);
    }

    async fn logout(&self) {}

    async fn close(&self) {}

    fn abort(&self) {}
}
