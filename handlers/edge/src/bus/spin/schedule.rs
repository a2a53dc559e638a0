//! Scheduled sends: one read of many, and a script.

use edgewire_contract::ids::{BlobId, CommandId, SessionId};
use edgewire_contract::outcome::Outcome;
use edgewire_contract::{keys, script};

use super::link::{Args, args};
use super::{SpinBus, to_json};
use crate::bus::flat::{self, Flat};
use crate::bus::schedule::{Schedule, Scheduled};
use crate::bus::{Bus as _, BusError};

impl Schedule for SpinBus {
    async fn scheduled(
        &self,
        session: &SessionId,
        ids: &[CommandId],
    ) -> Result<Vec<Option<Scheduled>>, BusError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut args: Args = args![keys::scheduled(self.shard_of(session).await?)];
        args.extend(ids.iter().map(|id| id.to_string().into_bytes()));
        let answer = self.link().call("HMGET", args).await?;
        // One that cannot be read hides none of the others.
        let read = |one| flat::json("a scheduled command", one).ok().flatten().map(Scheduled);
        Ok(answer.chunks(1).map(read).collect())
    }

    async fn unschedule(
        &self,
        outcome: &Outcome,
        blob: Option<&BlobId>,
        event: &str,
    ) -> Result<bool, BusError> {
        let (session, shard) = (&outcome.session, outcome.id.shard());
        let outcome_key = keys::outcome(outcome.id);
        let message = outcome.message_id.as_ref().map(|id| keys::message(shard, session, id));
        let mut keys = vec![
            keys::due(shard),
            keys::scheduled(shard),
            keys::schedule(shard, session),
            outcome_key.clone(),
            message.unwrap_or(outcome_key),
            keys::events(shard, session),
            keys::outbox(shard),
        ];
        if let Some(blob) = blob {
            keys.extend([keys::blob(shard, blob), keys::blobs(shard), keys::blob_sizes(shard)]);
        }
        let args = args![
            outcome.id,
            to_json(outcome),
            keys::OUTCOME_TTL_SECONDS,
            to_json(&outcome.error),
            outcome.timestamp,
            keys::MESSAGE_TTL_SECONDS,
            event,
            outcome.organization,
            session,
            keys::EVENTS_KEPT,
            blob.map_or("", |blob| blob.as_str()),
        ];
        let answer = self.link().script_once(&script::UNSCHEDULE, &keys, args).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }
}
