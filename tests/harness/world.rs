//! A world: one whole gateway of real processes, in a folder of its own, on ports that the system chose.
//!
//! Dropping it kills every process and removes the folder; when the story failed, the folder with the logs is kept and
//! named. If this process is killed, the guard does the killing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use http::Method;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use xtask::child::{Child, Launch};
use xtask::credentials::{Credentials, Network};
use xtask::guard::Guard;
use xtask::ready::await_ready;
use xtask::stage::Stage;
use xtask::start::{EdgeSettings, HostSettings, Place, address};

use crate::cable::Cable;
use crate::client::{Client, Request};
use crate::organization::Organization;
use crate::sandbox::Sandbox;
use crate::servers::{Data, Kind, Servers};

pub use crate::servers::Redis;

/// How long the whole may take to be ready.
const READY: Duration = Duration::from_secs(60);
/// How long a process that is asked to stop may take; conn-host drains within 10 s.
pub(crate) const GRACE: Duration = Duration::from_secs(12);
/// How many lines of each log a failed story shows.
const SHOWN_LINES: usize = 25;

/// One gateway.
#[derive(Debug)]
pub struct World {
    place: Place,
    pub(crate) guard: Guard,
    client: Client,
    pub(crate) data: Data,
    cable: Option<Cable>,
    sandbox: Launch,
    sandbox_url: String,
    settings: HostSettings,
    edge: Launch,
    edge_settings: EdgeSettings,
    base: String,
    processes: Mutex<Processes>,
    numbers: AtomicU32,
    // Behind the processes, which write into it until they are dropped.
    folder: Option<TempDir>,
}

/// What runs now. Dropped in this order.
#[derive(Debug, Default)]
struct Processes {
    edge: Option<Child>,
    more_edges: Vec<Child>,
    hosts: Vec<Option<Child>>,
    sandbox: Option<Child>,
    redis: Option<Servers>,
}

/// What a world is to have.
#[derive(Debug, Clone)]
pub struct Builder {
    cable: bool,
    hosts: usize,
    redis: Kind,
    env: Vec<(String, String)>,
    variables: Vec<(String, String)>,
}

/// Where the stage is: named by `cargo xtask test`, else the one it made last.
///
/// # Errors
/// When there is none.
pub fn stage() -> Result<Stage> {
    let stage = match std::env::var_os(xtask::test::STAGE_VARIABLE) {
        Some(folder) => Stage::at(folder),
        None => {
            let own = std::env::current_exe()?;
            // target/debug/deps/e2e-…
            let target = own.ancestors().nth(3).context("this program is not in a target folder")?;
            Stage::at(target.join("edgewire").join("test"))
        }
    };
    stage.check(&["edge-host", "conn-host", "sandbox"])?;
    Ok(stage)
}

impl Builder {
    /// How many conn-hosts; one by default.
    #[must_use]
    pub fn hosts(mut self, hosts: usize) -> Self {
        self.hosts = hosts;
        self
    }

    /// Hosts and gateway reach Redis over a [`Cable`].
    #[must_use]
    pub fn behind_a_cable(mut self) -> Self {
        (self.cable, self.redis) = (true, Kind::One);
        self
    }

    /// A Redis Cluster of so many nodes, without replicas.
    #[must_use]
    pub fn cluster(mut self, nodes: usize) -> Self {
        self.redis = Kind::Cluster(nodes);
        self
    }

    /// As [`Self::cluster`], and a replica of each node.
    #[must_use]
    pub fn replicated_cluster(mut self, nodes: usize) -> Self {
        self.redis = Kind::Replicated(nodes);
        self
    }

    /// A Redis with a replica, and sentinels who take that for the primary when the first is away for a second.
    #[must_use]
    pub fn sentinel(mut self) -> Self {
        self.redis = Kind::Sentinel;
        self
    }

    /// A variable for every conn-host.
    #[must_use]
    pub fn host_variable(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A variable of `spin.toml`.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts everything and waits until it is ready, and until several hosts have shared the shards.
    ///
    /// # Panics
    /// When something does not start; its log's last lines are shown.
    pub async fn build(self) -> Arc<World> {
        let hosts = u16::try_from(self.hosts).unwrap_or(u16::MAX);
        let world = match self.try_build().await {
            Ok(world) => world,
            Err(e) => panic!("the world does not start: {e:#}"),
        };
        if hosts > 1 {
            world.balanced(hosts).await;
        }
        world
    }

    /// As [`Self::build`].
    ///
    /// # Errors
    /// When something does not start; its log's last lines are in the error.
    pub async fn try_build(self) -> Result<Arc<World>> {
        block_in_place(|| self.start()).map(Arc::new)
    }

    fn start(self) -> Result<World> {
        let stage = stage()?;
        let guard = Guard::start(0)?;
        let folder = TempDir::with_prefix("edgewire-")?;
        let compiled = stage.compiled();
        let place = Place { stage, data: folder.path().to_owned() };
        let mut processes = Processes::default();

        let servers = Servers::start(self.redis, &place, &guard)?;
        let (redis_url, data) = (servers.url(), servers.data());
        let cable = match self.cable {
            true => Some(Handle::current().block_on(Cable::lay(&redis_url))?),
            false => None,
        };
        let way = cable.as_ref().map_or(redis_url, Cable::url);

        let (child, at) = start(&place.sandbox(0), &guard)?;
        let (sandbox, sandbox_url) = (place.sandbox(at.port()), format!("http://{at}"));
        processes.sandbox = Some(child);

        let settings = HostSettings {
            redis_url: way.clone(),
            master_key: Credentials::generate("default", Network::Sandbox)?.master_key,
            sandbox_ws_url: Some(format!("ws://{at}/ws/chat")),
            env: servers.of_hosts().into_iter().chain(self.env).collect(),
        };
        for number in 0..self.hosts {
            let launch = place.conn_host(place.stage.program("conn-host"), number, &settings);
            processes.hosts.push(Some(start(&launch, &guard)?.0));
        }

        let mut variables = EdgeSettings::beside(true);
        variables.extend(servers.of_components());
        variables.extend(self.variables);
        processes.redis = Some(servers);
        let edge_settings = EdgeSettings { redis_url: way, compiled, variables };
        let (child, at) = start(&place.edge_host(0, &edge_settings), &guard)?;
        let edge = place.edge_host(at.port(), &edge_settings);
        processes.edge = Some(child);
        let path = if self.hosts > 0 { "/readyz" } else { "/livez" };
        await_ready("the gateway", at, path, READY, &mut || false)?;

        Ok(World {
            client: Client::default(),
            place,
            guard,
            data,
            cable,
            sandbox,
            sandbox_url,
            settings,
            edge,
            edge_settings,
            base: format!("http://{at}"),
            processes: Mutex::new(processes),
            numbers: AtomicU32::new(1),
            folder: Some(folder),
        })
    }
}

fn start(launch: &Launch, guard: &Guard) -> Result<(Child, SocketAddr)> {
    let (child, text) = launch.start(guard, &mut || false)?;
    Ok((child, address(&text)?))
}

impl World {
    /// A world of one conn-host.
    pub async fn up() -> Arc<Self> {
        Self::builder().build().await
    }

    /// What it is to have.
    pub fn builder() -> Builder {
        Builder { cable: false, hosts: 1, redis: Kind::usual(), env: Vec::new(), variables: Vec::new() }
    }

    /// A new tenant.
    pub fn organization(self: &Arc<Self>, name: &str) -> Organization {
        Organization::create(self, name)
    }

    /// A request in nobody's name.
    pub fn request(&self, method: Method, path: &str) -> Request {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The network.
    pub fn sandbox(&self) -> Sandbox {
        Sandbox::new(self.client.clone(), self.sandbox_url.clone())
    }

    /// Where the gateway is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The way to Redis.
    ///
    /// # Panics
    /// When it was not asked for.
    pub fn cable(&self) -> &Cable {
        self.cable.as_ref().expect("a world behind a cable")
    }

    /// A number that nobody else in this world has: for names and phone numbers.
    pub fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Where conn-host's ordinary build is, which refuses the sandbox.
    pub fn plain_conn_host(&self) -> PathBuf {
        self.place.stage.plain_conn_host()
    }

    /// How a conn-host of this world would be started from `program`, under a name of its own.
    pub fn launch_of(&self, program: PathBuf) -> Launch {
        self.place.conn_host(program, 1000 + self.next_number() as usize, &self.settings)
    }

    /// Ends a conn-host at once, as a crash does.
    pub fn kill_host(&self, number: usize) {
        block_in_place(|| drop(self.processes().hosts[number].take()));
    }

    /// Asks a conn-host to stop and waits until it has. Says whether it went by itself.
    pub fn stop_host(&self, number: usize) -> bool {
        block_in_place(|| self.processes().hosts[number].take().is_none_or(|mut host| host.stop(GRACE)))
    }

    /// Starts another edge-host, as another machine would: where it is.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_another_edge(&self) -> String {
        let launch = self.place.edge_host(0, &self.edge_settings);
        let (child, at) = block_in_place(|| start(&launch, &self.guard)).expect("edge-host starts");
        self.processes().more_edges.push(child);
        format!("http://{at}")
    }

    /// Starts a conn-host again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_host(&self, number: usize) {
        self.start_host_with(number, &[]);
    }

    /// As [`Self::start_host`], with more variables.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_host_with(&self, number: usize, variables: &[(&str, &str)]) {
        let mut launch = self.place.conn_host(self.place.stage.program("conn-host"), number, &self.settings);
        launch.env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let started = block_in_place(|| start(&launch, &self.guard));
        self.processes().hosts[number] = Some(started.expect("conn-host starts").0);
    }

    /// Whether a conn-host runs; one that ended by itself does not.
    pub fn host_runs(&self, number: usize) -> bool {
        block_in_place(|| self.processes().hosts[number].as_mut().is_some_and(|host| host.ended().is_none()))
    }

    /// The process ids of the conn-hosts that run.
    pub fn host_pids(&self) -> Vec<u32> {
        self.processes().hosts.iter().flatten().map(Child::pid).collect()
    }

    /// The process id of edge-host.
    ///
    /// # Panics
    /// When it does not run.
    pub fn edge_pid(&self) -> u32 {
        self.processes().edge.as_ref().expect("edge-host runs").pid()
    }

    /// Freezes a conn-host (SIGSTOP) or lets it go on (SIGCONT), as a machine does that swaps or sleeps.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal_host(&self, number: usize, signal: Signal) {
        let mut processes = self.processes();
        let host = processes.hosts[number].as_mut().expect("the host runs");
        host.signal(signal).expect("the host is signalled");
    }

    /// Does something to its Redis.
    pub(crate) fn servers<T>(&self, what: impl FnOnce(&mut Servers) -> T) -> T {
        what(self.processes().redis.as_mut().expect("a world has a Redis"))
    }

    /// Stops everything in order and starts it again: a machine that is rebooted.
    ///
    /// # Panics
    /// When something does not start again.
    pub async fn restart_all(&self) {
        let hosts = self.processes().hosts.len();
        block_in_place(|| {
            self.processes().edge.take().map(|mut edge| edge.stop(GRACE));
            for number in 0..hosts {
                self.stop_host(number);
            }
            self.processes().sandbox.take().map(|mut sandbox| sandbox.stop(GRACE));
        });
        self.stop_redis();
        self.start_redis();
        let sandbox = block_in_place(|| start(&self.sandbox, &self.guard)).expect("the sandbox starts");
        self.processes().sandbox = Some(sandbox.0);
        for number in 0..hosts {
            self.start_host(number);
        }
        let edge = block_in_place(|| start(&self.edge, &self.guard)).expect("edge-host starts");
        self.processes().edge = Some(edge.0);
        block_in_place(|| await_ready("the gateway", edge.1, "/readyz", READY, &mut || false))
            .expect("ready again");
    }

    fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last lines of every process's log.
    pub fn logs(&self) -> String {
        let mut shown = String::new();
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.place.data.join("logs"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|f| f.path())
            .collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            shown.push_str(&format!("--- {}\n", file.display()));
            for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
                shown.push_str(line);
                shown.push('\n');
            }
        }
        shown
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.logs();
            let kept = self.folder.take().map(TempDir::keep);
            xtask::say::say(format!("{logs}--- kept: {}", kept.unwrap_or_default().display()));
        }
        let processes = self.processes.get_mut().unwrap_or_else(PoisonError::into_inner);
        *processes = Processes::default();
    }
}
