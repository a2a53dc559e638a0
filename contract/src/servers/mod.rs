//! Redis's servers: what a URL says of them, and which of a cluster's has a key. Both halves ask the same way.
//!
//! * [`RedisUrl`]: one server, several nodes of a cluster, or several sentinels;
//! * [`slot`], [`Slots`], [`Redirect`]: Redis Cluster's slots, who has them, and what a node says that has not.

mod slots;
mod url;

pub use self::slots::{Redirect, SLOTS, Slots, Told, slot};
pub use self::url::{RedisUrl, endpoint};
