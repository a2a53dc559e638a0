//! Connections to Redis that are kept, and opened again when they break.
//!
//! No call takes longer than [`PATIENCE_MS`], whatever Redis does: a request must not hang where it can say 503. A call
//! on a connection that turns out to be dead is made once more on a new one, so that a Redis that came back serves the
//! first request that asks. Every command used here may run twice, but for those sent with `script_once`. In a cluster a
//! command goes to the node that has its key, and on to whom that node names: it has not run by then.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use edgewire_contract::ids::{CommandId, EntryId, OrganizationId, SessionId, TokenId, UserId, WebhookId};
use edgewire_contract::jid::Jid;
use edgewire_contract::script::Script;
use futures::future::{Either, select};
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use super::failure::Failure;
use super::servers::{Server, Servers};
use crate::bus::BusError;
use crate::bus::flat::Flat;
use crate::env::Env as _;
use crate::env::spin::SpinEnv;

/// The longest that a call takes, connecting and repeating included: below the 2 s in which a handler must say 503.
const PATIENCE_MS: u64 = 1_700;
/// How much longer than its own wait a blocking call may take.
const BLOCKING_GRACE_MS: u64 = 2_000;
/// How often a command is redirected before something must be wrong.
const REDIRECTIONS: u32 = 5;
/// How often, and how long each time, a command waits for keys that are on their way from one node to another. Below
/// [`PATIENCE_MS`] in all.
const PAUSES: u32 = 12;
const PAUSE_MS: u64 = 100;

/// The server that a call waits for, once it does.
type Asked = RefCell<Option<Rc<Server>>>;

/// A command's arguments.
pub(super) type Args = Vec<Vec<u8>>;

/// What can be an argument: bytes, or whatever is written as text.
pub(super) trait Arg {
    fn bytes(&self) -> Vec<u8>;
}

impl Arg for Vec<u8> {
    fn bytes(&self) -> Vec<u8> {
        self.clone()
    }
}

macro_rules! text_args {
    ($($type:ty),*) => {$(
        impl Arg for $type {
            fn bytes(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        }
    )*};
}

text_args!(
    str,
    String,
    i32,
    i64,
    u16,
    u32,
    u64,
    CommandId,
    EntryId,
    Jid,
    OrganizationId,
    SessionId,
    TokenId,
    UserId,
    WebhookId
);

impl<T: Arg + ?Sized> Arg for &T {
    fn bytes(&self) -> Vec<u8> {
        (**self).bytes()
    }
}

/// `args![key, 7, id]`: arguments of several types.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::bus::spin::link::Arg::bytes(&$arg)),*] };
}
pub(super) use args;

/// Connections for one purpose, present or future: one to each server that is asked.
pub(super) struct Link {
    servers: Rc<Servers>,
    open: RefCell<Vec<(Rc<Server>, Rc<Connection>)>>,
    /// The scripts' hashes, made once each.
    shas: RefCell<Vec<(&'static str, String)>>,
}

impl Link {
    pub(super) fn new(servers: &Rc<Servers>) -> Self {
        Self { servers: servers.clone(), open: RefCell::default(), shas: RefCell::default() }
    }

    /// A command that does not wait and may run twice.
    pub(super) async fn call(&self, command: &str, args: Args) -> Result<Vec<Flat>, BusError> {
        let asked = RefCell::default();
        self.bounded(PATIENCE_MS, &asked, self.run(&asked, command, args, None, true)).await
    }

    /// A command that waits up to `wait_ms`. Not repeated: its caller comes back anyway.
    pub(super) async fn blocking(
        &self,
        command: &str,
        args: Args,
        wait_ms: u64,
    ) -> Result<Vec<Flat>, BusError> {
        let asked = RefCell::default();
        self.bounded(wait_ms + BLOCKING_GRACE_MS, &asked, self.run(&asked, command, args, None, false)).await
    }

    /// A script that may run twice.
    pub(super) async fn script(
        &self,
        script: &Script,
        keys: &[String],
        args: Args,
    ) -> Result<Vec<Flat>, BusError> {
        let (asked, args) = (RefCell::default(), self.script_args(script, keys, args));
        self.bounded(PATIENCE_MS, &asked, self.run(&asked, "EVALSHA", args, Some(script), true)).await
    }

    /// A script that may not.
    pub(super) async fn script_once(
        &self,
        script: &Script,
        keys: &[String],
        args: Args,
    ) -> Result<Vec<Flat>, BusError> {
        let (asked, args) = (RefCell::default(), self.script_args(script, keys, args));
        self.bounded(PATIENCE_MS, &asked, self.run(&asked, "EVALSHA", args, Some(script), false)).await
    }

    fn script_args(&self, script: &Script, keys: &[String], args: Args) -> Args {
        let mut all = args![self.sha(script), keys.len() as u64];
        all.extend(keys.iter().map(Arg::bytes));
        all.extend(args);
        all
    }

    /// Runs a command, once more if its connection is lost and it may run `again`; a script that Redis does not know is sent
    /// in full.
    async fn run(
        &self,
        asked: &Asked,
        mut command: &str,
        mut args: Args,
        script: Option<&Script>,
        mut again: bool,
    ) -> Result<Vec<Flat>, BusError> {
        loop {
            match (self.once(asked, command, &args).await, script) {
                (Err(Failure::Lost(_)), _) if again => again = false,
                (Err(Failure::NoScript), Some(script)) if command == "EVALSHA" => {
                    command = "EVAL";
                    args[0] = script.source.as_bytes().to_vec();
                }
                (result, _) => return result.map_err(Failure::told),
            }
        }
    }

    fn sha(&self, script: &Script) -> String {
        let mut shas = self.shas.borrow_mut();
        if let Some((_, sha)) = shas.iter().find(|(name, _)| *name == script.name) {
            return sha.clone();
        }
        let sha = script.sha();
        shas.push((script.name, sha.clone()));
        sha
    }

    /// Asks who has the key; one that has it not is not counted, since it has done nothing.
    async fn once(&self, asked: &Asked, command: &str, args: &Args) -> Result<Vec<Flat>, Failure> {
        let mut server = self.servers.of(key_of(command, args)).await?;
        let (mut redirections, mut pauses, mut asking) = (0, 0, false);
        loop {
            asked.replace(Some(server.clone()));
            match self.ask(&server, command, args, asking).await {
                Err(Failure::Elsewhere(redirect)) if redirections < REDIRECTIONS => {
                    redirections += 1;
                    asking = redirect.ask;
                    server = self.servers.learn(&redirect, &self.table(&server).await, &server);
                }
                Err(Failure::OnTheirWay(_)) if pauses < PAUSES => {
                    pauses += 1;
                    SpinEnv.sleep(PAUSE_MS).await;
                    server = self.servers.of(key_of(command, args)).await?;
                    asking = false;
                }
                Err(Failure::SeveralSlots) => {
                    self.servers.note_cluster();
                    return Err(Failure::SeveralSlots);
                }
                result => return result,
            }
        }
    }

    /// The table of slots, when none is known and it can be had.
    async fn table(&self, server: &Rc<Server>) -> Vec<RedisResult> {
        if !self.servers.knows_no_slots() {
            return Vec::new();
        }
        let Ok(connection) = self.connection(server).await else { return Vec::new() };
        connection.execute("CLUSTER", parameters(&args!["SLOTS"])).await.unwrap_or_default()
    }

    async fn ask(
        &self,
        server: &Rc<Server>,
        command: &str,
        args: &Args,
        asking: bool,
    ) -> Result<Vec<Flat>, Failure> {
        let connection = match asking {
            false => self.connection(server).await,
            // `ASKING` is for the connection's next command, which must be ours.
            true => self.connect(server).await,
        };
        let connection = connection.inspect_err(|_| self.servers.lost(server))?;
        let answer = async {
            if asking {
                connection.execute("ASKING", []).await?;
            }
            connection.execute(command, parameters(args)).await
        };
        match answer.await {
            Ok(values) => Ok(values.into_iter().map(flat).collect()),
            Err(error) => {
                let failure = Failure::of(error, &server.endpoint);
                if matches!(failure, Failure::Lost(_)) {
                    self.close(&connection);
                    self.servers.lost(server);
                }
                Err(failure)
            }
        }
    }

    async fn connection(&self, server: &Rc<Server>) -> Result<Rc<Connection>, Failure> {
        if let Some((_, connection)) = self.open.borrow().iter().find(|(to, _)| to == server) {
            return Ok(connection.clone());
        }
        // Two requests may open one each; the later one is kept, the other ends with its request.
        let connection = self.connect(server).await?;
        let mut open = self.open.borrow_mut();
        open.retain(|(to, _)| to != server);
        open.push((server.clone(), connection.clone()));
        Ok(connection)
    }

    async fn connect(&self, server: &Server) -> Result<Rc<Connection>, Failure> {
        let opened = Connection::open(&server.address).await;
        opened.map(Rc::new).map_err(|error| Failure::of(error, &server.endpoint))
    }

    fn close(&self, broken: &Rc<Connection>) {
        self.open.borrow_mut().retain(|(_, current)| !Rc::ptr_eq(current, broken));
    }

    /// Whether a command may have keys of one slot only, as far as is known.
    pub(super) fn is_cluster(&self) -> bool {
        self.servers.is_cluster()
    }

    async fn bounded(
        &self,
        ms: u64,
        asked: &Asked,
        call: impl Future<Output = Result<Vec<Flat>, BusError>>,
    ) -> Result<Vec<Flat>, BusError> {
        match select(pin!(call), pin!(SpinEnv.sleep(ms))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => {
                // Whatever waits behind the silent connection need not wait, too; and another may be what that server was.
                if let Some(server) = asked.take() {
                    self.open.borrow_mut().retain(|(to, _)| *to != server);
                    self.servers.lost(&server);
                }
                Err(BusError::Unavailable(format!("no answer within {ms} ms")))
            }
        }
    }
}

fn flat(value: RedisResult) -> Flat {
    match value {
        RedisResult::Nil => Flat::Nil,
        RedisResult::Int64(n) => Flat::Int(n),
        RedisResult::Status(text) => Flat::Text(text.into_bytes()),
        RedisResult::Binary(bytes) => Flat::Text(bytes),
    }
}

fn parameters(args: &Args) -> Vec<RedisParameter> {
    args.iter().map(|arg| RedisParameter::Binary(arg.clone())).collect()
}

/// The first key of a command.
fn key_of<'a>(command: &str, args: &'a Args) -> &'a [u8] {
    let place = match command {
        // The script, the number of keys.
        "EVAL" | "EVALSHA" => 2,
        "XREAD" => args.iter().position(|arg| arg == b"STREAMS").map_or(0, |at| at + 1),
        _ => 0,
    };
    args.get(place).map_or(&[], Vec::as_slice)
}
