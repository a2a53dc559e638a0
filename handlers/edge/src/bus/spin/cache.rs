//! Received files, from Redis.

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys::{self, MEDIA_TTL_SECONDS};
use edgewire_contract::script;

use super::SpinBus;
use super::link::args;
use crate::bus::flat::Flat;
use crate::bus::{Bus as _, BusError, Cache};

impl Cache for SpinBus {
    async fn cached(
        &self,
        session: &SessionId,
        message: &MessageId,
        now_ms: i64,
    ) -> Result<Option<u64>, BusError> {
        let shard = self.shard_of(session).await?;
        let keys = [keys::media(shard, session, message), keys::media_use(shard)];
        let args = args![keys::media_name(session, message), now_ms, MEDIA_TTL_SECONDS];
        let answer = self.link().script(&script::TOUCH_MEDIA, &keys, args).await?;
        Ok(answer.first().and_then(Flat::number).and_then(|bytes| u64::try_from(bytes).ok()))
    }

    async fn cached_chunk(
        &self,
        session: &SessionId,
        message: &MessageId,
        chunk: u64,
    ) -> Result<Option<Vec<u8>>, BusError> {
        let key = keys::media(self.shard_of(session).await?, session, message);
        match self.link().call("HGET", args![key, chunk]).await?.into_iter().next() {
            Some(Flat::Text(bytes)) => Ok(Some(bytes)),
            None | Some(Flat::Nil) => Ok(None),
            Some(Flat::Int(_)) => Err(BusError::Broken("a chunk of a file is a number".into())),
        }
    }
}
