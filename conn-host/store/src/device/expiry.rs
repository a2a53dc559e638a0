//! Dropping what is over from the tables whose records carry a time in the clear.
//!
//! The library asks every five minutes. A sweep looks at a table in small parts, so that it never holds Redis up, and
//! learns when the next record will be over: until then, asking costs nothing.

use std::sync::atomic::{AtomicI64, Ordering};

use redis::FromRedisValue;

use super::{DeviceStore, SWEEP, table};
use crate::error::StoreError;

/// How many records one call of the script looks at.
const PART: &[u8] = b"500";

/// What is known of each stamped table.
#[derive(Default)]
pub(super) struct Dues {
    sent: Due,
    pending: Due,
    base_key: Due,
    msg_secret: Due,
}

/// The earliest stamp of a table, as far as it is known.
struct Due {
    /// As the last whole sweep found it; the lowest number while nothing is known.
    swept: AtomicI64,
    /// The lowest that was written since that sweep began.
    written: AtomicI64,
}

impl Default for Due {
    fn default() -> Self {
        Self { swept: AtomicI64::new(i64::MIN), written: AtomicI64::new(i64::MAX) }
    }
}

impl Dues {
    fn of(&self, name: &str) -> &Due {
        match name {
            table::SENT => &self.sent,
            table::PENDING => &self.pending,
            table::BASE_KEY => &self.base_key,
            _ => &self.msg_secret,
        }
    }
}

impl DeviceStore {
    /// Notes that a record with this stamp was written, or may have been. After the write, so that a sweep that
    /// begins meanwhile either sees the record or leaves the note.
    pub(super) fn note_stamp(&self, table: &'static str, stamp: u64) {
        if stamp > 0 {
            let stamp = i64::try_from(stamp).unwrap_or(i64::MAX);
            self.due.of(table).written.fetch_min(stamp, Ordering::SeqCst);
        }
    }

    /// Removes the records with a stamp below `limit`, and says how many there were. No round trip when there can be
    /// none, else one per 500 records of the table.
    pub(super) async fn sweep(&self, table: &'static str, limit: i64) -> Result<u32, StoreError> {
        let due = self.due.of(table);
        let earliest = due.swept.load(Ordering::SeqCst).min(due.written.load(Ordering::SeqCst));
        if limit <= earliest || limit <= 0 {
            return Ok(0);
        }
        // Unknown, unless the sweep comes to its end.
        due.swept.store(i64::MIN, Ordering::SeqCst);
        due.written.store(i64::MAX, Ordering::SeqCst);
        let (mut cursor, mut removed, mut lowest) = (b"0".to_vec(), 0_u32, i64::MAX);
        loop {
            let args = vec![cursor, PART.to_vec(), limit.to_string().into_bytes()];
            let answer = self.run(&SWEEP, table, args).await?;
            let (next, part, left) = <(Vec<u8>, u32, i64)>::from_redis_value(answer)
                .map_err(|error| StoreError::Answer(error.to_string()))?;
            removed = removed.saturating_add(part);
            if left > 0 {
                lowest = lowest.min(left);
            }
            if next == b"0" {
                break;
            }
            cursor = next;
        }
        due.swept.store(lowest, Ordering::SeqCst);
        Ok(removed)
    }
}
