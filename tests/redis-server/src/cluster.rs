//! Several servers that are a cluster, each with an equal part of the slots; and their replicas.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use redis::{Commands as _, Connection, FromRedisValue};

use crate::{RedisServer, free_port};

/// How long the nodes may take to agree.
const AGREE: Duration = Duration::from_secs(20);
/// All slots.
const SLOTS: usize = 16_384;
/// How many keys of a slot go at once.
const KEYS: usize = 100;

/// A running cluster.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts `nodes` nodes and waits until they serve.
    ///
    /// # Panics
    /// As [`RedisServer::start`], and when they do not agree in time.
    pub fn start(nodes: usize) -> Self {
        let nodes: Vec<_> = (0..nodes).map(|_| RedisServer::start_with(cluster_arguments)).collect();
        let cluster = Self { nodes };
        form(&cluster.ports(), &[]);
        cluster
    }

    /// Their URL, the first of them first.
    pub fn url(&self) -> String {
        let all: Vec<_> = self.ports().iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis://{}", all.join(","))
    }

    /// Their ports.
    pub fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(RedisServer::port).collect()
    }

    /// One of them, to be killed and to come back.
    pub fn node(&mut self, number: usize) -> &mut RedisServer {
        &mut self.nodes[number]
    }
}

/// What makes a server a node: arguments.
pub fn cluster_arguments() -> Vec<String> {
    // A node finds the others over this port; by default it is 10,000 above the other one, where there may be none.
    let bus = free_port().to_string();
    let pairs = [("--cluster-enabled", "yes"), ("--cluster-port", &bus), ("--cluster-node-timeout", "2000")];
    pairs.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect()
}

/// Makes a cluster of the nodes on these ports, and gives each a replica as long as there are any; waits until each of them
/// serves, and each replica has its primary's data.
///
/// # Panics
/// When one cannot be asked, or they do not agree in time.
pub fn form(primaries: &[u16], replicas: &[u16]) {
    let all: Vec<u16> = primaries.iter().chain(replicas).copied().collect();
    for (number, port) in primaries.iter().enumerate() {
        let range = part(number, primaries.len());
        let (first, last) = (range.start().to_string(), range.end().to_string());
        let () = ask(*port, &["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
    }
    for (number, port) in all.iter().enumerate() {
        // Two nodes that count their configurations alike would have to settle which is the newer.
        let () = ask(*port, &["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
    }
    let first = all[0].to_string();
    let bus: Vec<String> = ask(all[0], &["CONFIG", "GET", "cluster-port"]);
    for port in &all[1..] {
        let () = ask(*port, &["CLUSTER", "MEET", "127.0.0.1", &first, &bus[1]]);
    }
    for port in &all {
        wait_for(
            *port,
            &["CLUSTER", "INFO"],
            &["cluster_state:ok", &format!("cluster_known_nodes:{}", all.len())],
        );
    }
    for (replica, primary) in replicas.iter().zip(primaries) {
        let id: String = ask(*primary, &["CLUSTER", "MYID"]);
        wait_for(*replica, &["CLUSTER", "NODES"], &[&id]);
        let () = ask(*replica, &["CLUSTER", "REPLICATE", &id]);
        wait_for(*replica, &["INFO", "replication"], &["role:slave", "master_link_status:up"]);
        // Others must know of it, who agree on it.
        let replica: String = ask(*replica, &["CLUSTER", "MYID"]);
        for port in primaries {
            wait_for(*port, &["CLUSTER", "NODES"], &[&format!("slave {id}"), &replica]);
        }
    }
}

/// Waits until the answer has these parts.
fn wait_for(port: u16, question: &[&str], parts: &[&str]) {
    let until = Instant::now() + AGREE;
    loop {
        let answer: String = ask(port, question);
        if parts.iter().all(|part| answer.contains(part)) {
            return;
        }
        assert!(Instant::now() < until, "the cluster does not agree: no {parts:?} in {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Moves a slot with all its keys to the node on port `to`, as a resharding does: the cluster serves it all the while.
///
/// # Panics
/// When a node refuses.
pub fn move_slot(ports: &[u16], slot: u16, to: u16) {
    let id = |port| ask::<String>(port, &["CLUSTER", "MYID"]);
    let number = slot.to_string();
    let from = owner(ports, slot);
    if from == to {
        return;
    }
    let () = ask(to, &["CLUSTER", "SETSLOT", &number, "IMPORTING", &id(from)]);
    let () = ask(from, &["CLUSTER", "SETSLOT", &number, "MIGRATING", &id(to)]);
    loop {
        let keys: Vec<String> = ask(from, &["CLUSTER", "GETKEYSINSLOT", &number, &KEYS.to_string()]);
        if keys.is_empty() {
            break;
        }
        let target = to.to_string();
        let mut words = vec!["MIGRATE", "127.0.0.1", &target, "", "0", "5000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        let _moved: String = ask(from, &words);
    }
    // The one that gets it first: it must not be nobody's.
    for port in [to, from].iter().chain(ports.iter().filter(|port| **port != to && **port != from)) {
        let () = ask(*port, &["CLUSTER", "SETSLOT", &number, "NODE", &id(to)]);
    }
}

/// The port of who has a slot, once the nodes on these ports agree on everything. After a move they do not for a moment: a
/// heartbeat that was on its way may bring the old owner back, and a slot that is moved again meanwhile may end as nobody's.
///
/// # Panics
/// When one cannot be asked, or they do not agree in time.
pub fn owner(ports: &[u16], slot: u16) -> u16 {
    let until = Instant::now() + AGREE;
    loop {
        let views: Vec<Vec<String>> = ports.iter().map(|port| view(*port)).collect();
        if views.iter().all(|view| *view == views[0]) {
            return owner_by(ports[0], slot);
        }
        assert!(Instant::now() < until, "the nodes do not agree: {views:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a node knows of all: id, epoch and slots.
fn view(port: u16) -> Vec<String> {
    let nodes: String = ask(port, &["CLUSTER", "NODES"]);
    let mut view: Vec<String> = nodes
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            [&words[..1], &words[6..]].concat().join(" ").replace(" connected", "")
        })
        .collect();
    view.sort();
    view
}

fn owner_by(asked: u16, slot: u16) -> u16 {
    type Node = (String, u16, String, redis::Value);
    let ranges: Vec<(u16, u16, Node)> = ask(asked, &["CLUSTER", "SLOTS"]);
    let range = ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
    range.expect("every slot is somebody's").2.1
}

/// The slots of one node of `nodes`.
fn part(number: usize, nodes: usize) -> RangeInclusive<usize> {
    number * SLOTS / nodes..=(number + 1) * SLOTS / nodes - 1
}

fn ask<T: FromRedisValue>(port: u16, words: &[&str]) -> T {
    let mut connection = connect(port);
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query(&mut connection).unwrap_or_else(|error| panic!("{}: {error}", words.join(" ")))
}

fn connect(port: u16) -> Connection {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL");
    let mut connection = client.get_connection_with_timeout(AGREE).expect("the node is there");
    let _: String = connection.ping().expect("it answers");
    connection
}
