//! Keys of an organization, all in the slot of its tag: what it is, its users and tokens and who changed them, which
//! sessions it has, its feed, its webhooks.

use crate::ids::{OrganizationId, RequestId, WebhookId};

/// The one field of an entry in [`hook_dead`] and [`hook_again`]: the JSON of [`crate::webhook::DeadLetter`].
pub const DEAD_FIELD: &str = "d";
/// The one field of an entry in [`hook_log`]: the JSON of [`crate::webhook::Delivery`].
pub const LOG_FIELD: &str = "l";
/// The one field of an entry in [`audit`]: the JSON of [`crate::access::Act`].
pub const ACT_FIELD: &str = "a";
/// About how many acts an organization's audit keeps; the oldest go first.
pub const AUDIT_KEPT: u64 = 10_000;
/// How long the audit outlives its organization, seconds.
pub const AUDIT_TTL_SECONDS: u64 = 90 * 24 * 3600;
/// How long an idempotency record is kept, seconds.
pub const IDEMPOTENCY_TTL_SECONDS: u64 = 24 * 3600;
/// The most pointers that an organization's feed keeps, unless set otherwise.
pub const FEED_KEPT: u64 = 1_000_000;
/// The field of [`relayed`] that names the last entry that was dropped from the feed: its id, a space, its
/// [`super::Pointer`]. Who stands before it has missed some; who stands at it has missed none.
pub const GONE_FIELD: &str = "gone";

/// The organization itself: the JSON of [`crate::access::Organization`]. One that came to be with a token or a session
/// has none. Of one that was deleted it is empty, for [`AUDIT_TTL_SECONDS`]: so whoever is about to keep something in it
/// sees that it is gone.
pub fn organization(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:org")
}

/// The organization's users: field is the id, value the JSON of [`crate::access::User`].
pub fn users(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:users")
}

/// The organization's tokens: field is the id, value the hash under which the record is ([`super::token`]), which may be
/// gone: expired, or not yet written.
pub fn tokens(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:tokens")
}

/// What was done to the organization and what is its, and what its tokens did to others.
pub fn audit(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:audit")
}

/// What was done to an organization that was deleted, once there was one of its id again, at this time (unix ms).
pub fn audit_before(organization: &OrganizationId, at_ms: i64) -> String {
    format!("ew1:{{o:{organization}}}:audit-before:{at_ms}")
}

/// An organization's sessions: member is the id, score the time of creation.
pub fn organization_sessions(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:sessions")
}

/// Which command an Idempotency-Key led to; `hash` is over the key.
pub fn idempotency(organization: &OrganizationId, hash: &str) -> String {
    format!("ew1:{{o:{organization}}}:idem:{hash}")
}

/// Pointers to all events of the organization, in one order for every reader.
pub fn feed(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:feed")
}

/// Per shard, the last outbox entry that the feed has: makes relaying twice harmless. And [`GONE_FIELD`].
pub fn relayed(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:relayed")
}

/// The organization's webhooks: field is the id, value the JSON of [`crate::webhook::Webhook`].
pub fn webhooks(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:webhooks")
}

/// Who delivers the organization's webhooks; the same form as a shard's lease.
pub fn hooks_lease(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:hooks-lease")
}

/// A webhook's place: `cursor` (all up to this feed entry is done), and for entries behind it that are not as new, a field
/// of the entry's name each: `done`, or `<attempts> <next_at>` of one that failed. Of an entry of [`hook_again`] the field
/// is `again:<entry>`. Beside them the fields of [`crate::webhook::Breaker`]. Absent until a host first sees the webhook.
pub fn hook(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook:{webhook}")
}

/// The events that a webhook's receiver never took ([`crate::webhook::DeadLetter`]).
pub fn hook_dead(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-dead:{webhook}")
}

/// Dead letters that somebody asked to have delivered again, in the form of [`hook_dead`].
pub fn hook_again(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-again:{webhook}")
}

/// A webhook's deliveries, one entry an attempt.
pub fn hook_log(organization: &OrganizationId, webhook: &WebhookId) -> String {
    format!("ew1:{{o:{organization}}}:hook-log:{webhook}")
}

/// What is asked of the organization's delivering host ([`crate::webhook::ask::Ask`]), the oldest first.
pub fn hook_asks(organization: &OrganizationId) -> String {
    format!("ew1:{{o:{organization}}}:hook-asks")
}

/// The answer to one of them ([`crate::webhook::ask::Tried`]).
pub fn hook_answer(organization: &OrganizationId, ask: &RequestId) -> String {
    format!("ew1:{{o:{organization}}}:hook-answer:{ask}")
}
