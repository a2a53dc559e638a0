//! The fake's cache of received files.

use std::collections::BTreeMap;

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::media::BLOB_CHUNK;

use super::FakeBus;
use crate::bus::{BusError, Cache};

/// The files, by session and message.
pub type Files = BTreeMap<(SessionId, MessageId), Vec<u8>>;

impl FakeBus {
    /// Puts a received file into the cache, as a conn-host does.
    pub fn cache(&self, session: &SessionId, message: &MessageId, bytes: &[u8]) {
        self.state.borrow_mut().cached.insert((session.clone(), message.clone()), bytes.to_vec());
    }
}

impl Cache for FakeBus {
    async fn cached(
        &self,
        session: &SessionId,
        message: &MessageId,
        _now_ms: i64,
    ) -> Result<Option<u64>, BusError> {
        let state = self.state.borrow();
        Ok(state.cached.get(&(session.clone(), message.clone())).map(|bytes| bytes.len() as u64))
    }

    async fn cached_chunk(
        &self,
        session: &SessionId,
        message: &MessageId,
        chunk: u64,
    ) -> Result<Option<Vec<u8>>, BusError> {
        let state = self.state.borrow();
        let file = state.cached.get(&(session.clone(), message.clone()));
        let chunk = usize::try_from(chunk).unwrap_or(usize::MAX);
        Ok(file.and_then(|bytes| bytes.chunks(BLOB_CHUNK).nth(chunk)).map(<[u8]>::to_vec))
    }
}
