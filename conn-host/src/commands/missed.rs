//! What is asked for once more: messages of others that could not be read, of their writers; older messages, of the phone.
//!
//! WhatsApp addresses people by phone number or by LID, and a writer asked by the wrong one does not answer. What is kept
//! of a message says by which one it came, and from which of the writer's devices.

use edgewire_contract::command::{Live, RequestHistory, RequestRetry};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::RequestId;
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::session::HistoryRequest;
use edgewire_store::{DeviceStore, KeptRecord, Redis, StoreError, Writes};
use serde_json::Value;
use tracing::{debug, warn};

use super::complete::Ending;
use super::live;
use crate::wire::{AskError, Missed, Wire};

/// Why it was not asked for.
enum Trouble {
    Fault(Fault),
    Wire(AskError),
    Store(StoreError),
}

impl From<AskError> for Trouble {
    fn from(error: AskError) -> Self {
        Self::Wire(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Who asks.
pub struct Desk<'a> {
    /// Where requests are remembered.
    pub redis: &'a Redis,
    /// The connection.
    pub wire: &'a dyn Wire,
    /// What is kept.
    pub store: &'a DeviceStore,
}

impl Desk<'_> {
    /// Asks for messages of another once more.
    pub async fn retry(&self, asked: &RequestRetry, now: i64, request_id: &RequestId) -> Ending {
        let done = async {
            for id in &asked.message_ids {
                let kept = self.store.kept_message(id.as_str()).await?;
                if kept.as_ref().is_some_and(|kept| kept.sender.is_none()) {
                    return Err(Trouble::Fault(Fault::not_found("message of another")));
                }
                let mut missed = Missed {
                    id: id.to_string(),
                    chat: asked.chat.to_string(),
                    sender: asked.sender.to_string(),
                    device: 0,
                    at: now,
                };
                if let Some(KeptRecord { chat, sender: Some(sender), device, at, .. }) = kept
                    && self.same(&asked.chat, &chat).await?
                    && self.same(&asked.sender, &sender).await?
                {
                    missed = Missed { chat, sender, device: device.unwrap_or(0), at, ..missed };
                }
                self.wire.request_retry(&missed).await?;
            }
            Ok(None)
        };
        ending(done.await, "messages.request_retry", request_id)
    }

    /// Asks the phone for older messages, and remembers what for.
    pub async fn history(&self, asked: &RequestHistory, request_id: &RequestId) -> Ending {
        let done = async {
            let kept = self.store.kept_message(asked.message_id.as_str()).await?;
            let mut request = asked.clone();
            if let Some(kept) = kept
                && self.same(&asked.chat, &kept.chat).await?
                && let Ok(chat) = Jid::parse_recipient(&kept.chat)
            {
                request.chat = chat;
            }
            let told = self.wire.ask(&Live::RequestHistory(request)).await?;
            if let Some(id) = told.as_ref().and_then(|told| told["request_id"].as_str()) {
                self.remember(asked, id).await;
            }
            Ok(told)
        };
        ending(done.await, "messages.request_history", request_id)
    }

    /// The phone has been asked already: without this, the answer is told all the same, but not how much was wanted.
    async fn remember(&self, asked: &RequestHistory, id: &str) {
        let fence = self.store.fence();
        let record = HistoryRequest { chat: asked.chat.to_string(), count: asked.count };
        let Ok(json) = serde_json::to_vec(&record) else { return };
        let key = keys::history_request(fence.shard, self.store.session(), id);
        let writes = Writes::new(fence).set_ex(key, json, keys::HISTORY_TTL_SECONDS);
        if let Err(e) = writes.commit(self.redis).await {
            warn!(error = %e, "a request for older messages could not be remembered");
        }
    }

    /// Whether `named` and `kept` are addresses of one person, or the same chat.
    async fn same(&self, named: &Jid, kept: &str) -> Result<bool, StoreError> {
        if named.as_str() == kept {
            return Ok(true);
        }
        let others = self.store.other_addresses(&[named.to_string()]).await?;
        Ok(others.into_iter().flatten().any(|other| other == kept))
    }
}

fn ending(done: Result<Option<Value>, Trouble>, action: &'static str, request_id: &RequestId) -> Ending {
    match done {
        Ok(data) => Ending::Done(data),
        Err(Trouble::Fault(fault)) => Ending::Failed(fault),
        Err(Trouble::Wire(error)) => Ending::Failed(live::fault(error, action, request_id)),
        Err(Trouble::Store(error)) => {
            debug!(error = %error, action, "what is kept could not be read");
            Ending::Failed(Fault::unavailable())
        }
    }
}
