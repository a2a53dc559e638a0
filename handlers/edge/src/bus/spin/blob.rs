//! Blobs: bytes too many for a command, in chunks.

use edgewire_contract::ids::{BlobId, SessionId};
use edgewire_contract::media::BLOB_TTL_SECONDS;
use edgewire_contract::{keys, script};

use super::SpinBus;
use super::link::args;
use crate::bus::flat::Flat;
use crate::bus::{Bus as _, BusError};

impl SpinBus {
    pub(super) async fn put_chunk(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
        bytes: Vec<u8>,
        budget: u64,
    ) -> Result<bool, BusError> {
        let keys = self.blob_keys(session, blob).await?;
        let mut args = args![chunk];
        // Not by way of `args!`, which would copy them.
        args.push(bytes);
        args.extend(args![BLOB_TTL_SECONDS, blob.as_str(), budget]);
        let answer = self.link().script(&script::PUT_BLOB, &keys, args).await?;
        match answer.first().and_then(Flat::number) {
            Some(room) => Ok(room == 1),
            None => Err(BusError::Broken("put_blob answered no number".into())),
        }
    }

    pub(super) async fn chunk(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
    ) -> Result<Option<Vec<u8>>, BusError> {
        let key = keys::blob(self.shard_of(session).await?, blob);
        match self.link().call("HGET", args![key, chunk]).await?.into_iter().next() {
            Some(Flat::Text(bytes)) => Ok(Some(bytes)),
            None | Some(Flat::Nil) => Ok(None),
            Some(Flat::Int(_)) => Err(BusError::Broken("a chunk of a blob is a number".into())),
        }
    }

    pub(super) async fn forget_blob(&self, session: &SessionId, blob: &BlobId) -> Result<(), BusError> {
        let keys = self.blob_keys(session, blob).await?;
        self.link().script(&script::DROP_BLOB, &keys, args![blob.as_str()]).await?;
        Ok(())
    }

    async fn blob_keys(&self, session: &SessionId, blob: &BlobId) -> Result<[String; 3], BusError> {
        let shard = self.shard_of(session).await?;
        Ok([keys::blob(shard, blob), keys::blobs(shard), keys::blob_sizes(shard)])
    }
}
