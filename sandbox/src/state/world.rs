//! Everything the sandbox knows, behind one lock.
//!
//! Map: [`World`] is the state and the verbs every area uses: resolving addresses, writing to a connection, queueing for
//! a device, settling what was acknowledged. Areas are functions over `&mut World`; none of them awaits, so a stanza is
//! handled as a whole and in order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use tokio::sync::{mpsc, watch};
use wacore_binary::{Jid, Node, Server};

use super::account::{Account, Addr, Device};
use super::app_state::AppState;
use super::call::Call;
use super::fault::Faults;
use super::group::Group;
use super::guard::Guard;
use super::journal::Journal;
use super::media::MediaStore;
use super::newsletter::Newsletter;
use super::queue::{Class, Queued};
use super::relay::RelayLog;
use crate::areas::pair_code::CodeLink;
use crate::areas::passkey::PasskeyLink;
use crate::noise::ServerKeys;
use crate::phone::Phone;

/// The most stanzas kept for one device that does not come back; the oldest go first.
const QUEUE_CAPACITY: usize = 50_000;

/// Names a connection; never used twice.
pub type ConnId = u64;

/// What a connection's writer is told.
pub enum Out {
    /// Send this stanza.
    Stanza(Box<Node>),
    /// Say goodbye and close.
    Close,
    /// Close without a word.
    Drop,
}

/// Who is at the other end of a connection.
pub enum Peer {
    /// A client that wants to be linked.
    Pairing(Box<Pairing>),
    /// A linked device.
    Device(Addr),
}

/// A connection before its device exists.
pub struct Pairing {
    /// The client's Noise key.
    pub noise_public: [u8; 32],
    /// The name in its ClientPayload: picks the account.
    pub push_name: String,
    /// The QR references it was given.
    pub refs: Vec<String>,
    /// The device made for it by a scan or a code, until it signs.
    pub pending: Option<Box<(Addr, Device)>>,
}

/// An open WebSocket.
pub struct Conn {
    /// Who it is.
    pub peer: Peer,
    /// The `Host` it came to: where it reaches us for media, too.
    pub host: Option<String>,
    /// To its writer.
    pub tx: mpsc::UnboundedSender<Out>,
    /// Whether it asked for its queue (`<active/>`).
    pub active: bool,
    /// True while its socket must not be read.
    pub freeze: watch::Sender<bool>,
}

/// The state.
pub struct World {
    /// The server's Noise key.
    pub keys: ServerKeys,
    /// By phone number.
    pub accounts: BTreeMap<String, Account>,
    /// LID user to phone number.
    pub lids: HashMap<String, String>,
    /// By the user part of the group address.
    pub groups: BTreeMap<String, Group>,
    /// By the user part of the newsletter address.
    pub newsletters: BTreeMap<String, Newsletter>,
    /// Until when (unix seconds) a device is told what happens to a newsletter's messages.
    pub live_updates: HashMap<(Addr, String), i64>,
    /// Open connections.
    pub conns: HashMap<ConnId, Conn>,
    /// The connection of each device that is logged in.
    pub online: HashMap<Addr, ConnId>,
    /// QR references still valid, with the connection they were given to.
    pub refs: HashMap<String, ConnId>,
    /// Pair codes in progress, by phone number.
    pub code_links: HashMap<String, CodeLink>,
    /// Clients that are asked for a passkey.
    pub passkeys: HashMap<ConnId, PasskeyLink>,
    /// Subscribed device to the addresses it watches, as it wrote them.
    pub presence_subs: HashMap<Addr, HashSet<String>>,
    /// Typing notices by the device that was told, with the time they came.
    pub chatstates: HashMap<Addr, Vec<(Instant, Node)>>,
    /// Uploaded media.
    pub media: MediaStore,
    /// Calls by id.
    pub calls: BTreeMap<String, Call>,
    /// Which message went where.
    pub relay: RelayLog,
    /// Which stanzas clients sent.
    pub journal: Journal,
    /// What is to go wrong.
    pub faults: Faults,
    /// Unknown IQs answered with 501, by namespace and tag.
    pub unknown_iqs: BTreeMap<String, u64>,
    /// Handshakes by pattern.
    pub handshakes: BTreeMap<&'static str, u64>,
    /// Host and port that clients reach us at.
    pub authority: String,
    next_id: u64,
    dirty: watch::Sender<u64>,
}

impl World {
    /// An empty network.
    pub fn new(keys: ServerKeys, dirty: watch::Sender<u64>) -> Self {
        World {
            keys,
            accounts: BTreeMap::new(),
            lids: HashMap::new(),
            groups: BTreeMap::new(),
            newsletters: BTreeMap::new(),
            live_updates: HashMap::new(),
            conns: HashMap::new(),
            online: HashMap::new(),
            refs: HashMap::new(),
            code_links: HashMap::new(),
            passkeys: HashMap::new(),
            presence_subs: HashMap::new(),
            chatstates: HashMap::new(),
            media: MediaStore::default(),
            calls: BTreeMap::new(),
            relay: RelayLog::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            unknown_iqs: BTreeMap::new(),
            handshakes: BTreeMap::new(),
            authority: String::new(),
            next_id: 0,
            dirty,
        }
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or_default()
    }

    /// A number not given out before in this process.
    pub fn fresh_number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// An id for a stanza of the server's own; also distinct from those of an earlier run.
    pub fn fresh_id(&mut self, prefix: &str) -> String {
        let number = self.fresh_number();
        format!("{prefix}{number}-{:08x}", rand::random::<u32>())
    }

    /// Says that something worth keeping has changed.
    pub fn touch(&self) {
        self.dirty.send_modify(|count| *count += 1);
    }

    // ---- accounts and addresses ----

    /// Makes an account; the phone number is made up when none is given.
    pub fn create_account(&mut self, phone: Option<String>, push_name: &str) -> Result<&mut Account> {
        let phone = match phone {
            Some(phone) => phone,
            None => (1u64..)
                .map(|n| format!("1555{n:07}"))
                .find(|phone| !self.accounts.contains_key(phone))
                .unwrap_or_default(),
        };
        if phone.len() < 5 || phone.len() > 15 || !phone.bytes().all(|b| b.is_ascii_digit()) {
            bail!("a phone number is 5 to 15 digits");
        }
        if self.accounts.contains_key(&phone) {
            bail!("the account exists");
        }
        let lid = (100_000_000_000_001u64 + self.accounts.len() as u64..)
            .map(|n| n.to_string())
            .find(|lid| !self.lids.contains_key(lid))
            .unwrap_or_default();
        let now = self.now();
        self.lids.insert(lid.clone(), phone.clone());
        let account = Account {
            phone: phone.clone(),
            lid,
            push_name: push_name.to_owned(),
            auto_delivery: true,
            auto_read: false,
            auto_reply: None,
            virtual_phone: Phone::generate()?,
            devices: BTreeMap::new(),
            next_device: 1,
            app_state: AppState::new(if push_name.is_empty() { "Sandbox" } else { push_name }, now),
            about: String::new(),
            picture: None,
            blocked: Default::default(),
            privacy: BTreeMap::new(),
            guard: Guard::named(push_name),
            available: None,
            last_seen: 0,
            known_by: Default::default(),
            history: Vec::new(),
            history_chunk: crate::phone::history::CHUNK,
            raw_id: rand::random::<u32>() >> 1,
        };
        self.touch();
        Ok(self.accounts.entry(phone).or_insert(account))
    }

    /// The account a user address belongs to, in either address space.
    pub fn account_of(&self, jid: &Jid) -> Option<&Account> {
        match jid.server {
            Server::Pn => self.accounts.get(jid.user.as_str()),
            Server::Lid => self.accounts.get(self.lids.get(jid.user.as_str())?),
            _ => None,
        }
    }

    /// The phone number behind a user address.
    pub fn phone_of(&self, jid: &Jid) -> Option<String> {
        self.account_of(jid).map(|account| account.phone.clone())
    }

    /// The device an address means; it need not exist, only its account.
    pub fn addr_of(&self, jid: &Jid) -> Option<Addr> {
        self.phone_of(jid).map(|phone| Addr::new(phone, jid.device))
    }

    /// A device's address in the space of `like`: LID for LID, phone number otherwise.
    pub fn jid_like(&self, addr: &Addr, like: Server) -> Jid {
        match self.accounts.get(&addr.phone) {
            Some(account) if like == Server::Lid => account.lid_device(addr.device),
            _ => addr.pn(),
        }
    }

    /// The same device in the other space.
    pub fn jid_unlike(&self, addr: &Addr, unlike: Server) -> Jid {
        self.jid_like(addr, if unlike == Server::Lid { Server::Pn } else { Server::Lid })
    }

    /// A linked device.
    pub fn device(&self, addr: &Addr) -> Option<&Device> {
        self.accounts.get(&addr.phone)?.devices.get(&addr.device)
    }

    /// A linked device, to be changed.
    pub fn device_mut(&mut self, addr: &Addr) -> Option<&mut Device> {
        self.accounts.get_mut(&addr.phone)?.devices.get_mut(&addr.device)
    }

    // ---- connections ----

    /// Where the client of this connection reaches the media routes.
    pub fn authority_for(&self, conn: ConnId) -> String {
        let host = self.conns.get(&conn).and_then(|conn| conn.host.clone());
        host.unwrap_or_else(|| self.authority.clone())
    }

    /// Writes a stanza to a connection; a closed one swallows it.
    pub fn send(&self, conn: ConnId, node: Node) {
        if let Some(conn) = self.conns.get(&conn) {
            let _ = conn.tx.send(Out::Stanza(Box::new(node)));
        }
    }

    /// Ends a connection.
    pub fn end(&self, conn: ConnId, how: Out) {
        if let Some(conn) = self.conns.get(&conn) {
            let _ = conn.tx.send(how);
        }
    }

    /// Writes to a device if it is logged in and active; nothing is kept.
    pub fn send_live(&self, addr: &Addr, node: Node) -> bool {
        match self.online.get(addr) {
            Some(conn) if self.conns.get(conn).is_some_and(|c| c.active) => {
                self.send(*conn, node);
                true
            }
            _ => false,
        }
    }

    /// The device at the other end of a connection.
    pub fn addr_of_conn(&self, conn: ConnId) -> Option<Addr> {
        match &self.conns.get(&conn)?.peer {
            Peer::Device(addr) => Some(addr.clone()),
            Peer::Pairing(_) => None,
        }
    }

    // ---- queues ----

    /// Keeps a stanza for a linked device until it is acknowledged, and writes it at once if the device is there.
    pub fn enqueue(&mut self, addr: &Addr, mut queued: Queued, node: Node) {
        let live = self.online.get(addr).copied().filter(|c| self.conns.get(c).is_some_and(|c| c.active));
        let relay = queued.relay.clone();
        queued.sent_on = live;
        let Some(device) = self.device_mut(addr) else { return };
        device.queue.push_back(queued);
        if device.queue.len() > QUEUE_CAPACITY {
            device.queue.pop_front();
        }
        if let Some(delivery) = relay.and_then(|key| self.relay.delivery(&key, addr)) {
            delivery.queued += 1;
            delivery.sent += u32::from(live.is_some());
        }
        if let Some(conn) = live {
            self.send(conn, node);
        }
        self.touch();
    }

    /// Writes everything that this connection has not been sent; returns how many stanzas that were.
    pub fn replay(&mut self, conn: ConnId, addr: &Addr) -> usize {
        let Some(device) = self.device_mut(addr) else { return 0 };
        let mut nodes = Vec::new();
        let mut relays = Vec::new();
        for queued in device.queue.iter_mut().filter(|q| q.sent_on != Some(conn)) {
            queued.sent_on = Some(conn);
            nodes.extend(queued.node(true));
            relays.extend(queued.relay.clone());
        }
        for key in relays {
            if let Some(delivery) = self.relay.delivery(&key, addr) {
                delivery.sent += 1;
            }
        }
        let count = nodes.len();
        for node in nodes {
            self.send(conn, node);
        }
        count
    }

    /// Takes an acknowledged stanza out of the device's queue.
    pub fn settle(&mut self, addr: &Addr, class: Class, id: &str, kind: Option<&str>) -> bool {
        let Some(device) = self.device_mut(addr) else { return false };
        let same = |q: &Queued| q.class == class && q.id == id;
        let position = device
            .queue
            .iter()
            .position(|q| same(q) && q.kind.as_deref() == kind)
            .or_else(|| device.queue.iter().position(same));
        let Some(queued) = position.and_then(|at| device.queue.remove(at)) else { return false };
        if let Some(delivery) = queued.relay.and_then(|key| self.relay.delivery(&key, addr)) {
            delivery.settled = true;
        }
        self.touch();
        true
    }
}
