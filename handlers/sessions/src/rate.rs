//! How fast a session may send, as a body says it.

use edgewire_contract::session::Rate;
use edgewire_contract::shape::{flag, optional, whole};

/// The most messages that a limit can let out in a minute, and in an hour.
const MOST_PER_MINUTE: i64 = 10_000;
const MOST_PER_HOUR: i64 = 100_000;
/// The most new people in a day.
const MOST_NEW: i64 = 10_000;
/// The longest random pause, ms.
const LONGEST_JITTER: i64 = 10_000;

edgewire_contract::record! {
    /// How fast a session may send, and in what manner. What is left out has no limit. Whatever goes out as a message counts: edits, deletions and reactions too, receipts not.
    pub struct RateWish {
        /// How many messages in any 60 seconds.
        pub per_minute: Option<i64> = optional(whole(1, MOST_PER_MINUTE));
        /// How many messages in any 60 minutes.
        pub per_hour: Option<i64> = optional(whole(1, MOST_PER_HOUR));
        /// To how many people in any 24 hours with whom the session has no chat among its kept messages.
        pub new_contacts_per_day: Option<i64> = optional(whole(1, MOST_NEW));
        /// Up to how long a message waits before it goes out, by chance, milliseconds. A synchronous call takes longer by that.
        pub jitter_ms: Option<i64> = optional(whole(0, LONGEST_JITTER));
        /// Whether the recipient sees the account write (record, for a voice note) for a while before a message comes, at most some 10 seconds. A synchronous call takes longer by that.
        pub typing: bool = flag(false);
    }
}

impl RateWish {
    /// What the session's record says; empty for no limits.
    pub fn stored(&self) -> String {
        let number = |limit: Option<i64>| limit.and_then(|limit| u32::try_from(limit).ok());
        let rate = Rate {
            per_minute: number(self.per_minute),
            per_hour: number(self.per_hour),
            new_contacts_per_day: number(self.new_contacts_per_day),
            jitter_ms: number(self.jitter_ms).filter(|ms| *ms > 0),
            typing: self.typing,
        };
        if rate == Rate::default() {
            return String::new();
        }
        let json = serde_json::to_vec(&rate).ok().and_then(|json| String::from_utf8(json).ok());
        json.unwrap_or_default()
    }
}
