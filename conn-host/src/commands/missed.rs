//! What is asked for once more: messages of others that could not be read, of their writers; older messages, of the phone.
//!
//! WhatsApp addresses people by phone number or by LID, and a writer asked by the wrong one does not answer. What is kept
//! of a message says by which one it came, and from which of the writer's devices.

use edgewire_contract::command::{Live, RequestHistory, RequestRetry};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::RequestId;
use edgewire_contract::jid::Jid;
use edgewire_contract::session::HistoryRequest;
use edgewire_store::{DeviceStore, StoreError};
use serde_json::Value;
use tracing::{debug, warn};

use super::addressed::{self, Came};
use super::complete::Ending;
use super::live;
use crate::events::history::Requests;
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
    /// The connection.
    pub wire: &'a dyn Wire,
    /// What is kept.
    pub store: &'a DeviceStore,
    /// The requests for older messages that go out.
    pub requests: &'a Requests,
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
                let came = addressed::came(self.store, kept, &asked.chat, Some(&asked.sender)).await?;
                if let Some(Came { chat, sender, device, at }) = came {
                    missed = Missed { chat, sender, device, at, ..missed };
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
                && addressed::same(self.store, &asked.chat, &kept.chat).await?
                && let Ok(chat) = Jid::parse_recipient(&kept.chat)
            {
                request.chat = chat;
            }
            let _answers_wait = self.requests.going_out().await;
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
        let record = HistoryRequest { chat: asked.chat.to_string(), count: asked.count, parts: Vec::new() };
        let Ok(json) = serde_json::to_vec(&record) else { return };
        if let Err(e) = self.store.put_history_request(id, &json).await {
            warn!(error = %e, "a request for older messages could not be remembered");
        }
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
