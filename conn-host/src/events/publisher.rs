//! Appends a session's events: fenced, in order, and those with a mark once only.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use edgewire_contract::event::{Event, EventBody};
use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, StoreError};
use redis::Value;
use tokio::sync::Notify;

use super::kept::Kept;
use crate::Host;

/// Appends the events of one session.
#[derive(Clone)]
pub struct Publisher {
    host: Host,
    fence: Fence,
    organization: OrganizationId,
    session: SessionId,
    bell: Arc<Notify>,
}

/// An event, and what makes it the same as an earlier one.
pub struct Appended {
    /// When it happened, unix ms.
    pub timestamp: i64,
    /// What happened.
    pub body: EventBody,
    /// Text that is equal for the same happening; `None` if it cannot repeat.
    pub mark: Option<String>,
    /// The message that it tells of, if that is to be kept.
    pub kept: Option<Kept>,
}

impl Publisher {
    /// For one session of the shard.
    pub fn new(
        host: Host,
        fence: Fence,
        organization: OrganizationId,
        session: SessionId,
        bell: Arc<Notify>,
    ) -> Self {
        Self { host, fence, organization, session, bell }
    }

    /// The session's event in the form that is stored.
    pub fn stored(&self, timestamp: i64, body: EventBody) -> (&'static str, String) {
        let kind = body.kind();
        (kind, Event::new(self.organization.clone(), self.session.clone(), timestamp, body).to_stored())
    }

    /// Appends all of `events` in one step. Answers how many were new.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn append(&self, events: Vec<Appended>) -> Result<u64, StoreError> {
        if events.is_empty() {
            return Ok(0);
        }
        let shard = self.fence.shard;
        let outbox = keys::outbox(shard);
        let mut script_keys = vec![
            keys::lease(shard),
            keys::session(shard, &self.session),
            keys::events(shard, &self.session),
            outbox.clone(),
        ];
        let mut args: Vec<Vec<u8>> = [
            self.fence.epoch.to_string(),
            self.organization.to_string(),
            self.session.to_string(),
            keys::EVENTS_KEPT.to_string(),
            keys::SEEN_TTL_SECONDS.to_string(),
            self.host.settings.message_ttl_seconds().to_string(),
        ]
        .map(String::into_bytes)
        .into();
        for event in events {
            script_keys.push(event.mark.map_or_else(
                || outbox.clone(),
                |mark| keys::seen(shard, &self.session, &edgewire_contract::token::token_hash(&mark)[..32]),
            ));
            let (kind, stored) = self.stored(event.timestamp, event.body);
            args.extend([kind.as_bytes().to_vec(), stored.into_bytes()]);
            let (key, fields) = match event.kept {
                Some(kept) => (keys::message(shard, &self.session, &kept.id), kept.fields),
                None => (outbox.clone(), Vec::new()),
            };
            script_keys.push(key);
            args.push((fields.len() * 2).to_string().into_bytes());
            args.extend(fields.into_iter().flat_map(|(field, value)| [field.as_bytes().to_vec(), value]));
        }
        let answer = self.host.redis.run(&script::APPEND, &script_keys, &args).await?;
        self.bell.notify_one();
        let appended = if let Value::Int(n) = answer { n.unsigned_abs() } else { 0 };
        self.host.metrics.events.fetch_add(appended, Ordering::Relaxed);
        Ok(appended)
    }
}
