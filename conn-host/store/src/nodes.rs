//! Which server is asked: the only one, the primary that sentinels know, or of a cluster's the one that has the key.
//!
//! Whether the server is a node of a cluster is asked at the start. From then on the table of slots is kept: a node that
//! has not, or no longer, what it is asked for says who has (`MOVED`, `ASK`), which costs that call a round trip and is
//! remembered. A node that cannot be asked has the table read anew in the background: its replica may have its slots by
//! then. A command that was redirected was not run, so that following is not sending it twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edgewire_contract::keys;
use edgewire_contract::servers::{Redirect, RedisUrl, Slots, Told, endpoint, slot};
use futures::future::join_all;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    Arg, Client, Cmd, ConnectionAddr, IntoConnectionInfo as _, Pipeline, RedisError, RedisResult, Value,
};
use tokio::time::Instant;

use crate::error::{StoreError, parts};
use crate::node::{Node, Target};
use crate::sentinel::Sentinels;
use crate::settings::Settings;

/// How often one command is redirected before something must be wrong.
const REDIRECTIONS: usize = 5;
/// The table of slots is read no more often than this.
const LOOKS: Duration = Duration::from_millis(250);

/// All servers that may have to be asked.
pub(crate) struct Nodes {
    url: RedisUrl,
    settings: Settings,
    troubles: Arc<AtomicU64>,
    /// What the URL names first, or the primary.
    first: Arc<Node>,
    is_cluster: AtomicBool,
    cluster: Mutex<Cluster>,
    /// When the table was last asked for; held while it is.
    looked: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Cluster {
    slots: Slots,
    nodes: HashMap<String, Arc<Node>>,
}

impl Nodes {
    /// Connects. Errors: [`StoreError::Setting`] for a URL that is none; [`StoreError::Unavailable`] when nobody answers.
    pub(crate) async fn connect(
        settings: &Settings,
        troubles: Arc<AtomicU64>,
    ) -> Result<Arc<Self>, StoreError> {
        let url = RedisUrl::parse(&settings.url);
        let servers = url.each();
        for server in &servers {
            client(server)?;
        }
        let target = match &settings.sentinel {
            Some(name) => Target::Primary(Sentinels::new(url.clone(), name.clone())),
            None => Target::Server(client(&servers[0])?),
        };
        let name = endpoint_of(&servers[0]);
        let nodes = Arc::new(Self {
            first: Arc::new(Node::new(name, target, settings, troubles.clone())),
            url,
            settings: settings.clone(),
            troubles,
            is_cluster: AtomicBool::new(false),
            cluster: Mutex::default(),
            looked: tokio::sync::Mutex::default(),
        });
        if settings.sentinel.is_none() {
            nodes.find_out(&servers).await?;
        }
        Ok(nodes)
    }

    /// Asks whether the servers of the URL are a cluster's; the first that answers says it for all.
    async fn find_out(&self, servers: &[String]) -> Result<(), StoreError> {
        let mut answer = self.first.send(Cmd::new().arg("INFO").arg("cluster")).await;
        for server in servers.iter().skip(1) {
            if answer.is_ok() {
                break;
            }
            let node = self.node_at(&endpoint_of(server))?;
            answer = node.send(Cmd::new().arg("INFO").arg("cluster")).await;
        }
        // One that may not be asked is a single server, unless it redirects.
        let text = answer?.ok().and_then(|info| redis::from_redis_value::<String>(info).ok());
        if text.is_some_and(|text| text.contains("cluster_enabled:1")) {
            self.is_cluster.store(true, Ordering::Relaxed);
            return self.look().await;
        }
        match servers {
            [_] => Ok(()),
            _ => Err(StoreError::Setting(
                "the Redis URL names several servers, which are neither a cluster's nor said to be sentinels"
                    .into(),
            )),
        }
    }

    /// Whether keys are in slots of several servers.
    pub(crate) fn is_cluster(&self) -> bool {
        self.is_cluster.load(Ordering::Relaxed)
    }

    /// Who is asked about a key.
    pub(crate) fn of_key(&self, key: &str) -> Result<Arc<Node>, StoreError> {
        if self.is_cluster() { self.of_slot(slot(key.as_bytes())) } else { Ok(self.first.clone()) }
    }

    /// Sends a command; the outer error is that there is no connection to send it with.
    pub(crate) async fn send(self: &Arc<Self>, command: &Cmd) -> Result<RedisResult<Value>, StoreError> {
        if !self.is_cluster() {
            let sent = self.first.send(command).await;
            if redirect(&sent, &self.first).is_none() {
                return sent;
            }
            self.is_cluster.store(true, Ordering::Relaxed);
        }
        let mut node = match key_of(command) {
            Some(key) => self.of_slot(slot(key))?,
            None => self.anybody()?,
        };
        let mut asking = false;
        for _ in 0..REDIRECTIONS {
            let sent = if asking { node.send_asking(command).await } else { node.send(command).await };
            let Some(redirect) = redirect(&sent, &node) else {
                self.after(&sent);
                return sent;
            };
            asking = redirect.ask;
            node = self.follow(&redirect)?;
        }
        Err(StoreError::Unavailable("the cluster's nodes send us from one to the other".into()))
    }

    /// Sends several commands in one round trip, to each node that has some.
    pub(crate) async fn pipeline(
        self: &Arc<Self>,
        pipeline: &Pipeline,
    ) -> Result<RedisResult<Value>, StoreError> {
        if !self.is_cluster() {
            return self.first.pipeline(pipeline).await;
        }
        if pipeline.is_transaction() {
            return self.transaction(pipeline).await;
        }
        // They are written in their order, to each node before any answer is waited for.
        let mut answers = Vec::with_capacity(pipeline.len());
        for sent in join_all(pipeline.cmd_iter().map(|command| self.send(command))).await {
            match sent? {
                Ok(answer) => answers.push(answer),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(Value::Array(answers)))
    }

    /// All commands of a transaction have keys of one slot.
    async fn transaction(self: &Arc<Self>, pipeline: &Pipeline) -> Result<RedisResult<Value>, StoreError> {
        let mut node = match pipeline.cmd_iter().next().and_then(key_of) {
            Some(key) => self.of_slot(slot(key))?,
            None => self.anybody()?,
        };
        for _ in 0..REDIRECTIONS {
            let sent = node.pipeline(pipeline).await;
            match redirect(&sent, &node) {
                Some(redirect) if !redirect.ask => node = self.follow(&redirect)?,
                _ => {
                    self.after(&sent);
                    return sent;
                }
            }
        }
        Err(StoreError::Unavailable("the cluster's nodes send us from one to the other".into()))
    }

    /// Who has a slot; whoever there is when it is not known, who will say.
    fn of_slot(&self, slot: u16) -> Result<Arc<Node>, StoreError> {
        let known = self.cluster().slots.node(slot).map(str::to_owned);
        match known {
            Some(name) => self.node_at(&name),
            None => Ok(self.first.clone()),
        }
    }

    /// Who is asked what has no key, such as the time: always the same node, as long as it can be.
    fn anybody(&self) -> Result<Arc<Node>, StoreError> {
        let home = self.of_slot(slot(keys::layout().as_bytes()))?;
        if home.is_connected() {
            return Ok(home);
        }
        Ok(self.cluster().nodes.values().find(|node| node.is_connected()).cloned().unwrap_or(home))
    }

    /// The node of an address.
    fn node_at(&self, name: &str) -> Result<Arc<Node>, StoreError> {
        if name == self.first.name {
            return Ok(self.first.clone());
        }
        let mut cluster = self.cluster();
        if let Some(node) = cluster.nodes.get(name) {
            return Ok(node.clone());
        }
        let target = Target::Server(client(&self.url.at(name))?);
        let node = Arc::new(Node::new(name.to_owned(), target, &self.settings, self.troubles.clone()));
        cluster.nodes.insert(name.to_owned(), node.clone());
        Ok(node)
    }

    /// Who a redirection leads to.
    fn follow(&self, redirect: &Redirect) -> Result<Arc<Node>, StoreError> {
        if !redirect.ask {
            self.cluster().slots.set(redirect.slot, redirect.slot, &redirect.node);
        }
        self.node_at(&redirect.node)
    }

    /// Has the table read anew where a failure may mean that another node has the slot now.
    fn after(self: &Arc<Self>, sent: &Result<RedisResult<Value>, StoreError>) {
        let failed = match sent {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => StoreError::from_redis(error.clone()).is_retryable(),
            Err(error) => error.is_retryable(),
        };
        if failed {
            let nodes = self.clone();
            tokio::spawn(async move {
                if let Err(error) = nodes.look().await {
                    tracing::debug!(%error, "the cluster's slots cannot be read");
                }
            });
        }
    }

    /// Reads who has which slot: from whoever is connected, else from whoever answers. Nothing, when somebody does so now.
    async fn look(&self) -> Result<(), StoreError> {
        let Ok(mut looked) = self.looked.try_lock() else { return Ok(()) };
        if looked.is_some_and(|then| then.elapsed() < LOOKS) {
            return Ok(());
        }
        *looked = Some(Instant::now());
        for server in self.url.each() {
            self.node_at(&endpoint_of(&server))?;
        }
        let mut nodes: Vec<Arc<Node>> = self.cluster().nodes.values().cloned().collect();
        nodes.push(self.first.clone());
        nodes.sort_by_key(|node| !node.is_connected());
        let mut why = StoreError::Unavailable("the cluster has no nodes".into());
        for node in nodes {
            match node.send(Cmd::new().arg("CLUSTER").arg("SLOTS")).await {
                Ok(Ok(answer)) => {
                    let mut told = Vec::new();
                    read_through(&answer, &mut told);
                    let slots = Slots::read(&told, &node.name);
                    // A node that was cut off may know of none.
                    if slots.nodes().next().is_some() {
                        let mut cluster = self.cluster();
                        cluster.nodes.retain(|name, _| slots.nodes().any(|known| known == name));
                        cluster.slots = slots;
                        return Ok(());
                    }
                }
                Ok(Err(error)) => why = StoreError::from_redis(error),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        // Nothing is awaited or fails under this lock, so a poisoned one is still whole.
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client of the server at `url`.
pub(crate) fn client(url: &str) -> Result<Client, StoreError> {
    let tcp = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(TcpKeepalive::new().with_time(Duration::from_secs(15)));
    let info = url
        .into_connection_info()
        .map_err(|_| StoreError::Setting("the Redis URL must look as redis://host:6379/0".into()))?
        .set_tcp_settings(tcp);
    Client::open(info).map_err(StoreError::from_redis)
}

/// The `host:port` of a URL of one server.
fn endpoint_of(url: &str) -> String {
    match url.into_connection_info().as_ref().map(redis::ConnectionInfo::addr) {
        Ok(ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) => {
            endpoint(host, port)
        }
        _ => url.to_owned(),
    }
}

/// What a node said that has not what it was asked for.
fn redirect(sent: &Result<RedisResult<Value>, StoreError>, asked: &Node) -> Option<Redirect> {
    let Ok(Err(error)) = sent else { return None };
    redirect_of(error, &asked.name)
}

fn redirect_of(error: &RedisError, asked: &str) -> Option<Redirect> {
    let (code, detail) = parts(error);
    let code = code.filter(|code| matches!(code.as_str(), "MOVED" | "ASK"))?;
    Redirect::read(&format!("{code} {}", detail.unwrap_or_default()), asked)
}

/// The first key of a command.
fn key_of(command: &Cmd) -> Option<&[u8]> {
    let mut words = command.args_iter().filter_map(|word| match word {
        Arg::Simple(word) => Some(word),
        _ => None,
    });
    match words.next()? {
        b"PING" | b"TIME" | b"INFO" | b"CONFIG" | b"COMMAND" | b"CLIENT" => None,
        // The script, the number of keys.
        b"EVAL" | b"EVALSHA" => words.nth(2),
        b"XREAD" | b"XREADGROUP" => words.skip_while(|word| *word != b"STREAMS").nth(1),
        _ => words.next(),
    }
}

/// All values of an answer, through all its lists.
fn read_through<'a>(answer: &'a Value, told: &mut Vec<Told<'a>>) {
    match answer {
        Value::Array(values) => values.iter().for_each(|value| read_through(value, told)),
        Value::Int(number) => told.push(Told::Number(*number)),
        Value::BulkString(bytes) => told.push(std::str::from_utf8(bytes).map_or(Told::Nothing, Told::Text)),
        Value::SimpleString(text) => told.push(Told::Text(text)),
        _ => told.push(Told::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commands_key_is_found() {
        let key = |words: &[&str]| {
            let mut command = Cmd::new();
            for word in words {
                command.arg(*word);
            }
            key_of(&command).map(|key| String::from_utf8_lossy(key).into_owned())
        };
        for words in [
            &["HGET", "k", "f"][..],
            &["EVALSHA", "sha", "2", "k", "l", "x"],
            &["XREAD", "COUNT", "1", "STREAMS", "k", "0"],
        ] {
            assert_eq!(key(words).as_deref(), Some("k"), "{words:?}");
        }
        assert_eq!(key(&["TIME"]), None);
        assert_eq!(key(&["EVAL", "return 1", "0"]), None);
    }

    #[test]
    fn a_redirection_is_told_from_other_errors() {
        let error = |code: &str, detail: &str| redis::make_extension_error(code.into(), Some(detail.into()));
        let moved = redirect_of(&error("MOVED", "7 10.0.0.2:7001"), "10.0.0.1:7000").unwrap();
        assert_eq!((moved.ask, moved.slot, moved.node.as_str()), (false, 7, "10.0.0.2:7001"));
        assert!(
            redirect_of(&error("ASK", "7 :7001"), "h:7000").is_some_and(|it| it.ask && it.node == "h:7001")
        );
        assert_eq!(redirect_of(&error("ERR", "MOVED 7 h:1"), "h:7000"), None);
    }
}
