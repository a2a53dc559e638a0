//! Where Redis is: one server, the primary that sentinels know, or the node of a cluster that has the key.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use edgewire_contract::servers::{Redirect, RedisUrl, Slots, Told, endpoint, slot};
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use super::failure::Failure;
use crate::settings::Settings;

/// What an instance knows of it.
pub(super) struct Servers {
    url: RedisUrl,
    named: Vec<Rc<Server>>,
    /// The name under which sentinels know the primary; the URL names those then.
    sentinel: Option<String>,
    primary: RefCell<Option<Rc<Server>>>,
    /// Which of those that are known is asked when it is not known who has a key, or who is the primary.
    turn: Cell<usize>,
    is_cluster: Cell<bool>,
    slots: RefCell<Slots>,
}

/// One server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// `host:port`.
    pub endpoint: String,
    /// What is connected to.
    pub address: String,
}

impl Servers {
    pub(super) fn new(settings: &Settings) -> Self {
        let url = RedisUrl::parse(&settings.redis_url);
        let named = url.endpoints().map(|endpoint| server(&url, endpoint)).collect();
        Self {
            url,
            named,
            sentinel: settings.redis_sentinel.clone(),
            primary: RefCell::default(),
            turn: Cell::new(0),
            is_cluster: Cell::new(false),
            slots: RefCell::default(),
        }
    }

    /// Who is asked about a key.
    pub(super) async fn of(&self, key: &[u8]) -> Result<Rc<Server>, Failure> {
        if let Some(name) = &self.sentinel {
            return self.primary(name).await;
        }
        if self.is_cluster.get()
            && let Some(node) = self.slots.borrow().node(slot(key))
        {
            return Ok(server(&self.url, node));
        }
        let turn = self.turn.get();
        if turn < self.named.len() {
            return Ok(self.named[turn].clone());
        }
        // None of those that the URL names is there; another may know.
        let node = self.slots.borrow().nodes().nth(turn - self.named.len()).map(str::to_owned);
        Ok(node.map_or_else(|| self.named[0].clone(), |node| server(&self.url, &node)))
    }

    /// Whether a command may have keys of one slot only, as far as is known.
    pub(super) fn is_cluster(&self) -> bool {
        self.is_cluster.get()
    }

    /// It is a cluster.
    pub(super) fn note_cluster(&self) {
        self.is_cluster.set(true);
    }

    /// Learns from a redirection, whose `table` (the answer to `CLUSTER SLOTS`) is there if it was asked for. Who has the
    /// key.
    pub(super) fn learn(&self, redirect: &Redirect, table: &[RedisResult], asked: &Server) -> Rc<Server> {
        self.note_cluster();
        let mut slots = self.slots.borrow_mut();
        if !table.is_empty() {
            let told: Vec<_> = table.iter().map(told).collect();
            *slots = Slots::read(&told, &asked.endpoint);
        }
        if !redirect.ask {
            slots.set(redirect.slot, redirect.slot, &redirect.node);
        }
        server(&self.url, &redirect.node)
    }

    /// Whether the whole table of slots is still to be asked for.
    pub(super) fn knows_no_slots(&self) -> bool {
        self.slots.borrow().nodes().next().is_none()
    }

    /// A server could not be asked: another may be what it was.
    pub(super) fn lost(&self, server: &Server) {
        *self.primary.borrow_mut() = None;
        self.slots.borrow_mut().forget(&server.endpoint);
        let known = self.named.len() + self.slots.borrow().nodes().count();
        self.turn.set((self.turn.get() + 1) % known);
    }

    /// Where the primary is: what the first sentinel says that knows. The one that answered last is asked first.
    async fn primary(&self, name: &str) -> Result<Rc<Server>, Failure> {
        if let Some(primary) = self.primary.borrow().as_ref() {
            return Ok(primary.clone());
        }
        let mut why = format!("no sentinel knows a primary of the name {name}");
        let sentinels = self.url.sentinels();
        let first = self.turn.get();
        for turn in (first..first + sentinels.len()).map(|turn| turn % sentinels.len()) {
            // Whoever says nothing is not the first to be asked next time.
            self.turn.set(turn + 1);
            // Mostly they want no password; one that does refuses.
            for address in &sentinels[turn] {
                match ask_sentinel(address, name).await {
                    Ok(Some(endpoint)) => {
                        self.turn.set(turn);
                        let primary = server(&self.url, &endpoint);
                        *self.primary.borrow_mut() = Some(primary.clone());
                        return Ok(primary);
                    }
                    Ok(None) => break,
                    Err(Failure::Refused(_)) => {}
                    Err(failure) => {
                        if let Failure::Lost(text) = failure {
                            why = text;
                        }
                        break;
                    }
                }
            }
        }
        Err(Failure::Lost(why))
    }
}

/// What a sentinel says, `host:port`.
async fn ask_sentinel(address: &str, name: &str) -> Result<Option<String>, Failure> {
    let failed = |error| Failure::of(error, "a sentinel");
    let sentinel = Connection::open(address).await.map_err(failed)?;
    let question =
        ["GET-MASTER-ADDR-BY-NAME", name].map(|word| RedisParameter::Binary(word.as_bytes().to_vec()));
    let answer = sentinel.execute("SENTINEL", question).await.map_err(failed)?;
    let [RedisResult::Binary(host), RedisResult::Binary(port), ..] = answer.as_slice() else {
        return Ok(None);
    };
    Ok(Some(endpoint(&String::from_utf8_lossy(host), String::from_utf8_lossy(port))))
}

fn server(url: &RedisUrl, endpoint: &str) -> Rc<Server> {
    Rc::new(Server { endpoint: endpoint.to_owned(), address: url.at(endpoint) })
}

fn told(value: &RedisResult) -> Told<'_> {
    let text = |bytes| std::str::from_utf8(bytes).map_or(Told::Nothing, Told::Text);
    match value {
        RedisResult::Nil => Told::Nothing,
        RedisResult::Int64(number) => Told::Number(*number),
        RedisResult::Status(status) => Told::Text(status),
        RedisResult::Binary(bytes) => text(bytes),
    }
}
