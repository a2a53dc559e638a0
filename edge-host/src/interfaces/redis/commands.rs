//! Which commands may run on a connection that guests share.
//!
//! Decided by the command's name and arguments alone:
//!
//! - most are **shared**;
//! - those that may wait in the server (`BLPOP`, `XREAD … BLOCK`, `WAIT`, …) would hold up everyone
//!   behind them: **blocking**;
//! - those that change what later commands on the connection mean (`SELECT`, `MULTI`, `WATCH`,
//!   `AUTH`, `CLIENT …`) would change it for other guests: **stateful**;
//! - those that turn the connection into something that no longer answers a command with one reply
//!   (`SUBSCRIBE`, `MONITOR`, …) are **refused**.

use std::time::Duration;

use redis::{Arg, Cmd};

/// How a command is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// On a shared connection.
    Shared,
    /// On a connection of the guest's own. With the time that it may wait, if it says one.
    Blocking(Option<Duration>),
    /// On a connection of the guest's own, which keeps what the command changed.
    Stateful,
    /// Not at all.
    Refused,
}

/// Looks at a command.
pub(super) fn kind(command: &Cmd) -> Kind {
    let mut arguments = command.args_iter().filter_map(|argument| match argument {
        Arg::Simple(bytes) => Some(bytes),
        _ => None,
    });
    let name = arguments.next().unwrap_or_default().to_ascii_uppercase();
    let seconds = |text: Option<&[u8]>| patience(text, 1.0);
    match name.as_slice() {
        b"BLPOP" | b"BRPOP" | b"BLMOVE" | b"BRPOPLPUSH" | b"BZPOPMIN" | b"BZPOPMAX" => {
            Kind::Blocking(seconds(arguments.last()))
        }
        b"BLMPOP" | b"BZMPOP" => Kind::Blocking(seconds(arguments.next())),
        b"WAIT" | b"WAITAOF" => Kind::Blocking(patience(arguments.last(), 0.001)),
        b"XREAD" | b"XREADGROUP" => {
            // BLOCK stands among the options, before STREAMS; after it come keys, which may be named so.
            let mut options = arguments.take_while(|word| !word.eq_ignore_ascii_case(b"STREAMS"));
            match options.find(|word| word.eq_ignore_ascii_case(b"BLOCK")) {
                Some(_) => Kind::Blocking(patience(options.next(), 0.001)),
                None => Kind::Shared,
            }
        }
        b"SELECT" | b"AUTH" | b"MULTI" | b"EXEC" | b"DISCARD" | b"WATCH" | b"UNWATCH" | b"ASKING"
        | b"READONLY" | b"READWRITE" => Kind::Stateful,
        b"CLIENT" => match arguments.next().unwrap_or_default().to_ascii_uppercase().as_slice() {
            b"REPLY" | b"TRACKING" | b"CACHING" => Kind::Refused,
            _ => Kind::Stateful,
        },
        b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" | b"UNSUBSCRIBE" | b"PUNSUBSCRIBE" | b"SUNSUBSCRIBE"
        | b"MONITOR" | b"SYNC" | b"PSYNC" | b"REPLCONF" | b"HELLO" | b"RESET" | b"QUIT" => Kind::Refused,
        _ => Kind::Shared,
    }
}

/// How long a blocking command says that it will wait. 0 is for ever; so is what is no number:
/// Redis refuses it at once.
fn patience(number: Option<&[u8]>, unit_seconds: f64) -> Option<Duration> {
    let number: f64 = std::str::from_utf8(number?).ok()?.parse().ok()?;
    let seconds = number * unit_seconds;
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(line: &str) -> Kind {
        let mut words = line.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        kind(&command)
    }

    fn blocking(millis: u64) -> Kind {
        Kind::Blocking(Some(Duration::from_millis(millis)))
    }

    #[test]
    fn ordinary_commands_share() {
        for line in
            ["GET k", "set k v", "EVALSHA x 0", "XADD s * f v", "XREAD COUNT 1 STREAMS s 0", "LPOP BLPOP"]
        {
            assert_eq!(kind_of(line), Kind::Shared, "{line}");
        }
    }

    #[test]
    fn waiting_commands_do_not() {
        assert_eq!(kind_of("BLPOP a b 1.5"), blocking(1500));
        assert_eq!(kind_of("blpop a 0"), Kind::Blocking(None));
        assert_eq!(kind_of("BLMOVE a b LEFT RIGHT 2"), blocking(2000));
        assert_eq!(kind_of("BLMPOP 3 1 a LEFT"), blocking(3000));
        assert_eq!(kind_of("WAIT 1 250"), blocking(250));
        assert_eq!(kind_of("XREAD COUNT 5 block 30000 STREAMS s $"), blocking(30_000));
        assert_eq!(kind_of("XREADGROUP GROUP g c BLOCK 0 STREAMS s >"), Kind::Blocking(None));
        assert_eq!(kind_of("BLPOP a nonsense"), Kind::Blocking(None));
    }

    #[test]
    fn a_key_named_block_does_not_block() {
        assert_eq!(kind_of("XREAD STREAMS BLOCK 0"), Kind::Shared);
    }

    #[test]
    fn state_is_kept_apart_and_modes_are_refused() {
        assert_eq!(kind_of("SELECT 2"), Kind::Stateful);
        assert_eq!(kind_of("multi"), Kind::Stateful);
        assert_eq!(kind_of("CLIENT SETNAME x"), Kind::Stateful);
        assert_eq!(kind_of("CLIENT reply OFF"), Kind::Refused);
        assert_eq!(kind_of("SUBSCRIBE c"), Kind::Refused);
    }
}
