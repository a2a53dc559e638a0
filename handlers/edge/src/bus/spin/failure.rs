//! Why a call of Redis failed, told apart by the text, which is all that a Spin host gives.
//!
//! Its client is redis-rs 0.32: `An error was signalled by the server - Moved: 3999 10.0.0.2:6379`. edge-host writes the
//! same.

use edgewire_contract::servers::Redirect;
use spin_sdk::redis::Error;

use crate::bus::BusError;

/// Why a call failed.
pub(super) enum Failure {
    /// The connection is of no more use, or leads to a server that is none any more.
    Lost(String),
    /// Redis does not know the script.
    NoScript,
    /// Another node of the cluster has the key. Nothing was run.
    Elsewhere(Redirect),
    /// The keys are on their way to another node, some here and some there. Nothing was run.
    OnTheirWay(String),
    /// The keys are in several slots, so this is a cluster. Nothing was run.
    SeveralSlots,
    /// Redis answered an error.
    Refused(BusError),
}

impl Failure {
    /// Sorts an error of the server `asked` (`host:port`).
    pub(super) fn of(error: Error, asked: &str) -> Self {
        let text = match error {
            Error::Other(text) => text,
            Error::TypeError => return Self::Refused(BusError::Broken("an answer of the wrong type".into())),
            Error::InvalidAddress => {
                return Self::Lost(format!("{asked} is no address that redis_url or redis_nodes grants"));
            }
            Error::TooManyConnections => return Self::Lost("the host has no connection left".into()),
        };
        let has = |one: &str, other: &str| text.contains(one) || text.contains(other);
        if has("NoScriptError", "NOSCRIPT") {
            Self::NoScript
        } else if has("ResponseError", "WRONGTYPE") {
            // An error in a script or a command of ours.
            Self::Refused(BusError::Broken(text))
        } else if let Some(redirect) = Redirect::read(&text, asked) {
            Self::Elsewhere(redirect)
        } else if has("TryAgain", "TRYAGAIN") {
            Self::OnTheirWay(text)
        } else if has("CrossSlot", "CROSSSLOT") {
            Self::SeveralSlots
        } else if has("ReadOnly", "READONLY") {
            // It was the primary. A script writes nothing before it is told.
            Self::Lost(text)
        } else if text.contains("signalled by the server")
            || has("OOM", "MISCONF")
            || has("NOREPLICAS", "UNBLOCKED")
            || has("NOAUTH", "WRONGPASS")
        {
            // Loading, out of memory, cluster down, a password: it is there, but does not serve.
            Self::Refused(BusError::Unavailable(text))
        } else {
            Self::Lost(text)
        }
    }

    /// What the caller is told.
    pub(super) fn told(self) -> BusError {
        match self {
            Self::Lost(text) | Self::OnTheirWay(text) => BusError::Unavailable(text),
            Self::NoScript => BusError::Broken("a script sent in full is not known".into()),
            Self::Elsewhere(_) => BusError::Unavailable("the cluster's nodes disagree".into()),
            Self::SeveralSlots => BusError::Broken("keys in several slots".into()),
            Self::Refused(error) => error,
        }
    }
}
