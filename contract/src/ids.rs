//! Identifiers: newtypes that check on parse, so that a value of the type is always well formed.
//!
//! Times and randomness come in as parameters; nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::shard::Shard;

/// Crockford's base 32, the alphabet of ULIDs.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id that does not have the form its type asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(pub &'static str);

/// Writes 128 bits as the 26 characters of a ULID.
fn encode_ulid(value: u128) -> String {
    (0..26).map(|i| CROCKFORD[((value >> (125 - 5 * i)) & 31) as usize] as char).collect()
}

/// Reads the 26 characters of a ULID; lower case is accepted, as the ULID text allows.
fn decode_ulid(text: &str) -> Option<u128> {
    if text.len() != 26 {
        return None;
    }
    let mut value: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let digit = CROCKFORD.iter().position(|c| *c == byte.to_ascii_uppercase())? as u128;
        if i == 0 && digit > 7 {
            return None; // 26 characters hold 130 bits: the first has only three.
        }
        value = (value << 5) | digit;
    }
    Some(value)
}

/// True when every byte of `text` is an ASCII letter, a digit or in `extra`, and there are 1 to `max` of them.
fn is_name(text: &str, max: usize, extra: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= max
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr, $message:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps `text`.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(IdError($message)) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// A session: one attached WhatsApp number. Chosen by the caller or by us.
    SessionId,
    |t| is_name(t, 64, b"_-"),
    "must be 1 to 64 characters of A-Z a-z 0-9 _ -"
);
text_id!(
    /// The organization (tenant) that owns sessions, tokens and webhooks.
    OrganizationId,
    |t| is_name(t, 64, b"_-"),
    "must be 1 to 64 characters of A-Z a-z 0-9 _ -"
);
text_id!(
    /// A user of an organization.
    UserId,
    |t| is_name(t, 64, b"_-"),
    "must be 1 to 64 characters of A-Z a-z 0-9 _ -"
);
text_id!(
    /// A WhatsApp message id: the stanza's `id`, chosen when a command is accepted.
    MessageId,
    |t| is_name(t, 64, b"_.:-"),
    "must be 1 to 64 characters of A-Z a-z 0-9 _ . : -"
);
text_id!(
    /// What a caller or we gave a request, to find it in the logs of both halves.
    RequestId,
    |t| is_name(t, 128, b"_.:-"),
    "must be 1 to 128 characters of A-Z a-z 0-9 _ . : -"
);
text_id!(
    /// A webhook, `wh_` and a ULID.
    WebhookId,
    |t| t.strip_prefix("wh_").is_some_and(|u| decode_ulid(u).is_some()),
    "must be wh_ and a ULID"
);
text_id!(
    /// A token's public name (never its secret), `tok_` and a ULID.
    TokenId,
    |t| t.strip_prefix("tok_").is_some_and(|u| decode_ulid(u).is_some()),
    "must be tok_ and a ULID"
);

text_id!(
    /// Bytes in Redis, a ULID.
    BlobId,
    |t| decode_ulid(t).is_some(),
    "must be a ULID"
);

impl BlobId {
    /// A fresh blob id.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(plain_ulid(now_ms, random))
    }

    /// The id of the blob that belongs to a command: its own.
    pub fn of(command: CommandId) -> Self {
        Self(command.to_string())
    }
}

impl SessionId {
    /// A fresh session id for callers who chose none.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(plain_ulid(now_ms, random))
    }
}

impl OrganizationId {
    /// A fresh organization id for callers who chose none.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(plain_ulid(now_ms, random))
    }
}

impl UserId {
    /// A fresh user id for callers who chose none.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(plain_ulid(now_ms, random))
    }
}

impl MessageId {
    /// An id as WhatsApp Web makes them: `3EB0` and 18 upper-case hex digits.
    pub fn generate(random: [u8; 9]) -> Self {
        use fmt::Write as _;
        let mut id = String::from("3EB0");
        for byte in random {
            let _infallible = write!(id, "{byte:02X}");
        }
        Self(id)
    }
}

impl WebhookId {
    /// A fresh webhook id.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(format!("wh_{}", plain_ulid(now_ms, random)))
    }
}

impl TokenId {
    /// A fresh token id.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(format!("tok_{}", plain_ulid(now_ms, random)))
    }

    /// When it was made, unix ms.
    pub fn made_at(&self) -> i64 {
        let value = self.0.strip_prefix("tok_").and_then(decode_ulid).unwrap_or_default();
        (value >> 80) as i64
    }
}

impl RequestId {
    /// A fresh request id.
    pub fn generate(now_ms: i64, random: u128) -> Self {
        Self(plain_ulid(now_ms, random))
    }
}

/// A ULID of `now_ms` and the low 80 bits of `random`.
fn plain_ulid(now_ms: i64, random: u128) -> String {
    encode_ulid(((now_ms.max(0) as u128) << 80) | (random & ((1 << 80) - 1)))
}

/// A command's id, which callers see as the outbox id. A ULID whose 16 bits after the time are the shard, so that
/// `GET /api/v1/outbox/{id}` finds the record without an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(u128);

impl CommandId {
    /// A fresh id of the given shard.
    pub fn generate(now_ms: i64, shard: Shard, random: u64) -> Self {
        Self(((now_ms.max(0) as u128) << 80) | (u128::from(shard.number()) << 64) | u128::from(random))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        decode_ulid(text).map(Self).ok_or(IdError("must be a ULID"))
    }

    /// The shard that holds the command and its outcome.
    pub fn shard(&self) -> Shard {
        Shard::from_number(((self.0 >> 64) & 0xffff) as u16)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_ulid(self.0))
    }
}

impl Serialize for CommandId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// A place in a Redis stream: `<ms>-<seq>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntryId {
    /// Unix milliseconds, by Redis's clock.
    pub ms: u64,
    /// Counts the entries of one millisecond.
    pub seq: u64,
}

impl EntryId {
    /// Reads `<ms>-<seq>`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let bad = IdError("must be <ms>-<seq>");
        let (ms, seq) = text.split_once('-').ok_or(bad.clone())?;
        Ok(Self { ms: ms.parse().map_err(|_| bad.clone())?, seq: seq.parse().map_err(|_| bad)? })
    }

    /// The first place behind this one; itself when there is none.
    #[must_use]
    pub fn next(self) -> Self {
        match (self.seq.checked_add(1), self.ms.checked_add(1)) {
            (Some(seq), _) => Self { ms: self.ms, seq },
            (None, Some(ms)) => Self { ms, seq: 0 },
            (None, None) => self,
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// An event's public id, `evt_` and a ULID. It *is* the event's place: the ULID's time is the stream entry's
/// millisecond, then come 48 bits that name the session and the entry's sequence number. So the same event has the
/// same id for every reader, and `since=` needs no search in the session's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(u128);

impl EventId {
    /// The id of the entry `entry` in the stream of `session`.
    pub fn of(session: &SessionId, entry: EntryId) -> Self {
        Self(
            (u128::from(entry.ms & 0xffff_ffff_ffff) << 80)
                | (u128::from(session_tag(session)) << 32)
                | u128::from(entry.seq & 0xffff_ffff),
        )
    }

    /// Reads `evt_<ULID>`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        text.strip_prefix("evt_").and_then(decode_ulid).map(Self).ok_or(IdError("must be evt_ and a ULID"))
    }

    /// Where the event stands in its session's stream.
    pub fn entry(&self) -> EntryId {
        EntryId { ms: (self.0 >> 80) as u64, seq: (self.0 & 0xffff_ffff) as u64 }
    }

    /// Whether the event can be of `session`.
    pub fn is_of(&self, session: &SessionId) -> bool {
        ((self.0 >> 32) & 0xffff_ffff_ffff) as u64 == session_tag(session)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evt_{}", encode_ulid(self.0))
    }
}

/// 48 bits of FNV-1a over the session's id: tells apart two sessions' events of the same millisecond.
fn session_tag(session: &SessionId) -> u64 {
    let hash = session
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    hash >> 16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_id_leads_to_its_shard() {
        let id = CommandId::generate(1_700_000_000_000, Shard::from_number(17), 99);
        assert_eq!(CommandId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(id.shard(), Shard::from_number(17));
        assert_eq!(id.to_string().len(), 26);
    }

    #[test]
    fn message_ids_look_as_whatsapp_makes_them() {
        assert_eq!(MessageId::generate([0xab; 9]).as_str(), "3EB0ABABABABABABABABAB");
    }

    #[test]
    fn behind_the_last_place_is_nothing() {
        let at = |ms, seq| EntryId { ms, seq };
        assert_eq!(at(1, 2).next(), at(1, 3));
        assert_eq!(at(1, u64::MAX).next(), at(2, 0));
        assert_eq!(at(u64::MAX, u64::MAX).next(), at(u64::MAX, u64::MAX));
    }

    #[test]
    fn names_are_bounded() {
        assert!(SessionId::parse("my-session_1").is_ok());
        for bad in ["", "a b", "ä", "a/b", &"x".repeat(65)] {
            assert!(SessionId::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn an_event_id_leads_to_its_place(ms in 0u64..(1 << 48), seq in 0u64..(1 << 32), name in "[A-Za-z0-9_-]{1,64}") {
            let session = SessionId::parse(&name).unwrap();
            let id = EventId::of(&session, EntryId { ms, seq });
            prop_assert_eq!(EventId::parse(&id.to_string()).unwrap(), id);
            prop_assert_eq!(id.entry(), EntryId { ms, seq });
            prop_assert!(id.is_of(&session));
        }

        #[test]
        fn parsing_never_panics(text in ".{0,40}") {
            let _ = (CommandId::parse(&text), EventId::parse(&text), EntryId::parse(&text), SessionId::parse(&text));
        }
    }
}
