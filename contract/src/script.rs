//! The Lua scripts: one per atomic step, run with `EVALSHA` and, where Redis does not know them yet, once with
//! `EVAL`. Each file in `contract/lua` opens with what its KEYS and ARGV are and what it answers.
//!
//! Scripts that write what only a shard's owner may write begin by comparing the epoch; when the lease has moved on
//! they answer the error [`FENCED`] and change nothing.

/// The first word of the error that a fenced script gives to a host that lost its lease.
pub const FENCED: &str = "FENCED";

/// A script and its SHA-1, by which Redis knows it.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its name, for logs.
    pub name: &'static str,
    /// The source.
    pub source: &'static str,
}

impl Script {
    /// The name that `EVALSHA` takes: the hex SHA-1 of the source.
    pub fn sha(&self) -> String {
        sha1_smol::Sha1::from(self.source).digest().to_string()
    }
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)+;)*) => {
        $($(#[$doc])* pub const $name: Script = Script {
            name: stringify!($name),
            source: concat!($(include_str!(concat!("../lua/", $file, ".lua"))),+),
        };)*
        /// Every script.
        pub const ALL: &[&Script] = &[$(&$name),*];
    };
}

scripts! {
    /// Takes a command in: the session is there and can send, then its outcome and stream entry.
    ADMIT = "budget" "admit";
    /// Takes a command's share of its session's budget. Fenced.
    PACE = "budget" "pace";
    /// Moves a scheduled command into its shard's queue. Fenced.
    ENQUEUE = "enqueue";
    /// Takes a scheduled command out before its time, and ends it.
    UNSCHEDULE = "forget_blob" "unschedule";
    /// Binds an Idempotency-Key to a command, or says to which one it is bound.
    BIND = "bind";
    /// Makes a session.
    CREATE_SESSION = "create_session";
    /// Changes what its owner said of a session.
    CHANGE_SESSION = "change_session";
    /// Says what is wanted of a session and takes in the command that makes it so.
    STEER_SESSION = "steer_session";
    /// Looks at a session: record, owner, pairing step, last event.
    LOOK = "look";
    /// Says that a host is there, and who else is.
    HEARTBEAT = "heartbeat";
    /// Asks the hosts that verify logins.
    ASK_LOGIN = "ask_login";
    /// Takes a lease that is free, over or ours.
    CLAIM = "claim";
    /// Prolongs a lease that is still ours.
    RENEW = "renew";
    /// Gives a lease back.
    RELEASE = "release";
    /// Opens a shard's commands to its owner, and to nobody before. Fenced.
    OPEN_COMMANDS = "open_commands";
    /// Appends events, once each. Fenced.
    APPEND = "chat_index" "append";
    /// Says that a command takes long. Fenced.
    BACKGROUND = "background";
    /// Ends a command: outcome, status, event, stream entry. Fenced.
    COMPLETE = "chat_index" "forget_blob" "complete";
    /// Moves a sent message's status forward. Fenced.
    ADVANCE = "advance";
    /// Says up to when a chat was read, or that it is marked as unread. Fenced.
    READ_CHAT = "read_chat";
    /// Writes a session's state and its event. Fenced.
    SET_SESSION = "set_session";
    /// Puts pointers into an organization's feed, once each.
    RELAY = "relay";
    /// Writes how far a webhook is, and what its deliveries left behind. Fenced.
    HOOK = "hook";
    /// Keeps a webhook's record, if the one before it is still there.
    KEEP_HOOK = "keep_hook";
    /// Forgets webhooks and all that is theirs.
    DROP_HOOKS = "drop_hooks";
    /// Looks at webhooks: breaker, dead letters.
    LOOK_HOOKS = "look_hooks";
    /// Has dead letters delivered again.
    REPLAY_HOOK = "replay_hook";
    /// Keeps a user, or where a token is, and who did it.
    KEEP_MEMBER = "keep_member";
    /// Forgets a user, or where a token was, and says who did it.
    DROP_MEMBER = "drop_member";
    /// Has an organization of an id be there.
    FOUND_ORGANIZATION = "revive" "found_organization";
    /// Puts a session into its organization's index.
    INDEX_SESSION = "revive" "index_session";
    /// Keeps an organization's record, and who did it.
    KEEP_ORGANIZATION = "keep_organization";
    /// Forgets an organization and all that is its.
    DROP_ORGANIZATION = "drop_organization";
    /// Writes a token's record over the one that was read.
    SWAP_TOKEN = "swap_token";
    /// Any batch of writes to keys of one shard. Fenced.
    WRITE = "write";
    /// Puts a chunk into a blob, within the shard's budget.
    PUT_BLOB = "put_blob";
    /// Forgets a blob that no command owns.
    DROP_BLOB = "forget_blob" "drop_blob";
    /// Makes room in the cache of received files. Fenced.
    ROOM_FOR_MEDIA = "room_for_media";
    /// Takes files out of the cache of received files. Fenced.
    DROP_MEDIA = "drop_media";
    /// Says that a cached file was asked for.
    TOUCH_MEDIA = "touch_media";
    /// Reads and removes fields of a device table. Fenced.
    TAKE = "take";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_says_what_it_takes() {
        for script in ALL {
            assert!(script.source.starts_with("--"), "{} has no opening comment", script.name);
            assert_eq!(script.sha().len(), 40);
        }
    }
}
