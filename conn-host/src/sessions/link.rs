//! An open connection with what belongs to it, and the waiting for acknowledgements.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use edgewire_contract::session::SessionRecord;
use edgewire_store::{DeviceStore, StoreError};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::Shared;
use super::actor::OpenError;
use crate::events::blocked::BlockList;
use crate::events::history::Requests;
use crate::events::inbox::SessionInbox;
use crate::events::people::People;
use crate::events::publisher::Publisher;
use crate::wire::{Ack, Wire, WireEvent, WireSetup};

/// One connection of a session, from opening to end.
pub struct Link {
    /// The connection.
    pub wire: Arc<dyn Wire>,
    /// Its keys.
    pub store: Arc<DeviceStore>,
    /// Who is who.
    pub people: Arc<People>,
    /// Requests for older messages that go out over it.
    pub requests: Arc<Requests>,
    /// Whom the account blocks.
    pub blocked: Arc<BlockList>,
    /// What it tells.
    pub events: mpsc::UnboundedReceiver<WireEvent>,
    /// Turns true when the store was refused a write.
    pub fenced: watch::Receiver<bool>,
    /// Held while it connects: bounds how many do so at once.
    pub connecting: Option<OwnedSemaphorePermit>,
}

/// Opens a connection, when it is this session's turn.
pub(super) async fn open(
    shared: Shared,
    record: SessionRecord,
    publisher: Publisher,
) -> Result<Link, OpenError> {
    let host = &shared.host;
    let connecting = host.connecting.clone().acquire_owned().await.ok();
    let store = DeviceStore::open(host.redis.clone(), shared.fence, record.id.clone(), host.master.clone())
        .await
        .map_err(|e| match e {
            StoreError::Corrupt { .. } | StoreError::Sealed(_) => OpenError::Unusable(e.to_string()),
            other => OpenError::ForNow(other.to_string()),
        })?;
    let (sender, events) = mpsc::unbounded_channel();
    let people = Arc::new(People::new(store.clone()));
    let requests = Arc::new(Requests::default());
    let keeps = host.settings.keeps_messages();
    let blocked = Arc::new(BlockList::new(publisher.clone(), store.clone(), people.clone()));
    let inbox =
        SessionInbox::new(publisher, store.clone(), people.clone(), requests.clone(), blocked.clone(), keeps);
    let setup = WireSetup {
        session: record.id.clone(),
        store: store.clone(),
        fresh: !record.paired,
        props: record.props.as_deref().and_then(|p| serde_json::from_str(p).ok()).unwrap_or_default(),
        inbox: Arc::new(inbox),
        events: sender,
    };
    let wire = host.wires.open(setup).await.map_err(|e| match store.damaged() {
        0 => OpenError::ForNow(e.to_string()),
        _ => OpenError::Unusable(e.to_string()),
    })?;
    Ok(Link { wire, fenced: store.fenced(), store, people, requests, blocked, events, connecting })
}

/// The sends that wait for WhatsApp's acknowledgement, by message id.
#[derive(Debug, Default)]
pub struct Acks {
    waiting: Mutex<HashMap<String, oneshot::Sender<Ack>>>,
}

impl Acks {
    /// Begins to wait; do so before the message is written. The receiver fails when the connection is lost.
    pub fn expect(&self, id: &str) -> oneshot::Receiver<Ack> {
        let (tell, told) = oneshot::channel();
        self.lock().insert(id.to_owned(), tell);
        told
    }

    /// Stops waiting.
    pub fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    /// An acknowledgement came.
    pub fn resolve(&self, ack: Ack) {
        if let Some(tell) = self.lock().remove(&ack.id) {
            let _gone = tell.send(ack);
        }
    }

    /// The connection is lost: no acknowledgement will come for what was written on it.
    pub fn lose_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Ack>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
