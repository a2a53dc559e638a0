//! The Redis of a world: one server, the nodes of a cluster, or a primary with a replica and sentinels.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, Pipeline, RedisFuture, Value};
use tokio::task::block_in_place;
use xtask::child::{Child, Launch};
use xtask::guard::Guard;
use xtask::redis::{find_server, free_port, launch};
use xtask::start::Place;

use crate::world::{GRACE, World};

/// Makes the worlds of all stories that do not say what Redis they have a cluster: `cluster`.
const VARIABLE: &str = "EDGEWIRE_E2E_REDIS";
/// The name under which the sentinels know the primary.
const PRIMARY: &str = "edgewire";
/// How many sentinels watch it.
const SENTINELS: usize = 3;
/// What a sentinel says on standard output once it watches.
const WATCHES: &str = "+monitor master";

/// What Redis a world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One server.
    One,
    /// A cluster of so many nodes.
    Cluster(usize),
    /// A cluster of so many nodes, and a replica of each: those come behind them.
    Replicated(usize),
    /// A primary, a replica, and three sentinels.
    Sentinel,
}

impl Kind {
    /// What stories have that do not say.
    pub(crate) fn usual() -> Self {
        match std::env::var(VARIABLE).as_deref() {
            Ok("cluster") => Self::Cluster(3),
            _ => Self::One,
        }
    }
}

/// The servers.
#[derive(Debug)]
pub(crate) struct Servers {
    kind: Kind,
    launches: Vec<Launch>,
    running: Vec<Option<Child>>,
    sentinels: Vec<(u16, Child)>,
    ports: Vec<u16>,
}

impl Servers {
    pub(crate) fn start(kind: Kind, place: &Place, guard: &Guard) -> Result<Self> {
        let program = find_server().context("there is no redis-server on the PATH")?;
        let (launches, running, sentinels, ports) = Default::default();
        let mut servers = Self { kind, launches, running, sentinels, ports };
        match kind {
            Kind::One => servers.add(place, guard, &program, Vec::new)?,
            Kind::Cluster(nodes) | Kind::Replicated(nodes) => {
                let all = if matches!(kind, Kind::Cluster(_)) { nodes } else { 2 * nodes };
                for _ in 0..all {
                    servers.add(place, guard, &program, redis_fixture::cluster_arguments)?;
                }
                redis_fixture::form(&servers.ports[..nodes], &servers.ports[nodes..]);
            }
            Kind::Sentinel => {
                servers.add(place, guard, &program, Vec::new)?;
                let primary = servers.ports[0];
                let of = format!("127.0.0.1 {primary}");
                servers.add(place, guard, &program, || vec!["--replicaof".into(), of.clone()])?;
                for number in 0..SENTINELS {
                    let sentinel = sentinel(place, guard, &program, number, primary)?;
                    servers.sentinels.push(sentinel);
                }
            }
        }
        Ok(servers)
    }

    /// Starts one more. Between our choice of a port and Redis's use of it somebody else may take it: try again.
    fn add(
        &mut self,
        place: &Place,
        guard: &Guard,
        program: &Path,
        more: impl Fn() -> Vec<String>,
    ) -> Result<()> {
        let name = format!("redis-{}", self.launches.len());
        let folder = folder(place, &name)?;
        let mut tries = 3;
        loop {
            let port = free_port()?;
            let mut launch = launch(program, port, &folder, log(place, &name));
            launch.args.extend(more().into_iter().map(Into::into));
            match launch.start(guard, &mut || false) {
                Ok((child, _)) => {
                    self.launches.push(launch);
                    self.running.push(Some(child));
                    self.ports.push(port);
                    return Ok(());
                }
                Err(e) if tries == 0 => return Err(e),
                Err(_) => tries -= 1,
            }
        }
    }

    /// What the gateway is told.
    pub(crate) fn url(&self) -> String {
        match self.kind {
            Kind::Sentinel => url(self.sentinels.iter().map(|(port, _)| *port)),
            _ => url(self.ports.iter().copied()),
        }
    }

    /// Variables of every conn-host, beside the URL.
    pub(crate) fn of_hosts(&self) -> Option<(String, String)> {
        (self.kind == Kind::Sentinel).then(|| ("EDGEWIRE_REDIS_SENTINEL".to_owned(), PRIMARY.to_owned()))
    }

    /// Variables of `spin.toml`, beside the URL.
    pub(crate) fn of_components(&self) -> Vec<(String, String)> {
        let nodes = ("redis_nodes".to_owned(), "redis://127.0.0.1:*".to_owned());
        match self.kind {
            Kind::One => Vec::new(),
            Kind::Cluster(_) | Kind::Replicated(_) => vec![nodes],
            Kind::Sentinel => vec![nodes, ("redis_sentinel".to_owned(), PRIMARY.to_owned())],
        }
    }

    /// Where the data is: of a primary with a replica, the server that was the primary at first.
    pub(crate) fn data(&self) -> Data {
        let ports = match self.kind {
            Kind::Sentinel => &self.ports[..1],
            _ => &self.ports,
        };
        Data {
            cluster: matches!(self.kind, Kind::Cluster(_) | Kind::Replicated(_)),
            url: url(ports.iter().copied()),
        }
    }

    /// The servers' ports; the primary's is the first.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.ports.clone()
    }

    /// A sentinel's port.
    pub(crate) fn sentinel_port(&self) -> Option<u16> {
        self.sentinels.first().map(|(port, _)| *port)
    }

    /// Ends one at once.
    pub(crate) fn kill(&mut self, number: usize) {
        drop(self.running[number].take());
    }

    /// Ends all at once.
    pub(crate) fn kill_all(&mut self) {
        self.running.iter_mut().for_each(|server| drop(server.take()));
    }

    /// Asks all to stop, which saves everything.
    pub(crate) fn stop_all(&mut self, grace: std::time::Duration) {
        for mut server in self.running.iter_mut().filter_map(Option::take) {
            server.stop(grace);
        }
    }

    /// Starts one again, on its data and its port.
    pub(crate) fn come_back(&mut self, number: usize, guard: &Guard) -> Result<()> {
        self.running[number] = Some(self.launches[number].start(guard, &mut || false)?.0);
        Ok(())
    }

    /// Starts all again.
    pub(crate) fn all_come_back(&mut self, guard: &Guard) -> Result<()> {
        (0..self.launches.len()).try_for_each(|number| self.come_back(number, guard))
    }
}

fn sentinel(
    place: &Place,
    guard: &Guard,
    program: &Path,
    number: usize,
    primary: u16,
) -> Result<(u16, Child)> {
    let name = format!("sentinel-{number}");
    let folder = folder(place, &name)?;
    let port = free_port()?;
    // It writes what it learns into its settings.
    let settings = folder.join("sentinel.conf");
    let lines = [
        format!("port {port}"),
        "bind 127.0.0.1".to_owned(),
        format!("dir {}", folder.display()),
        format!("sentinel monitor {PRIMARY} 127.0.0.1 {primary} 2"),
        format!("sentinel down-after-milliseconds {PRIMARY} 1000"),
        format!("sentinel failover-timeout {PRIMARY} 5000"),
    ];
    std::fs::write(&settings, lines.join("\n"))?;
    let mut launch = launch(program, port, &folder, log(place, &name));
    launch.args = vec![settings.into(), "--sentinel".into()];
    launch.ready = WATCHES;
    Ok((port, launch.start(guard, &mut || false)?.0))
}

fn folder(place: &Place, name: &str) -> Result<PathBuf> {
    let folder = place.data.join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

fn log(place: &Place, name: &str) -> PathBuf {
    place.data.join("logs").join(format!("{name}.log"))
}

fn url(ports: impl Iterator<Item = u16>) -> String {
    let all: Vec<_> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
    format!("redis://{}", all.join(","))
}

/// Where a world's data is.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    cluster: bool,
    pub(crate) url: String,
}

impl Data {
    pub(crate) async fn connect(&self) -> redis::RedisResult<Redis> {
        if !self.cluster {
            let client = redis::Client::open(self.url.as_str())?;
            return Ok(Redis::One(client.get_multiplexed_async_connection().await?));
        }
        let nodes = self.url.trim_start_matches("redis://").split(',').map(|node| format!("redis://{node}"));
        let client = redis::cluster::ClusterClient::new(nodes)?;
        Ok(Redis::Cluster(client.get_async_connection().await?))
    }
}

/// A connection to a world's Redis.
#[derive(Clone)]
pub enum Redis {
    /// To one server.
    One(MultiplexedConnection),
    /// To all nodes of a cluster.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Redis {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(one) => one.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let mut connection = self.clone();
        Box::pin(async move {
            match &mut connection {
                Self::One(one) => one.req_packed_commands(commands, offset, count).await,
                Self::Cluster(cluster) if commands.is_transaction() => {
                    cluster.req_packed_commands(commands, offset, count).await
                }
                // A pipeline goes to one node; its commands need not.
                Self::Cluster(cluster) => {
                    let mut answers = Vec::with_capacity(commands.len());
                    for command in commands.cmd_iter() {
                        answers.push(cluster.req_packed_command(command).await?);
                    }
                    Ok(answers)
                }
            }
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl World {
    /// Where the data is: one URL, of all nodes of a cluster.
    pub fn redis_url(&self) -> String {
        self.data.url.clone()
    }

    /// A connection to Redis.
    ///
    /// # Panics
    /// When it is away.
    pub async fn redis(&self) -> Redis {
        self.data.connect().await.expect("Redis is there")
    }

    /// Ends Redis at once.
    pub fn kill_redis(&self) {
        block_in_place(|| self.servers(Servers::kill_all));
    }

    /// Asks Redis to stop, which saves everything.
    pub fn stop_redis(&self) {
        block_in_place(|| self.servers(|redis| redis.stop_all(GRACE)));
    }

    /// Starts Redis again, on its data and its port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_redis(&self) {
        block_in_place(|| self.servers(|redis| redis.all_come_back(&self.guard))).expect("Redis starts");
    }

    /// Ends one of several servers at once.
    pub fn kill_redis_server(&self, number: usize) {
        block_in_place(|| self.servers(|redis| redis.kill(number)));
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_redis_server(&self, number: usize) {
        block_in_place(|| self.servers(|redis| redis.come_back(number, &self.guard))).expect("Redis starts");
    }

    /// The ports of the servers; at first the primary's is the first.
    pub fn redis_ports(&self) -> Vec<u16> {
        self.servers(|redis| redis.ports())
    }

    /// The port of a sentinel.
    ///
    /// # Panics
    /// When there is none.
    pub fn sentinel_port(&self) -> u16 {
        self.servers(|redis| redis.sentinel_port()).expect("a sentinel")
    }
}
