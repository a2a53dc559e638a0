//! A real Redis for a test: on a free loopback port, in a folder of its own, with an append-only file that is written
//! at every command, and gone when dropped. Blocking throughout: it starts in some 20 ms. And a cluster of them.

mod cluster;

pub use cluster::{RedisCluster, cluster_arguments, form, move_slot, owner};

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a start may take.
const START: Duration = Duration::from_secs(10);

/// A running server.
#[derive(Debug)]
pub struct RedisServer {
    child: Option<Child>,
    folder: tempfile::TempDir,
    port: u16,
    /// Further arguments.
    more: Vec<String>,
}

impl RedisServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no `redis-server` or `valkey-server` on the PATH, or it does not start.
    pub fn start() -> Self {
        Self::start_with(Vec::new)
    }

    /// Starts one with `more` arguments, which are asked for anew at each try.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with(more: impl Fn() -> Vec<String>) -> Self {
        for _ in 0..10 {
            let folder = tempfile::tempdir().expect("a folder for Redis");
            let mut server = Self { child: None, folder, port: free_port(), more: more() };
            // Unless somebody took the port in between.
            if server.launch() {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// `redis://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _over_already = child.kill();
            child.wait().expect("gone");
        }
    }

    /// Starts it again after [`Self::kill`], on its port and with its data.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn come_back(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        assert!(self.launch(), "redis-server does not come back");
    }

    fn launch(&mut self) -> bool {
        let spawn = |program: &str| {
            Command::new(program)
                .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
                .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
                .args(&self.more)
                .arg("--dir")
                .arg(self.folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        };
        let child =
            spawn("redis-server").or_else(|_| spawn("valkey-server")).expect("redis-server is installed");
        let child = self.child.insert(child);
        let until = Instant::now() + START;
        while child.try_wait().expect("the server's state").is_none() && Instant::now() < until {
            if answers(self.port) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }
}

/// A port that nobody has right now.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    free.local_addr().expect("its number").port()
}

/// Whether a server answers `PING` there.
fn answers(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) else {
        return false;
    };
    let mut pong = [0; 7];
    stream.set_read_timeout(Some(Duration::from_millis(500))).is_ok()
        && stream.write_all(b"PING\r\n").is_ok()
        && stream.read_exact(&mut pong).is_ok()
        && &pong == b"+PONG\r\n"
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
