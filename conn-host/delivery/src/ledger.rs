//! An organization's webhooks in Redis: their records, places, events, dead letters, and what is asked of them. What only
//! the organization's host may write is written under the epoch of the lease.

use std::collections::HashMap;
use std::time::Duration;

use edgewire_contract::event::with_id;
use edgewire_contract::ids::{EntryId, OrganizationId};
use edgewire_contract::keys::{self, Pointer};
use edgewire_contract::script::{self, Script};
use edgewire_contract::shard::Shard;
use edgewire_contract::webhook::ask::{ASK_TTL_SECONDS, Ask, Tried};
use edgewire_contract::webhook::{Breaker, DeadLetter, Delivery, LOG_TTL_SECONDS, Webhook};
use edgewire_store::{Redis, StoreError};
use redis::streams::StreamRangeReply;
use redis::{Cmd, Pipeline, Value};
use serde::Serialize;

use crate::place::Place;

/// How many asks are taken at once.
const ASKS: usize = 16;

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

/// A dead letter on its way again.
#[derive(Debug, Clone)]
pub struct Again {
    /// Its place among them.
    pub entry: EntryId,
    /// What it says; `None` when this version cannot read it.
    pub letter: Option<DeadLetter>,
}

/// What deliveries leave behind, to be written in one step with the place.
#[derive(Debug, Clone, Default)]
pub struct Left {
    /// Events that were given up.
    pub dead: Vec<DeadLetter>,
    /// Attempts.
    pub log: Vec<Delivery>,
    /// Dead letters that are not on their way again any more.
    pub over: Vec<EntryId>,
}

/// As the script reads it.
#[derive(Serialize)]
struct Told {
    set: Vec<String>,
    del: Vec<String>,
    dead: Vec<String>,
    log: Vec<String>,
    over: Vec<String>,
}

/// How many entries are kept.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Of dead letters.
    pub dead: u64,
    /// Of the log.
    pub log: u64,
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

    /// Where the webhook is, and its breaker. A new one starts at its creation: by its own time or by the feed's end now,
    /// whichever is earlier, since the clock that wrote the former may be ahead of Redis's.
    pub async fn place(&self, webhook: &Webhook) -> Result<(Place, Breaker), StoreError> {
        let key = keys::hook(&self.organization, &webhook.id);
        let fields: HashMap<String, String> = self.redis.query(&Cmd::hgetall(key)).await?;
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        if let Some(place) = Place::read(pairs) {
            let breaker = Breaker::read(Breaker::FIELDS.map(|name| fields.get(name).map(String::as_str)));
            return Ok((place, breaker));
        }
        let before = u64::try_from(webhook.created_at).unwrap_or(0).saturating_sub(1);
        let start = self.newest().await?.min(EntryId { ms: before, seq: u64::MAX });
        // What the feed dropped before there was a webhook is none of its business.
        let gone = self.feed(start, 1).await?.0.map_or_else(EntryId::default, |gone| gone.entry);
        let mut place = Place::at(start.max(gone));
        let (set, del) = place.take();
        self.write(webhook, (set, del), &Left::default(), Caps { dead: 1, log: 1 }).await?;
        Ok((place, Breaker::default()))
    }

    /// Up to `most` dead letters on their way again, behind `after`.
    pub async fn again(
        &self,
        webhook: &Webhook,
        after: EntryId,
        most: usize,
    ) -> Result<Vec<Again>, StoreError> {
        let mut command = redis::cmd("XRANGE");
        command.arg(keys::hook_again(&self.organization, &webhook.id)).arg(format!("({after}")).arg("+");
        command.arg("COUNT").arg(most);
        let found: StreamRangeReply = self.redis.query(&command).await?;
        let again = |id: &redis::streams::StreamId| {
            let json: String = id.get(keys::DEAD_FIELD).unwrap_or_default();
            Some(Again { entry: EntryId::parse(&id.id).ok()?, letter: serde_json::from_str(&json).ok() })
        };
        Ok(found.ids.iter().filter_map(again).collect())
    }

    /// The last entry that the feed dropped, and up to `most` that it has behind `cursor`.
    pub async fn feed(&self, cursor: EntryId, most: usize) -> Result<(Option<Item>, Vec<Item>), StoreError> {
        // In one step: what is dropped in between would be told of, and delivered, or neither.
        let mut both = Pipeline::new();
        both.atomic();
        both.cmd("XRANGE").arg(keys::feed(&self.organization)).arg(format!("({cursor}")).arg("+");
        both.arg("COUNT").arg(most);
        both.cmd("HGET").arg(keys::relayed(&self.organization)).arg(keys::GONE_FIELD);
        let (found, gone): (StreamRangeReply, Option<String>) = self.redis.pipeline(&both).await?;
        let gone = gone.and_then(|gone| {
            let (entry, text) = gone.split_once(' ')?;
            let pointer = Pointer::parse(text);
            Some(Item { entry: EntryId::parse(entry).ok()?, pointer, text: text.to_owned() })
        });
        let item = |id: &redis::streams::StreamId| {
            let text: String = id.get(keys::POINTER_FIELD).unwrap_or_default();
            Some(Item { entry: EntryId::parse(&id.id).ok()?, pointer: Pointer::parse(&text), text })
        };
        Ok((gone, found.ids.iter().filter_map(item).collect()))
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

    /// Writes `place` (fields to set with their values in turn, and fields to delete) and what was left behind. `false`
    /// when the webhook is gone.
    pub async fn write(
        &self,
        webhook: &Webhook,
        place: (Vec<String>, Vec<String>),
        left: &Left,
        caps: Caps,
    ) -> Result<bool, StoreError> {
        let (organization, id) = (&self.organization, &webhook.id);
        let keys = [
            keys::hooks_lease(organization),
            keys::webhooks(organization),
            keys::hook(organization, id),
            keys::hook_dead(organization, id),
            keys::hook_again(organization, id),
            keys::hook_log(organization, id),
        ];
        let (set, del) = place;
        let over = left.over.iter().map(ToString::to_string).collect();
        let told = Told { set, del, dead: json_each(&left.dead)?, log: json_each(&left.log)?, over };
        let args = [
            self.epoch.to_string(),
            id.to_string(),
            caps.dead.to_string(),
            caps.log.to_string(),
            LOG_TTL_SECONDS.to_string(),
            json(&told)?,
        ];
        self.flag(&script::HOOK, &keys, &args).await
    }

    /// What was asked of this host. It is taken, whoever asked may ask again.
    pub async fn asks(&self) -> Result<Vec<Ask>, StoreError> {
        let mut command = redis::cmd("LPOP");
        command.arg(keys::hook_asks(&self.organization)).arg(ASKS);
        let asks: Option<Vec<String>> = self.redis.query(&command).await?;
        Ok(asks.unwrap_or_default().iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
    }

    /// Answers one.
    pub async fn answer(&self, ask: &Ask, tried: &Tried) -> Result<(), StoreError> {
        let key = keys::hook_answer(&self.organization, &ask.id);
        self.redis.query(&Cmd::set_ex(key, json(tried)?, ASK_TTL_SECONDS)).await
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

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Answer(e.to_string()))
}

fn json_each<T: Serialize>(values: &[T]) -> Result<Vec<String>, StoreError> {
    values.iter().map(json).collect()
}
