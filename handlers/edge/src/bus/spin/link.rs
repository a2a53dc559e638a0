//! A connection to Redis that is kept, and opened again when it breaks.
//!
//! No call takes longer than [`PATIENCE_MS`], whatever Redis does: a request must not hang where it can say 503. A call
//! on a connection that turns out to be dead is made once more on a new one, so that a Redis that came back serves the
//! first request that asks. Every command used here may run twice, but for those sent with `script_once`.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use edgewire_contract::ids::{CommandId, EntryId, OrganizationId, SessionId, WebhookId};
use edgewire_contract::jid::Jid;
use edgewire_contract::script::Script;
use futures::future::{Either, select};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::bus::BusError;
use crate::bus::flat::Flat;
use crate::env::Env as _;
use crate::env::spin::SpinEnv;

/// The longest that a call takes, connecting and repeating included: below the 2 s in which a handler must say 503.
const PATIENCE_MS: u64 = 1_700;
/// How much longer than its own wait a blocking call may take.
const BLOCKING_GRACE_MS: u64 = 2_000;

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

/// One connection, present or future.
pub(super) struct Link {
    address: String,
    open: RefCell<Option<Rc<Connection>>>,
    /// The scripts' hashes, made once each.
    shas: RefCell<Vec<(&'static str, String)>>,
}

/// Why a call failed.
enum Failure {
    /// The connection is of no more use.
    Lost(String),
    /// Redis does not know the script.
    NoScript,
    /// Redis answered an error.
    Refused(BusError),
}

impl Link {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), open: RefCell::new(None), shas: RefCell::default() }
    }

    /// A command that does not wait and may run twice.
    pub(super) async fn call(&self, command: &str, args: Args) -> Result<Vec<Flat>, BusError> {
        self.bounded(PATIENCE_MS, self.twice(command, &args)).await
    }

    /// A command that waits up to `wait_ms`. Not repeated: its caller comes back anyway.
    pub(super) async fn blocking(
        &self,
        command: &str,
        args: Args,
        wait_ms: u64,
    ) -> Result<Vec<Flat>, BusError> {
        self.bounded(wait_ms + BLOCKING_GRACE_MS, async { self.once(command, &args).await.map_err(told) })
            .await
    }

    /// A script that may run twice.
    pub(super) async fn script(
        &self,
        script: &Script,
        keys: &[String],
        args: Args,
    ) -> Result<Vec<Flat>, BusError> {
        self.bounded(PATIENCE_MS, self.run(script, keys, args, true)).await
    }

    /// A script that may not.
    pub(super) async fn script_once(
        &self,
        script: &Script,
        keys: &[String],
        args: Args,
    ) -> Result<Vec<Flat>, BusError> {
        self.bounded(PATIENCE_MS, self.run(script, keys, args, false)).await
    }

    async fn run(
        &self,
        script: &Script,
        keys: &[String],
        args: Args,
        again: bool,
    ) -> Result<Vec<Flat>, BusError> {
        let mut all = args![self.sha(script), keys.len() as u64];
        all.extend(keys.iter().map(Arg::bytes));
        all.extend(args);
        let mut result = self.once("EVALSHA", &all).await;
        if again && matches!(result, Err(Failure::Lost(_))) {
            result = self.once("EVALSHA", &all).await;
        }
        if matches!(result, Err(Failure::NoScript)) {
            all[0] = script.source.as_bytes().to_vec();
            result = self.once("EVAL", &all).await;
        }
        result.map_err(told)
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

    async fn twice(&self, command: &str, args: &Args) -> Result<Vec<Flat>, BusError> {
        match self.once(command, args).await {
            Err(Failure::Lost(_)) => self.once(command, args).await.map_err(told),
            result => result.map_err(told),
        }
    }

    async fn once(&self, command: &str, args: &Args) -> Result<Vec<Flat>, Failure> {
        let connection = self.connection().await?;
        let parameters: Vec<_> = args.iter().map(|arg| RedisParameter::Binary(arg.clone())).collect();
        match connection.execute(command, parameters).await {
            Ok(values) => Ok(values.into_iter().map(flat).collect()),
            Err(error) => {
                let failure = classify(error);
                if matches!(failure, Failure::Lost(_)) {
                    self.close(&connection);
                }
                Err(failure)
            }
        }
    }

    async fn connection(&self) -> Result<Rc<Connection>, Failure> {
        if let Some(connection) = self.open.borrow().as_ref() {
            return Ok(connection.clone());
        }
        // Two requests may open one each; the later one is kept, the other ends with its request.
        let connection = Rc::new(Connection::open(&self.address).await.map_err(classify)?);
        *self.open.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }

    fn close(&self, broken: &Rc<Connection>) {
        let mut open = self.open.borrow_mut();
        if open.as_ref().is_some_and(|current| Rc::ptr_eq(current, broken)) {
            *open = None;
        }
    }

    async fn bounded<T>(
        &self,
        ms: u64,
        call: impl Future<Output = Result<T, BusError>>,
    ) -> Result<T, BusError> {
        match select(pin!(call), pin!(SpinEnv.sleep(ms))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => {
                // Whatever waits behind the silent connection need not wait, too.
                *self.open.borrow_mut() = None;
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

/// Tells errors apart by their text, which is all that a Spin host gives (its Redis client is redis-rs 0.32).
fn classify(error: Error) -> Failure {
    match error {
        Error::Other(text) if text.contains("NoScriptError") || text.contains("NOSCRIPT") => {
            Failure::NoScript
        }
        // An error in a script or a command of ours.
        Error::Other(text) if text.contains("ResponseError") || text.contains("WRONGTYPE") => {
            Failure::Refused(BusError::Broken(text))
        }
        // Loading, read-only, out of memory, cluster down: it is there, but cannot serve.
        Error::Other(text) if text.contains("signalled by the server") => {
            Failure::Refused(BusError::Unavailable(text))
        }
        Error::Other(text) => Failure::Lost(text),
        Error::TypeError => Failure::Refused(BusError::Broken("an answer of the wrong type".into())),
        Error::InvalidAddress => {
            Failure::Lost("redis_url is no address that allowed_outbound_hosts grants".into())
        }
        Error::TooManyConnections => Failure::Lost("the host has no connection left".into()),
    }
}

fn told(failure: Failure) -> BusError {
    match failure {
        Failure::Lost(text) => BusError::Unavailable(text),
        Failure::NoScript => BusError::Broken("a script sent in full is not known".into()),
        Failure::Refused(error) => error,
    }
}
