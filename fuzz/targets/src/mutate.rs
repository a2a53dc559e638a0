//! Inputs made of seeds: always the same ones, so that the test is.

/// A generator of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `most`; 0 for 0.
    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.roll() % (most.max(1) as u64)).unwrap_or(0)
    }
}

/// Bytes that parsers take amiss.
const SPICES: &[&[u8]] = &[
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\r\n",
    b"\"",
    b"{}",
    b"null",
    b"[[[[[[[[",
    b"-1",
    b"1e999",
    b"18446744073709551615",
    b"9223372036854775808",
    b"\\u0000",
    b"\xf0\x9f\x91\x8d",
    b"\xc3\x28",
    b"%00",
    b"@",
    b"..",
    b"\xe2\x80\xae",
];

/// An input: a seed that was changed in a few places, two seeds put together, or nothing but chance.
pub fn made(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = match seeds.get(dice.below(seeds.len() + 1)) {
        Some(seed) => seed.clone(),
        None => (0..dice.below(64)).map(|_| dice.roll() as u8).collect(),
    };
    for _ in 0..=dice.below(4) {
        change(&mut input, seeds, dice);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(input.len() + 1);
    match dice.below(7) {
        0 if at < input.len() => input[at] ^= 1 << dice.below(8),
        1 if at < input.len() => input[at] = dice.roll() as u8,
        2 => input.truncate(at),
        3 => {
            let to = (at + dice.below(16)).min(input.len());
            input.drain(at..to);
        }
        4 => {
            let to = (at + dice.below(64)).min(input.len());
            let piece = input[at..to].to_vec();
            input.splice(at..at, piece);
        }
        5 => {
            if let Some(other) = seeds.get(dice.below(seeds.len())) {
                let from = dice.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
        _ => {
            let spice = SPICES[dice.below(SPICES.len())];
            input.splice(at..at, spice.iter().copied());
        }
    }
}
