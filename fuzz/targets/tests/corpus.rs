//! Each target over all that is kept for it, and over inputs made of that: always the same ones. What a fuzzer has found is
//! kept in `fuzz/corpus`, so that it is tried here from then on.

#![expect(clippy::unwrap_used, reason = "a test ends where its world cannot be built")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use edgewire_fuzz_targets::mutate::{Dice, made};
use edgewire_fuzz_targets::{TARGETS, Target};

/// All of it is in every clone.
const MOST_BYTES: u64 = 300_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The kept inputs of a target, with their names, in order.
fn kept(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = folder().join("corpus").join(target.name);
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("there is no {}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = files
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

/// Says which input it was.
fn tried(target: &Target, what: &str, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let file = std::env::temp_dir().join(format!("edgewire-fuzz-{}", target.name));
        let written = fs::write(&file, input);
        eprintln!("{} fails on {what}: {} ({written:?})", target.name, file.display());
        resume_unwind(panic);
    }
}

fn try_target(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let kept = kept(target);
    assert!(!kept.is_empty(), "{name} has no seeds");
    for (file, input) in &kept {
        tried(target, file, input);
    }
    let seeds: Vec<Vec<u8>> = kept.into_iter().map(|(_, input)| input).collect();
    let mut dice = Dice::new(0x1dea);
    for number in 0..target.made_up {
        tried(target, &format!("input {number}"), &made(&seeds, &mut dice));
    }
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            try_target(stringify!($name));
        })*

        /// Their names.
        pub const TRIED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets!(jid, urls, requests, contract, records, media, audio);
#[cfg(feature = "wire")]
mod wire {
    use super::try_target;

    targets!(sealed, signatures, frames, control);
}

#[cfg(feature = "wire")]
#[test]
fn every_target_is_everywhere() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names, TRIED.iter().chain(wire::TRIED).map(|name| (*name).to_owned()).collect());
    let found = |folder: PathBuf| -> BTreeSet<String> {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(found(folder().join("corpus")), names);
    assert_eq!(found(folder().join("fuzz_targets")), names);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in fuzz/Cargo.toml");
    }
}

#[test]
fn the_corpus_is_small() {
    let mut bytes = 0;
    for target in TARGETS {
        bytes += kept(target).iter().map(|(_, input)| input.len() as u64).sum::<u64>();
    }
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}
