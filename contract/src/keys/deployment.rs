//! Keys of the deployment: its facts, its hosts, its tokens and the lists that wake its handlers, which share no slot; and
//! its logins, which do, so that one script may look who takes them and ask.

use crate::ids::RequestId;

/// How long a reply list lives without a push, seconds.
pub const REPLIES_TTL_SECONDS: u64 = 60;
/// How long [`synced`] lives, seconds.
pub const SYNCED_TTL_SECONDS: u64 = 60;
/// A conn-host whose heartbeat is older than this, ms, is not alive.
pub const HOST_ALIVE_MS: i64 = 5_000;

/// Facts of the deployment: `shards` and `network` (whatsapp or sandbox), which never change, and `synced`, which conn-host writes to wait for the disk.
pub fn layout() -> String {
    "ew1:layout".into()
}

/// What conn-host writes to wait for the disk of the node that has the slot of a hash tag, in a cluster.
pub fn synced(tag: &str) -> String {
    format!("ew1:{{{tag}}}:synced")
}

/// Which conn-hosts are alive: member is the host's id, score its last heartbeat (unix ms, by Redis's clock).
pub fn hosts() -> String {
    "ew1:hosts".into()
}

/// A token's record, by [`crate::token::token_hash`].
pub fn token(hash: &str) -> String {
    format!("ew1:token:{hash}")
}

/// The hashes of the tokens that `cargo xtask up` has made: it makes none twice, so that one that was revoked stays so.
pub fn placed() -> String {
    "ew1:placed".into()
}

/// The ids of all organizations: those that were made, and those that came to be with a session or a token.
pub fn organizations() -> String {
    "ew1:orgs".into()
}

/// The ids of the organizations that have webhooks, so that those without cost nothing. Whoever creates a webhook adds
/// its organization first; a sweep by the delivering hosts mends what was left out.
pub fn hook_organizations() -> String {
    "ew1:hook-orgs".into()
}

/// Which hosts deliver webhooks, so that they share the organizations out; the same form as [`hosts`], by Redis's clock.
pub fn hook_hosts() -> String {
    "ew1:hook-hosts".into()
}

/// The list that wakes the waiting requests of one handler instance.
pub fn replies(instance: &str) -> String {
    format!("ew1:{{r:{instance}}}:replies")
}

/// Which hosts verify logins; the same form as [`hosts`], by Redis's clock. One that ends stays until it is forgotten, so
/// that logins that nobody can verify now are told from those that nobody takes.
pub fn login_hosts() -> String {
    "ew1:{logins}:hosts".into()
}

/// What is asked of those hosts ([`crate::login::Ask`]), the oldest first.
pub fn login_asks() -> String {
    "ew1:{logins}:asks".into()
}

/// The answer to one of them ([`crate::login::Answer`]).
pub fn login_answer(ask: &RequestId) -> String {
    format!("ew1:{{logins}}:answer:{ask}")
}
