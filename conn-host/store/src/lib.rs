//! conn-host's side of Redis: the connection, fenced writes, and the sealed device store.
//!
//! * [`connection`]: [`Redis`], what a host asks; `node`: one multiplexed connection to a server, which heals itself;
//!   `nodes`: which server is asked, in a cluster; `sentinel`: which is the primary; [`settings`] are the limits,
//!   [`durability`] says what the server promises to keep, [`error`] what can go wrong;
//! * [`fence`] and [`write`](mod@write): who may write, and the one way in which anything is written;
//! * [`seal`]: the encryption of everything that is stored for a device;
//! * [`blob`]: bytes on their way between a handler and conn-host;
//! * [`device`]: [`DeviceStore`], whatsapp-rust's `Backend` over the three above.
//!
//! Two rules hold everywhere. Whatever changes a shard goes through a script that compares the shard's epoch, so
//! that a host that lost its lease changes nothing. And whatever belongs to a device is sealed before it leaves
//! the process, under a key that is bound to its session, its table and its field.

pub mod blob;
pub mod connection;
pub mod device;
pub mod durability;
pub mod error;
pub mod fence;
mod media;
mod node;
mod nodes;
pub mod seal;
mod sentinel;
pub mod settings;
pub mod write;

pub use blob::{BlobReader, BlobWriter};
pub use connection::Redis;
pub use device::{DeviceStore, KeptRecord, has_begun};
pub use durability::Durability;
pub use error::StoreError;
pub use fence::Fence;
pub use media::{MediaWriter, cached_media, forget_media};
pub use seal::{MasterKey, MasterKeys};
pub use settings::Settings;
pub use write::Writes;
