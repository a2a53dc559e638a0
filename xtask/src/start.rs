//! How each of our processes is started: the one place that knows their command lines and variables.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child::Launch;
use crate::redis;
use crate::stage::Stage;

/// How long a process of ours may take until it listens. edge-host compiles the components at its first start.
const PATIENCE: Duration = Duration::from_secs(60);
/// What stands before the address in a ready line.
const LISTENING: &str = "listening on ";

/// What runs, and where its data is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The programs.
    pub stage: Stage,
    /// The data folder: `redis/`, `sandbox.json`, `logs/`.
    pub data: PathBuf,
}

/// What a conn-host is told.
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// Where Redis is.
    pub redis_url: String,
    /// Seals the device store; base64.
    pub master_key: String,
    /// The sandbox's WebSocket; the real WhatsApp when absent.
    pub sandbox_ws_url: Option<String>,
    /// Further variables.
    pub env: Vec<(String, String)>,
}

/// What edge-host is told.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Where Redis is.
    pub redis_url: String,
    /// Where it keeps compiled components.
    pub compiled: PathBuf,
    /// Further variables of `spin.toml`.
    pub variables: Vec<(String, String)>,
}

impl EdgeSettings {
    /// The variables that go with the sandbox, or with the real WhatsApp: webhooks may lead to this machine where
    /// conn-host lets them ([`Place::conn_host`]).
    pub fn beside(sandbox: bool) -> Vec<(String, String)> {
        if sandbox { vec![("webhook_allow_loopback".to_owned(), "true".to_owned())] } else { Vec::new() }
    }
}

impl Place {
    fn log(&self, name: &str) -> PathBuf {
        self.data.join("logs").join(format!("{name}.log"))
    }

    /// Redis's own folder.
    pub fn redis_folder(&self) -> PathBuf {
        self.data.join("redis")
    }

    /// Redis on `port`.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn redis(&self, server: &Path, port: u16) -> Result<Launch> {
        let folder = self.redis_folder();
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(redis::launch(server, port, &folder, self.log("redis")))
    }

    /// The sandbox on `port` (0: the system chooses).
    pub fn sandbox(&self, port: u16) -> Launch {
        let state = self.data.join("sandbox.json");
        Launch {
            name: "sandbox".into(),
            program: self.stage.program("sandbox"),
            args: vec!["--listen".into(), loopback(port).into(), "--state".into(), state.into()],
            env: vec![],
            log: self.log("sandbox"),
            ready: LISTENING,
            patience: PATIENCE,
        }
    }

    /// The conn-host with this number, run from `program`.
    pub fn conn_host(&self, program: PathBuf, number: usize, settings: &HostSettings) -> Launch {
        let name = format!("conn-host-{number}");
        let mut env = vec![
            ("EDGEWIRE_REDIS_URL".to_owned(), settings.redis_url.clone()),
            ("EDGEWIRE_MASTER_KEY".to_owned(), settings.master_key.clone()),
            ("EDGEWIRE_LISTEN".to_owned(), loopback(0)),
        ];
        if let Some(url) = &settings.sandbox_ws_url {
            env.push(("EDGEWIRE_SANDBOX_URL".to_owned(), url.clone()));
            env.push(("EDGEWIRE_WEBHOOK_ALLOW_LOOPBACK".to_owned(), "true".to_owned()));
        }
        env.extend(settings.env.iter().cloned());
        let log = self.log(&name);
        Launch { name, program, args: vec![], env, log, ready: LISTENING, patience: PATIENCE }
    }

    /// edge-host on `port` (0: the system chooses).
    pub fn edge_host(&self, port: u16, settings: &EdgeSettings) -> Launch {
        let mut args = vec!["--from".into(), self.stage.manifest().into_os_string()];
        args.extend(["--listen".into(), loopback(port).into()]);
        args.extend(["--state-dir".into(), settings.compiled.clone().into_os_string()]);
        args.extend(["--variable".into(), format!("redis_url={}", settings.redis_url).into()]);
        for (name, value) in &settings.variables {
            args.extend(["--variable".into(), format!("{name}={value}").into()]);
        }
        Launch {
            name: "edge-host".into(),
            program: self.stage.program("edge-host"),
            args,
            env: vec![],
            log: self.log("edge-host"),
            ready: LISTENING,
            patience: PATIENCE,
        }
    }
}

fn loopback(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Reads the address out of a ready line's rest: `http://127.0.0.1:3000` or `127.0.0.1:3000`.
///
/// # Errors
/// When it is neither.
pub fn address(text: &str) -> Result<SocketAddr> {
    let bare = text.trim().trim_start_matches("http://").trim_end_matches('/');
    bare.parse().with_context(|| format!("`{text}` is no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_address_are_read() {
        for text in ["http://127.0.0.1:3000", "127.0.0.1:3000", " http://127.0.0.1:3000/ "] {
            assert_eq!(address(text).unwrap().port(), 3000);
        }
        assert!(address("nowhere").is_err());
    }
}
