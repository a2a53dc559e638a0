//! Keeps the second build from building the library again.
//!
//! waproto's build script writes a file and names it to cargo as one to watch. The file is younger than the script's
//! start, so the next cargo run takes it for changed and builds waproto, whatsapp-rust and conn-host once more: minutes,
//! in a release build, for nothing. Making the file look old ends that; a changed descriptor still runs the script.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What the script writes, in its `out` folder.
const WATCHED: &str = "out/whatsapp.local.desc";

/// Settles what has been built in `built` (`target/<profile>`). What cannot be settled costs time, no more.
pub fn settle(built: &Path) {
    let Ok(scripts) = std::fs::read_dir(built.join("build")) else { return };
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    for script in
        scripts.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("waproto-"))
    {
        let _costs_time = File::options()
            .append(true)
            .open(script.path().join(WATCHED))
            .and_then(|watched| watched.set_modified(old));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_script_wrote_looks_old() {
        let built = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let out = built.path().join("build").join(name).join("out");
            std::fs::create_dir_all(&out).unwrap();
            let file = out.join("whatsapp.local.desc");
            std::fs::write(&file, b"x").unwrap();
            file
        };
        let (watched, other) = (folder("waproto-1"), folder("other-1"));
        settle(built.path());
        let age = |file: &Path| file.metadata().unwrap().modified().unwrap().elapsed().unwrap();
        assert!(age(&watched) > Duration::from_secs(1_000_000_000));
        assert!(age(&other) < Duration::from_secs(1000));
    }
}
