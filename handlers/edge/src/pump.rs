//! Carries a body's pieces to whoever reads it, and gives up on a reader who has stopped reading.
//!
//! A reader who takes nothing would hold what his stream holds, for as long as he likes. So one who takes not a byte of
//! what is offered to him for a while is cut off; one who is only slow is not. What he got before stays good: a piece of an
//! event stream is whole frames, so the last id that he read is the place to come back to.

use std::pin::pin;

use futures::StreamExt as _;
use futures::future::{Either, select};
use futures::stream::LocalBoxStream;

use crate::env::Env;

/// Where a body goes.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Sink {
    /// Offers bytes, and ends when some of them have been taken: those that were not. `None` when nobody takes any more.
    async fn offer(&mut self, bytes: Vec<u8>) -> Option<Vec<u8>>;
}

/// Carries all pieces over, and tells how many bytes they were. `None` when the reader has gone, or took nothing for
/// `stall_ms`.
pub async fn pump<S: Sink, E: Env>(
    mut pieces: LocalBoxStream<'static, Vec<u8>>,
    sink: &mut S,
    env: &E,
    stall_ms: Option<u64>,
) -> Option<u64> {
    let mut written = 0;
    while let Some(mut left) = pieces.next().await {
        written += left.len() as u64;
        while !left.is_empty() {
            left = match stall_ms {
                None => sink.offer(left).await?,
                Some(ms) => match select(pin!(sink.offer(left)), pin!(env.sleep(ms))).await {
                    Either::Left((left, _)) => left?,
                    Either::Right(_) => {
                        env.log("a reader that took nothing was cut off");
                        return None;
                    }
                },
            };
        }
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;
    use std::rc::Rc;

    use futures::stream;

    use super::*;
    use crate::env::fake::{FakeEnv, NOON};
    use crate::testing::run;

    /// Takes up to `bite` bytes of each offer, `bites` times; then it goes, or stays and takes nothing.
    struct Reader {
        got: Vec<u8>,
        bite: usize,
        bites: usize,
        goes: bool,
    }

    impl Sink for Reader {
        async fn offer(&mut self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
            if self.bites == 0 {
                return if self.goes { None } else { pending().await };
            }
            self.bites -= 1;
            let rest = bytes.split_off(self.bite.min(bytes.len()));
            self.got.extend(bytes);
            Some(rest)
        }
    }

    /// A stream of `pieces`, and whether it has been dropped.
    fn told(pieces: &[&str]) -> (LocalBoxStream<'static, Vec<u8>>, Rc<RefCell<()>>) {
        let held = Rc::new(RefCell::new(()));
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        let own = held.clone();
        let stream = stream::iter(pieces).map(move |piece| {
            let _held = &own;
            piece
        });
        (stream.boxed_local(), held)
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let (pieces, held) = told(&["one, ", "two, ", "three"]);
        let mut reader = Reader { got: Vec::new(), bite: 2, bites: 100, goes: false };
        let env = FakeEnv::new();
        assert_eq!(run(pump(pieces, &mut reader, &env, Some(10_000))), Some(15));
        assert_eq!(reader.got, b"one, two, three");
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn a_reader_that_takes_nothing_is_cut_off_and_holds_nothing() {
        let (pieces, held) = told(&["one, ", "two, ", "three"]);
        let mut reader = Reader { got: Vec::new(), bite: 3, bites: 3, goes: false };
        let env = FakeEnv::new();
        assert_eq!(run(pump(pieces, &mut reader, &env, Some(10_000))), None);
        assert_eq!(reader.got, b"one, two");
        assert_eq!(crate::env::Env::now_ms(&env), NOON + 10_000);
        assert_eq!((env.lines().len(), Rc::strong_count(&held)), (1, 1));
    }

    #[test]
    fn a_reader_that_has_gone_ends_it() {
        let (pieces, held) = told(&["one", "two"]);
        let mut reader = Reader { got: Vec::new(), bite: 3, bites: 1, goes: true };
        assert_eq!(run(pump(pieces, &mut reader, &FakeEnv::new(), None)), None);
        assert_eq!((reader.got.as_slice(), Rc::strong_count(&held)), (b"one".as_slice(), 1));
    }
}
