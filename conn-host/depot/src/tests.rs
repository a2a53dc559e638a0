mod broken_off;
mod configured;
mod deleted;
mod silent;
mod slow;

use std::io::Write as _;
use std::time::Duration;

use self::slow::{Gate, Slow};

use super::*;

/// Longer than any test waits.
const LONG: Duration = Duration::from_secs(30);

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn session(name: &str) -> SessionId {
    SessionId::parse(name).unwrap()
}

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn place(name: &str, bytes: &[u8]) -> Place {
    Place::new(&acme(), &session(name), Sha256::digest(bytes).into())
}

fn file(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// A depot over a folder.
struct Folder {
    dir: tempfile::TempDir,
    depot: Depot,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}", dir.path().display());
        let settings = Settings::read(|name| (name == "EDGEWIRE_MEDIA_STORE").then(|| url.clone()));
        let depot = Depot::open(&settings.unwrap().unwrap()).unwrap();
        Self { dir, depot }
    }

    fn path(&self, name: &str, bytes: &[u8]) -> PathBuf {
        self.dir.path().join("acme").join(name).join(hex(&Sha256::digest(bytes)))
    }

    async fn kept(&self, name: &str, bytes: &[u8]) {
        self.depot.keep(&place(name, bytes), file(bytes), bytes.len() as u64);
        self.depot.close(LONG).await;
    }
}

/// All of it; `None` when it turns out to be of no use.
async fn whole(object: &mut Object) -> Option<Vec<u8>> {
    let (mut all, mut chunk) = (Vec::new(), Vec::new());
    loop {
        chunk.clear();
        object.read(&mut chunk, 1000).await.ok()?;
        if chunk.is_empty() {
            return Some(all);
        }
        assert!(chunk.len() <= 1000);
        all.extend_from_slice(&chunk);
    }
}

#[tokio::test]
async fn a_file_is_given_back_as_it_was_put_there() {
    let folder = Folder::new();
    // The last one goes in parts.
    for length in [0, 1, 999, 1000, 300_000, (PARTED + 1) as u32] {
        let bytes = noise(length);
        folder.kept("main", &bytes).await;
        assert_eq!(std::fs::read(folder.path("main", &bytes)).unwrap(), bytes, "{length}");
        let mut object = folder.depot.get(&place("main", &bytes), u64::MAX).await.unwrap();
        assert_eq!(object.bytes(), u64::from(length));
        assert_eq!(whole(&mut object).await.as_deref(), Some(&bytes[..]), "{length}");
    }
    assert!(folder.depot.get(&place("other", b""), u64::MAX).await.is_none());
    let counted = folder.depot.counted();
    assert_eq!((counted.kept, counted.hits, counted.misses), (6, 6, 1), "{counted:?}");
}
const PARTED: usize = 11 << 20;

#[tokio::test]
async fn nothing_but_what_the_name_says_is_given_as_a_whole() {
    let folder = Folder::new();
    let bytes = noise(5_000);
    folder.kept("main", &bytes).await;
    let path = folder.path("main", &bytes);
    let mut damaged = bytes.clone();
    damaged[4_999] ^= 1;
    for other in [&damaged[..], &bytes[..4_000], b"", &[&bytes[..], b"more"].concat()] {
        std::fs::write(&path, other).unwrap();
        let mut object = folder.depot.get(&place("main", &bytes), u64::MAX).await.unwrap();
        assert!(whole(&mut object).await.is_none(), "{} bytes", other.len());
    }
    // Not even begun with, when it is over the limit: that is what the sender says, and says nothing about the object.
    assert!(folder.depot.get(&place("main", &bytes), 5_003).await.is_none());
    let counted = folder.depot.counted();
    assert_eq!((counted.changed, counted.misses), (4, 1), "{counted:?}");
    // Put there once more, it is right again.
    folder.kept("main", &bytes).await;
    let mut object = folder.depot.get(&place("main", &bytes), 5_000).await.unwrap();
    assert_eq!(whole(&mut object).await, Some(bytes));
}

#[tokio::test]
async fn what_would_have_to_wait_too_long_is_not_kept() {
    let (_store, mut depot) = Slow { puts: Gate::shut(), ..Slow::default() }.depot();
    depot.pace.closing = Duration::ZERO;
    for _ in 0..40 {
        depot.keep(&place("main", b"1"), file(b"1"), 1);
    }
    assert_eq!(depot.counted().not_kept, 8);
    depot.close(Duration::ZERO).await;
}
