//! whatsapp-rust's `Backend` over Redis: one [`DeviceStore`] is one WhatsApp device.
//!
//! * `table`: the tables, one Redis hash per concern, and what bounds each; `record`: what stands in them;
//! * `io`: the few ways in which all of it is read and written; `expiry`: dropping what is over;
//! * `signal` with `prekey`, `app_sync`, `protocol` with `sender_key_device`, `lid`, `tc_token` and
//!   `message`, `msg_secret`, `credentials`: the library's traits;
//! * `kept`: messages that are kept, and what commands have done so far; `names`: what people call themselves;
//! * `end`: forgetting a device, or setting it aside.
//!
//! A call of a trait is one round trip; those that must look before they write (they say so) are two, under a lock
//! of the session. The lock is of this process, which is enough: the fence lets one process write.
//!
//! A call that must be on disk before the library goes on (ratchets, pre-keys, the device) waits for it where the
//! server can say so ([`crate::Settings::wait_aof`]). Redis's append-only file keeps the order of the writes, so
//! whatever was written before is on disk then, too.

mod app_sync;
mod blocked;
mod chats;
mod credentials;
mod end;
mod expiry;
mod io;
mod kept;
mod lid;
mod message;
mod msg_secret;
mod names;
mod prekey;
mod protocol;
mod record;
mod sender_key_device;
mod signal;
mod table;
mod tc_token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::script::Script;
use redis::Cmd;
use tokio::sync::{Mutex, RwLock, watch};

use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::seal::{MasterKeys, SessionKey};

pub use end::QUARANTINE_SECONDS;
pub use kept::{KeptRecord, has_begun};

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])* const $name: Script =
            Script { name: $file, source: include_str!(concat!("../../lua/", $file, ".lua")) };)*
        /// The scripts of this crate, which only the device store needs.
        pub(crate) const SCRIPTS: &[&Script] = &[$(&$name),*];
    };
}

scripts! {
    /// Sets fields that do not exist yet. Fenced.
    PUT_NEW = "put_new";
    /// Removes what is over. Fenced.
    SWEEP = "sweep";
    /// Removes fields by their beginning. Fenced.
    DROP_PREFIX = "drop_prefix";
    /// Renames a device's tables and lets them expire. Fenced.
    SET_ASIDE = "set_aside";
}

/// One WhatsApp device in Redis: implements the library's `Backend`.
///
/// Open one per running session and drop it with the session; it holds no connection of its own. Errors reach the
/// library as its own `StoreError`, with ours as their source.
pub struct DeviceStore {
    redis: Redis,
    fence: Fence,
    session: SessionId,
    key: SessionKey,
    /// Raised for good when a write was refused.
    fenced: watch::Sender<bool>,
    /// Set once the device was forgotten or set aside: its key is gone, so nothing may be written any more. Held for
    /// reading by every write, so that none is on its way when the tables go.
    gone: RwLock<bool>,
    /// Held by what looks before it writes.
    look_and_write: Mutex<()>,
    /// Users with Signal state, once somebody asked ([`signal`]).
    peers: Mutex<Option<signal::Peers>>,
    due: expiry::Dues,
    /// Counts what could not be read.
    unread: watch::Sender<u64>,
    /// Counts what was read and could not be opened.
    damaged: AtomicU64,
    /// Counts what was stored as sent, to look at the table's size now and then.
    sent: AtomicU32,
}

impl DeviceStore {
    /// Opens the store of `session`, which belongs to the shard of `fence`. A session that never was paired gets a
    /// key and no device: the library makes one (`exists`, `create`).
    ///
    /// Errors: [`StoreError::Sealed`] when the session's key is wrapped by a master key that was not given;
    /// [`StoreError::Corrupt`] when the key is damaged, or missing while there is a device;
    /// [`StoreError::Fenced`]; [`StoreError::Unavailable`]. One round trip, three for a session's first time.
    pub async fn open(
        redis: Redis,
        fence: Fence,
        session: SessionId,
        masters: Arc<MasterKeys>,
    ) -> Result<Arc<Self>, StoreError> {
        let key = SessionKey::load_or_create(&redis, fence, &session, &masters).await?;
        Ok(Arc::new(Self {
            redis,
            fence,
            session,
            key,
            fenced: watch::Sender::new(false),
            gone: RwLock::default(),
            look_and_write: Mutex::default(),
            peers: Mutex::default(),
            due: expiry::Dues::default(),
            unread: watch::Sender::default(),
            damaged: AtomicU64::default(),
            sent: AtomicU32::new(0),
        }))
    }

    /// Whose device it is.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The ownership under which it writes.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// Turns true, and stays so, when a write was refused because the lease has moved on: close the session's
    /// socket at once, another host owns it. The store sends nothing to Redis after that.
    pub fn fenced(&self) -> watch::Receiver<bool> {
        self.fenced.subscribe()
    }

    /// Whether a write was refused.
    pub fn is_fenced(&self) -> bool {
        *self.fenced.borrow()
    }

    /// How often Redis could not be read. What the library writes to WhatsApp after that may lack what it was not given: a
    /// message its recipient, an answer its keys.
    pub fn unread(&self) -> watch::Receiver<u64> {
        self.unread.subscribe()
    }

    /// How often a record was damaged. Reading it again would not help.
    pub fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Acquire)
    }

    /// Whether the library has made a device here; it may not be paired yet.
    pub async fn exists_device(&self) -> Result<bool, StoreError> {
        self.redis.query(&Cmd::hexists(self.table(table::DEVICE), table::DEVICE)).await
    }

    /// The Redis key of a table.
    fn table(&self, name: &str) -> String {
        keys::device(self.fence.shard, &self.session, name)
    }
}

impl std::fmt::Debug for DeviceStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceStore")
            .field("session", &self.session)
            .field("fence", &self.fence)
            .finish_non_exhaustive()
    }
}

/// The time, unix seconds.
fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
