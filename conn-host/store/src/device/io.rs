//! The few ways in which the tables are read and written: everything is sealed here, and every write is fenced here.

use std::sync::atomic::Ordering;
use std::time::Duration;

use edgewire_contract::script::Script;
use redis::{Cmd, FromRedisValue, Pipeline, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::RwLockReadGuard;
use tokio::time::Instant;

use super::{DeviceStore, record};
use crate::error::StoreError;
use crate::seal::{self, Opened};
use crate::write::Writes;

/// How long a read is asked again while Redis is away: longer than a failover takes, as a rule.
const READ_AGAIN: Duration = Duration::from_secs(3);
/// The first pause between two readings; each further one is twice as long.
const READ_PAUSE: Duration = Duration::from_millis(20);

/// A field and its sealed value.
pub(super) type Row = (Vec<u8>, Vec<u8>);

impl DeviceStore {
    /// An empty batch of writes.
    pub(super) fn writes(&self) -> Writes {
        Writes::new(self.fence)
    }

    /// Runs a batch of writes.
    pub(super) async fn commit(&self, writes: Writes) -> Result<(), StoreError> {
        let _alive = self.alive().await?;
        self.watch(writes.commit(&self.redis).await)
    }

    /// Runs a batch of writes that must be on disk before the library goes on.
    pub(super) async fn commit_durable(&self, writes: Writes) -> Result<(), StoreError> {
        let _alive = self.alive().await?;
        self.watch(writes.commit_durable(&self.redis).await)
    }

    /// Runs a fenced script over one table.
    pub(super) async fn run(
        &self,
        script: &Script,
        table: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Value, StoreError> {
        let _alive = self.alive().await?;
        let keys = [self.fence.lease_key(), self.table(table)];
        let args: Vec<_> = std::iter::once(self.fence.epoch.to_string().into_bytes()).chain(args).collect();
        self.watch(self.redis.run(script, &keys, &args).await)
    }

    /// Seals `plain` for a field.
    pub(super) fn row(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
        plain: &[u8],
    ) -> Result<Row, StoreError> {
        let field = field.as_ref();
        Ok((field.to_vec(), self.key.seal(table, field, plain)?))
    }

    /// Seals a structured value for a field.
    pub(super) fn record<T: Serialize>(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
        value: &T,
    ) -> Result<Row, StoreError> {
        self.row(table, field, &record::encode(value)?)
    }

    /// Sets one field. One round trip.
    pub(super) async fn put(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
        plain: &[u8],
    ) -> Result<(), StoreError> {
        let row = self.row(table, field, plain)?;
        self.commit(self.writes().hset_owned(self.table(table), vec![row])).await
    }

    /// Sets one field with a time. One round trip.
    pub(super) async fn put_stamped(
        &self,
        table: &'static str,
        field: Vec<u8>,
        stamp: u64,
        plain: &[u8],
    ) -> Result<(), StoreError> {
        let value = self.key.seal_stamped(table, &field, stamp, plain)?;
        let result = self.commit(self.writes().hset_owned(self.table(table), vec![(field, value)])).await;
        self.note_stamp(table, stamp);
        result
    }

    /// Removes fields. One round trip.
    pub(super) async fn delete<F: AsRef<[u8]>>(
        &self,
        table: &'static str,
        fields: &[F],
    ) -> Result<(), StoreError> {
        self.commit(self.writes().hdel(self.table(table), fields)).await
    }

    /// Reads with one command.
    pub(super) async fn read<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.surely(|| self.redis.query(command)).await
    }

    /// Reads with several commands.
    pub(super) async fn read_all<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, StoreError> {
        self.surely(|| self.redis.pipeline(commands)).await
    }

    /// Reads, and for some seconds again while Redis is away: the library takes an error for an answer, and leaves out whom it
    /// could not encrypt for. That Redis is away for longer is told ([`Self::unread`]).
    async fn surely<T, F>(&self, read: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let until = Instant::now() + READ_AGAIN;
        let mut pause = READ_PAUSE;
        loop {
            let result = read().await;
            if !matches!(&result, Err(e) if e.is_retryable()) {
                return result;
            }
            if Instant::now() + pause >= until {
                self.unread.send_modify(|unread| *unread += 1);
                return result;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Opens what stands in a field.
    pub(super) fn open_sealed(
        &self,
        table: &'static str,
        field: &[u8],
        sealed: &[u8],
    ) -> Result<Opened, StoreError> {
        self.key.open(table, field, sealed).inspect_err(|_| self.note_damage())
    }

    /// Counts a record that is damaged: the error for it.
    pub(super) fn damage(&self, table: &'static str, field: &str) -> StoreError {
        self.note_damage();
        seal::corrupt(table, field)
    }

    fn note_damage(&self) {
        self.damaged.fetch_add(1, Ordering::AcqRel);
    }

    /// Reads one field. One round trip.
    pub(super) async fn get(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get_opened(table, field).await?.map(|opened| opened.plain))
    }

    /// Reads one field with its time. One round trip.
    pub(super) async fn get_opened(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
    ) -> Result<Option<Opened>, StoreError> {
        self.check_there().await?;
        let field = field.as_ref();
        let sealed: Option<Vec<u8>> = self.read(&Cmd::hget(self.table(table), field)).await?;
        sealed.map(|sealed| self.open_sealed(table, field, &sealed)).transpose()
    }

    /// Reads one structured value. One round trip.
    pub(super) async fn get_record<T: DeserializeOwned>(
        &self,
        table: &'static str,
        field: impl AsRef<[u8]>,
    ) -> Result<Option<T>, StoreError> {
        let field = field.as_ref();
        self.get(table, field).await?.map(|plain| decode(table, field, &plain)).transpose()
    }

    /// Reads several fields, in their order. One round trip; none for none.
    pub(super) async fn get_many<F: AsRef<[u8]>>(
        &self,
        table: &'static str,
        fields: &[F],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.check_there().await?;
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = Cmd::new();
        command.arg("HMGET").arg(self.table(table));
        for field in fields {
            command.arg(field.as_ref());
        }
        let sealed: Vec<Option<Vec<u8>>> = self.read(&command).await?;
        let open = |(field, sealed): (&F, Option<Vec<u8>>)| {
            let opened = sealed.map(|sealed| self.open_sealed(table, field.as_ref(), &sealed)).transpose();
            opened.map(|opened| opened.map(|opened| opened.plain))
        };
        fields.iter().zip(sealed).map(open).collect()
    }

    /// Reads several structured values, in their order. One round trip; none for none.
    pub(super) async fn get_records<T: DeserializeOwned, F: AsRef<[u8]>>(
        &self,
        table: &'static str,
        fields: &[F],
    ) -> Result<Vec<Option<T>>, StoreError> {
        let read = |(field, plain): (&F, Option<Vec<u8>>)| {
            plain.map(|plain| decode(table, field.as_ref(), &plain)).transpose()
        };
        fields.iter().zip(self.get_many(table, fields).await?).map(read).collect()
    }

    /// Reads a whole table. One round trip.
    pub(super) async fn get_all(&self, table: &'static str) -> Result<Vec<Row>, StoreError> {
        self.check_there().await?;
        let rows: Vec<Row> = self.read(&Cmd::hgetall(self.table(table))).await?;
        rows.into_iter()
            .map(|(field, sealed)| {
                let opened = self.open_sealed(table, &field, &sealed)?;
                Ok((field, opened.plain))
            })
            .collect()
    }

    /// Reads a whole table of structured values whose fields are text. One round trip.
    pub(super) async fn get_all_records<T: DeserializeOwned>(
        &self,
        table: &'static str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.get_all(table)
            .await?
            .into_iter()
            .map(|(field, plain)| {
                let value = decode(table, &field, &plain)?;
                Ok((text(table, field)?, value))
            })
            .collect()
    }

    /// Reads the names of a table's fields, which must be text. One round trip.
    pub(super) async fn fields(&self, table: &'static str) -> Result<Vec<String>, StoreError> {
        self.check_there().await?;
        let fields: Vec<Vec<u8>> = self.read(&Cmd::hkeys(self.table(table))).await?;
        fields.into_iter().map(|field| text(table, field)).collect()
    }

    /// Errors once the device is gone.
    pub(super) async fn check_there(&self) -> Result<(), StoreError> {
        if *self.gone.read().await { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// The permission to write, for as long as it is held.
    async fn alive(&self) -> Result<RwLockReadGuard<'_, bool>, StoreError> {
        if self.is_fenced() {
            return Err(StoreError::Fenced);
        }
        let gone = self.gone.read().await;
        if *gone { Err(StoreError::Gone) } else { Ok(gone) }
    }

    /// Raises the flag when a write was refused.
    pub(super) fn watch<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Fenced)) && !self.fenced.send_replace(true) {
            tracing::warn!(session = %self.session, shard = %self.fence.shard, epoch = self.fence.epoch,
                "a write was refused: the lease has moved on");
        }
        result
    }
}

/// Reads a structured value that stood in `field`.
pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    field: &[u8],
    plain: &[u8],
) -> Result<T, StoreError> {
    record::decode(plain).ok_or_else(|| seal::corrupt(table, field))
}

/// A field's name as text.
fn text(table: &'static str, field: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(field).map_err(|error| seal::corrupt(table, error.into_bytes()))
}
