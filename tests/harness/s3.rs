//! moto, an S3 server that shares no code with ours, with one bucket and one user. It refuses what is not rightly signed.
//!
//! It is a Python package, pinned in `tests/moto/requirements.txt`; [`crate::python`] installs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::task::block_in_place;
use xtask::child::{Child, Launch};
use xtask::guard::Guard;

use crate::python;

const NAME: &str = "moto";
const REQUIREMENTS: &str = include_str!("../moto/requirements.txt");
/// How long its start may take.
const READY: Duration = Duration::from_secs(30);

/// The server. Dropping it ends it.
#[derive(Debug)]
pub struct S3 {
    python: PathBuf,
    told: Value,
    // Behind the server, which writes its log there.
    _server: Child,
    _folder: TempDir,
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("moto").join(name)
}

impl S3 {
    /// Whether its stories are to be passed over, and says why: where it must not be missing they are told, and fail.
    pub fn skipped() -> bool {
        python::skipped(NAME)
    }

    /// Installs it where it is not, and starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        let started = block_in_place(|| -> anyhow::Result<Self> {
            let python = python::installed(NAME, REQUIREMENTS)?.join("bin/python");
            let folder = TempDir::with_prefix("edgewire-s3-")?;
            let launch = Launch {
                name: "moto".into(),
                program: python.clone(),
                args: vec![program("serve.py").into()],
                env: vec![
                    // A proxy would be another machine.
                    ("NO_PROXY".into(), "*".into()),
                    ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
                ],
                log: folder.path().join("moto.log"),
                ready: "s3 listening on ",
                patience: READY,
            };
            let (server, told) = launch.start(&Guard::start(0)?, &mut || false)?;
            Ok(Self { python, told: serde_json::from_str(&told)?, _server: server, _folder: folder })
        });
        started.unwrap_or_else(|e| panic!("moto does not start: {e:#}"))
    }

    /// What it said of itself: `endpoint`, `bucket`, `access_key`, `secret_key`.
    ///
    /// # Panics
    /// When it did not say that.
    pub fn told(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.told))
    }

    /// The keys of all objects.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn objects(&self) -> Vec<String> {
        self.look(&[])
    }

    /// Changes a byte of every object.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn damage(&self) {
        self.look(&["damage"]);
    }

    fn look(&self, what: &[&str]) -> Vec<String> {
        let mut command = Command::new(&self.python);
        command
            .arg(program("objects.py"))
            .arg(self.told("endpoint"))
            .args(what)
            .env("AWS_ACCESS_KEY_ID", self.told("access_key"))
            .env("AWS_SECRET_ACCESS_KEY", self.told("secret_key"))
            .env("NO_PROXY", "*")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null());
        let output = block_in_place(|| command.output()).expect("Python starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "moto does not answer: {said}");
        serde_json::from_slice(&output.stdout).expect("a list of keys")
    }
}
