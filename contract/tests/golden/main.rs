//! What crosses Redis, pinned: every JSON file beside this one is what a variant looks like there. A released file is
//! never edited: records written by an older version must still be read. A new variant is a new file; the test fails
//! until it has one, and writes the file when `EDGEWIRE_BLESS=1`.
//!
//! * this file: how a value is held against its file ([`pinned`]), and the names that all of them use;
//! * [`commands`], [`live`]: what handlers ask of conn-host; [`outcomes`]: what they are answered;
//! * [`events`], of which [`messages`] has those about messages;
//! * [`records`], [`webhooks`]: what stays.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod commands;
mod events;
mod live;
mod messages;
mod outcomes;
mod records;
mod webhooks;

use std::ffi::OsStr;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::ids::{CommandId, MessageId, OrganizationId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::shard::Shard;
use serde::Serialize;
use serde::de::DeserializeOwned;

const AT: i64 = 1_781_000_000_000;
const PHONE_JID: &str = "628123456789@s.whatsapp.net";
const LID: &str = "100000000000001@lid";

fn session() -> SessionId {
    SessionId::parse("main").unwrap()
}

fn organization() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn message_id() -> MessageId {
    MessageId::parse("3EB0A1B2C3D4E5F60718").unwrap()
}

fn command_id() -> CommandId {
    CommandId::generate(AT, Shard::from_number(17), 42)
}

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

/// Where the golden files are, and these tests.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Compares `value` with its file, both ways.
fn pinned<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let path = folder().join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if !path.exists() && std::env::var_os("EDGEWIRE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{name} has no golden file; run with EDGEWIRE_BLESS=1 and commit it"));
    assert_eq!(text, kept, "{name} is written in another way than before");
    assert_eq!(
        &serde_json::from_str::<T>(&kept).unwrap(),
        value,
        "{name} is read in another way than before"
    );
}

#[test]
fn every_golden_file_is_of_something() {
    let files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()).collect();
    let (sources, golden): (Vec<_>, Vec<_>) =
        files.iter().partition(|path| path.extension() == Some(OsStr::new("rs")));
    let source: String = sources.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for path in golden {
        let name = path.file_name().unwrap().to_str().unwrap();
        let stem = name.trim_end_matches(".json");
        let known = source.contains(&format!("\"{stem}\""))
            || EVENT_KINDS.iter().any(|kind| stem == format!("event.{kind}"))
            || ["command.session.", "command.live.", "command.send."].iter().any(|p| stem.starts_with(p));
        assert!(known, "{name} belongs to no test");
    }
}
