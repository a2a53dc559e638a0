//! What is fuzzed: each target is a function of bytes that a stranger chooses, which panics when something does not hold.
//!
//! * [`jid`]: phone numbers and JIDs; [`urls`]: what users' URLs are judged by;
//! * [`requests`]: every route of both families, with its body, answered by the components' own code over the fake bus;
//! * [`contract`]: what crosses Redis: commands, outcomes, events, pointers, ids; [`records`]: what stays there;
//! * `signatures`: what webhooks are signed with; `sealed`: what is stored of a device;
//! * [`media`], [`audio`]: files, known by their content and prepared;
//! * `frames`: what a client writes to the sandbox's socket; `control`: its control surface.
//!
//! The same functions are run by libFuzzer (`fuzz/fuzz_targets`, by `fuzz/run`) and by this crate's test, with the stable
//! toolchain: over all that is kept in `fuzz/corpus`, and over some thousand inputs made of it.
//!
//! The feature `wire` (on unless somebody is in a hurry) has those that need WhatsApp's protocol to be built.
//!
//! **To add a target**: a module here and its line in [`TARGETS`], a file in `fuzz/fuzz_targets` and its lines in
//! `fuzz/Cargo.toml`, a folder of seeds in `fuzz/corpus`. A test misses any of these.

pub mod audio;
pub mod contract;
#[cfg(feature = "wire")]
pub mod control;
#[cfg(feature = "wire")]
pub mod frames;
pub mod jid;
pub mod media;
pub mod mutate;
pub mod records;
pub mod requests;
#[cfg(feature = "wire")]
pub mod sealed;
#[cfg(feature = "wire")]
pub mod signatures;
pub mod urls;

#[cfg(feature = "wire")]
mod world;

/// A target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, that of its folder in `fuzz/corpus` and of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Tries an input.
    pub run: fn(&[u8]),
    /// How many inputs the test makes up for it: as many as are quick.
    pub made_up: usize,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "jid", run: jid::run, made_up: 4_000 },
    Target { name: "urls", run: urls::run, made_up: 4_000 },
    Target { name: "requests", run: requests::run, made_up: 1_500 },
    Target { name: "contract", run: contract::run, made_up: 2_000 },
    Target { name: "records", run: records::run, made_up: 2_000 },
    #[cfg(feature = "wire")]
    Target { name: "sealed", run: sealed::run, made_up: 1_000 },
    #[cfg(feature = "wire")]
    Target { name: "signatures", run: signatures::run, made_up: 500 },
    Target { name: "media", run: media::run, made_up: 300 },
    Target { name: "audio", run: audio::run, made_up: 60 },
    #[cfg(feature = "wire")]
    Target { name: "frames", run: frames::run, made_up: 150 },
    #[cfg(feature = "wire")]
    Target { name: "control", run: control::run, made_up: 150 },
];

/// For a fuzzer, which ends at every panic: lets those pass that [`edgewire_media::prepare`] catches, since a decoder's panic
/// is an error there. What our own code panics at still ends it.
pub fn tell_caught_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or("nowhere", |place| place.file());
        eprintln!("panicked: {panic}");
        if ["conn-host/", "contract/", "fuzz/targets/"].iter().any(|own| place.contains(own)) {
            std::process::abort();
        }
    }));
}

/// The bytes as text; what is no UTF-8 is tried as well, its bad bytes replaced.
pub(crate) fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Reads `data` as JSON of a `T`. Whatever is read is written and read again, and is the same then.
pub(crate) fn json_round<T>(data: &[u8])
where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let Ok(value) = serde_json::from_slice::<T>(data) else { return };
    let written = serde_json::to_string(&value).expect("what was read can be written");
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    let rewritten = serde_json::to_string(&again).expect("what was read can be written");
    assert_eq!(written, rewritten, "{value:?}");
}
