//! Every Redis key there is, one function and a sentence each, by whose it is: `shard.rs`, `organization.rs`,
//! `deployment.rs`. What the streams of pointers hold is in `pointer.rs`.
//!
//! `ew1:` is the layout's version. The braces are Redis Cluster's hash tags: all keys of a shard live in one slot
//! (`{s17}`), all keys of an organization in another (`{o:acme}`), those of logins in a third, so that one script may touch
//! several of them.
//! Every key has a TTL, a length cap, or an owner that deletes it; the third column says which.
//!
//! | key | type | ends by |
//! |---|---|---|
//! | `ew1:layout` | hash | never: fixed at the first start |
//! | `ew1:hosts` | sorted set | members older than a minute are dropped by each heartbeat |
//! | `ew1:token:<sha256>` | string (JSON) | revocation, or TTL when the token expires; of a login TTL, at most 30 s |
//! | `ew1:placed` | set | never: two for each data folder |
//! | `ew1:orgs` | set | deletion of the organization |
//! | `ew1:hook-orgs` | set | the delivering hosts' sweep, once an organization has no webhook |
//! | `ew1:hook-hosts` | sorted set | members that missed their heartbeats are dropped by each heartbeat |
//! | `ew1:{logins}:hosts` | sorted set | as `hosts` |
//! | `ew1:{logins}:asks` | list | each entry is taken by a host that verifies logins; TTL, 10 s |
//! | `ew1:{logins}:answer:<ask>` | string (JSON) | TTL, 10 s |
//! | `ew1:{s17}:cmd` | stream | each entry is deleted when its command completes |
//! | `ew1:{s17}:dead` | stream | length cap |
//! | `ew1:{s17}:due` | sorted set | members go when their command is due, cancelled, or its session deleted |
//! | `ew1:{s17}:scheduled` | hash | as `due` |
//! | `ew1:{s17}:lease` | hash | never: it holds the epoch |
//! | `ew1:{s17}:sessions` | set | deletion of the session |
//! | `ew1:{s17}:outbox` | stream | each entry is deleted once relayed to its organization's feed |
//! | `ew1:{s17}:session:<id>` | hash | deletion of the session |
//! | `ew1:{s17}:schedule:<id>` | sorted set | as `due` |
//! | `ew1:{s17}:spent:<id>` | sorted set | TTL, an hour |
//! | `ew1:{s17}:met:<id>` | sorted set | TTL, 400 days after the last new one; another pairing; deletion of the session |
//! | `ew1:{s17}:pairing:<id>` | string (JSON) | TTL: the code's own time |
//! | `ew1:{s17}:ev:<id>` | stream | age, length cap; deletion of the session |
//! | `ew1:{s17}:seen:<id>:<hash>` | string | TTL |
//! | `ew1:{s17}:out:<command>` | string (JSON) | TTL |
//! | `ew1:{s17}:msg:<id>:<message>` | hash | TTL |
//! | `ew1:{s17}:chats:<id>` | sorted set | TTL, renewed by each message; older members are swept; deletion of the session |
//! | `ew1:{s17}:chat:<id>:<chat>` | hash | TTL, renewed by each message; deletion of the session |
//! | `ew1:{s17}:log:<id>:<chat>` | sorted set | as `chats` |
//! | `ew1:{s17}:unread:<id>:<chat>` | sorted set | as `log` |
//! | `ew1:{s17}:archived:<id>` | set | members go when the account takes the chat out of its archive; another pairing; deletion of the session |
//! | `ew1:{s17}:alias:<id>` | hash | TTL, renewed by each message; deletion of the session |
//! | `ew1:{s17}:names:<id>` | hash | TTL, renewed by each name; deletion of the session |
//! | `ew1:{s17}:blocked:<id>` | hash | another pairing; deletion of the session |
//! | `ew1:{s17}:history:<id>:<request>` | string (JSON) | TTL, 24 h |
//! | `ew1:{s17}:watched:<id>` | hash | at most 256 fields; deletion of the session |
//! | `ew1:{s17}:work:<command>` | hash | the end of its command, or TTL |
//! | `ew1:{s17}:blob:<blob>` | hash | the end of the command that owns it, or TTL, 10 minutes |
//! | `ew1:{s17}:blobs` | sorted set | members go with their blobs; swept by each write |
//! | `ew1:{s17}:blob-sizes` | hash | fields go with their blobs; swept by each write |
//! | `ew1:{s17}:media:<id>:<message>` | hash | TTL, renewed when it is asked for; the cache's budget; deletion of the session |
//! | `ew1:{s17}:media-use` | sorted set | members go with their files; swept by each write |
//! | `ew1:{s17}:media-sizes` | hash | as `media-use` |
//! | `ew1:{s17}:synced` | string | TTL of a minute; in a cluster only |
//! | `ew1:{s17}:dev:<id>:<table>` | hash | deletion of the session, or 7 days after a logout (quarantine) |
//! | `ew1:{o:acme}:org` | string (JSON) | deletion of the organization: it is empty then, with a TTL of 90 days, or until there is one of that id again |
//! | `ew1:{o:acme}:users` | hash | fields go with their users; deletion of the organization |
//! | `ew1:{o:acme}:tokens` | hash | revocation; those that are gone are swept when they are listed; deletion of the organization |
//! | `ew1:{o:acme}:audit` | stream | length cap; 90 days after the deletion of the organization |
//! | `ew1:{o:acme}:audit-before:<ms>` | stream | TTL: what was left of those 90 days when there was an organization of that id again |
//! | `ew1:{o:acme}:sessions` | sorted set | deletion of the session |
//! | `ew1:{o:acme}:idem:<sha256>` | string (JSON) | TTL, 24 h |
//! | `ew1:{o:acme}:feed` | stream | age, length cap; deletion of the organization |
//! | `ew1:{o:acme}:relayed` | hash | one field per shard and [`GONE_FIELD`], overwritten; deletion of the organization |
//! | `ew1:{o:acme}:webhooks` | hash | deletion of the webhook |
//! | `ew1:{o:acme}:hooks-lease` | hash | never: it holds the epoch |
//! | `ew1:{o:acme}:hook:<id>` | hash | deletion of the webhook |
//! | `ew1:{o:acme}:hook-dead:<id>` | stream | length cap; deletion of the webhook |
//! | `ew1:{o:acme}:hook-again:<id>` | stream | each entry is deleted once delivered or dead; deletion of the webhook |
//! | `ew1:{o:acme}:hook-log:<id>` | stream | length cap; TTL, 7 days; deletion of the webhook |
//! | `ew1:{o:acme}:hook-asks` | list | each entry is taken by the delivering host; TTL of a minute |
//! | `ew1:{o:acme}:hook-answer:<ask>` | string (JSON) | TTL of a minute |
//! | `ew1:{r:<instance>}:replies` | list | TTL of a minute, renewed by each push |

mod deployment;
mod organization;
mod pointer;
mod shard;

pub use self::deployment::*;
pub use self::organization::*;
pub use self::pointer::*;
pub use self::shard::*;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{OrganizationId, RequestId, SessionId};
    use crate::shard::Shard;

    #[test]
    fn keys_of_a_shard_share_its_tag() {
        let shard = Shard::from_number(17);
        let session = SessionId::parse("main").unwrap();
        for key in [
            commands(shard),
            lease(shard),
            outbox(shard),
            events(shard, &session),
            device(shard, &session, "device"),
        ] {
            assert!(key.starts_with("ew1:{s17}:"), "{key}");
        }
        let acme = OrganizationId::parse("acme").unwrap();
        assert_eq!(feed(&acme), "ew1:{o:acme}:feed");
        for key in [organization(&acme), users(&acme), tokens(&acme), audit(&acme), audit_before(&acme, 1)] {
            assert!(key.starts_with("ew1:{o:acme}:"), "{key}");
        }
        let ask = RequestId::parse("ask").unwrap();
        for key in [login_hosts(), login_asks(), login_answer(&ask)] {
            assert!(key.starts_with("ew1:{logins}:"), "{key}");
        }
    }
}
