//! An organization's webhooks in Redis: their records, places, events and dead letters. Whatever is written here is
//! written under the epoch of the lease.

use std::time::Duration;

use edgewire_contract::event::with_id;
use edgewire_contract::ids::{EntryId, OrganizationId};
use edgewire_contract::keys::{self, Pointer};
use edgewire_contract::script::{self, Script};
use edgewire_contract::shard::Shard;
use edgewire_contract::webhook::{DeadLetter, Webhook};
use edgewire_store::{Redis, StoreError};
use redis::streams::StreamRangeReply;
use redis::{Cmd, Pipeline, Value};

use crate::place::Place;

/// The records of one leased organization.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub redis: Redis,
    pub organization: OrganizationId,
    pub epoch: u64,
    pub shards: u16,
}

/// One entry of the feed.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its place in the feed.
    pub entry: EntryId,
    /// What it says, as text.
    pub text: String,
    /// What it says; `None` when this version cannot read it.
    pub pointer: Option<Pointer>,
}

impl Ledger {
    /// All webhooks. A record that cannot be read (a newer version's) is left out.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let records: Vec<String> = self.redis.query(&Cmd::hvals(keys::webhooks(&self.organization))).await?;
        Ok(records.iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
    }

    /// The feed's newest entry; zero when it is empty.
    pub async fn newest(&self) -> Result<EntryId, StoreError> {
        let mut command = redis::cmd("XREVRANGE");
        command.arg(keys::feed(&self.organization)).arg("+").arg("-").arg("COUNT").arg(1);
        let found: StreamRangeReply = self.redis.query(&command).await?;
        Ok(found.ids.first().and_then(|e| EntryId::parse(&e.id).ok()).unwrap_or_default())
    }

    /// Where the webhook is. A new one starts at its creation: by its own time or by the feed's end now, whichever is
    /// earlier, since the clock that wrote the former may be ahead of Redis's.
    pub async fn place(&self, webhook: &Webhook) -> Result<Place, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(keys::hook(&self.organization, &webhook.id));
        command.arg(&["cursor", "entry", "attempt", "next_at"]);
        let fields: [Option<String>; 4] = self.redis.query(&command).await?;
        if let Some(place) = Place::read(fields) {
            return Ok(place);
        }
        let before = u64::try_from(webhook.created_at).unwrap_or(0).saturating_sub(1);
        let place = Place::at(self.newest().await?.min(EntryId { ms: before, seq: u64::MAX }));
        self.write(webhook, &place, None, 1).await?;
        Ok(place)
    }

    /// Up to `most` entries of the feed behind `cursor`.
    pub async fn feed(&self, cursor: EntryId, most: usize) -> Result<Vec<Item>, StoreError> {
        let mut command = redis::cmd("XRANGE");
        command.arg(keys::feed(&self.organization)).arg(format!("({cursor}")).arg("+");
        command.arg("COUNT").arg(most);
        let found: StreamRangeReply = self.redis.query(&command).await?;
        let item = |id: &redis::streams::StreamId| {
            let text: String = id.get(keys::POINTER_FIELD).unwrap_or_default();
            Some(Item { entry: EntryId::parse(&id.id).ok()?, pointer: Pointer::parse(&text), text })
        };
        Ok(found.ids.iter().filter_map(item).collect())
    }

    /// The events that `pointers` lead to, as integrators read them; `None` for one that is no longer kept.
    pub async fn bodies(&self, pointers: &[&Pointer]) -> Result<Vec<Option<String>>, StoreError> {
        if pointers.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::new();
        for pointer in pointers {
            let stream = keys::events(Shard::of(&pointer.session, self.shards), &pointer.session);
            let entry = pointer.entry.to_string();
            pipeline.cmd("XRANGE").arg(stream).arg(&entry).arg(&entry);
        }
        let found: Vec<StreamRangeReply> = self.redis.pipeline(&pipeline).await?;
        let body = |(pointer, reply): (&&Pointer, StreamRangeReply)| {
            let stored: String = reply.ids.first()?.get(keys::EVENT_FIELD)?;
            with_id(&stored, pointer.event_id())
        };
        Ok(pointers.iter().zip(found).map(body).collect())
    }

    /// Writes the place and, if there is one, the dead letter that let it move on. `false` when the webhook is gone.
    pub async fn write(
        &self,
        webhook: &Webhook,
        place: &Place,
        dead: Option<&DeadLetter>,
        dead_kept: u64,
    ) -> Result<bool, StoreError> {
        let keys = [
            keys::hooks_lease(&self.organization),
            keys::webhooks(&self.organization),
            keys::hook(&self.organization, &webhook.id),
            keys::hook_dead(&self.organization, &webhook.id),
        ];
        let dead =
            dead.map(serde_json::to_string).transpose().map_err(|e| StoreError::Answer(e.to_string()))?;
        let mut args = vec![
            self.epoch.to_string(),
            webhook.id.to_string(),
            dead.unwrap_or_default(),
            dead_kept.to_string(),
        ];
        args.extend(place.fields());
        self.flag(&script::HOOK, &keys, &args).await
    }

    /// Prolongs the lease. `false` when it is another's.
    pub async fn renew(&self, ttl: Duration) -> Result<bool, StoreError> {
        let args = [self.epoch.to_string(), ttl.as_millis().to_string()];
        self.flag(&script::RENEW, &[keys::hooks_lease(&self.organization)], &args).await
    }

    /// Gives the lease back.
    pub async fn release(&self) -> Result<bool, StoreError> {
        self.flag(&script::RELEASE, &[keys::hooks_lease(&self.organization)], &[self.epoch.to_string()]).await
    }

    async fn flag(&self, script: &Script, keys: &[String], args: &[String]) -> Result<bool, StoreError> {
        Ok(matches!(self.redis.run(script, keys, args).await?, Value::Int(1)))
    }
}
