//! The cache of received files, as handlers read it: [`Cache`] is the part of the bus that asks for it. conn-host writes it.

use edgewire_contract::ids::{MessageId, SessionId};

use super::BusError;

/// Received files.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Cache {
    /// How many bytes the file of a message has, if it is there; it stays for another day. One round trip.
    async fn cached(
        &self,
        session: &SessionId,
        message: &MessageId,
        now_ms: i64,
    ) -> Result<Option<u64>, BusError>;

    /// A chunk of it ([`edgewire_contract::media::BLOB_CHUNK`] bytes, but for the last). One round trip.
    async fn cached_chunk(
        &self,
        session: &SessionId,
        message: &MessageId,
        chunk: u64,
    ) -> Result<Option<Vec<u8>>, BusError>;
}
